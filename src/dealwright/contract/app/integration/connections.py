"""Connections of the company: to Pipedrive, to this CRM, and to other servers that speak the API."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType, field

from dealwright.contract.app.envelopes import Items
from dealwright.contract.bodies import AppBody
from dealwright.contract.endpoint import Redirect, endpoint
from dealwright.contract.values import Credential, Id, ShortText, Url

GROUP = "Connections"

CALLBACK_PATH = "/app/connections/callback"
"""Where a browser comes back from the page of a provider of OAuth, with its session."""

Service = Literal["pipedrive", "server", "here"]
"""Pipedrive, a server at any address, or this CRM itself."""

Authentication = Literal["oauth", "token", "session"]
PermitsKind = Literal["all", "read", "chosen"]
State = Literal["untested", "connected", "expired", "failing"]

MAX_CHOSEN = 500


class Owner(TypedDict):
    """To whom a connection belongs."""

    id: int
    name: str


class Permits(TypedDict):
    """Which actions a connection may run: all, those that only read, or those that were chosen, by their exact names."""

    kind: PermitsKind
    actions: list[str]


class Account(TypedDict):
    """Whom a connection stands for on the other side, as its last test has shown; members are null that are not known."""

    user_id: int | None
    user_name: str | None
    user_email: str | None
    company_id: int | None
    company_name: str | None
    company_domain: str | None


class Budget(TypedDict):
    """Tokens of the daily budget: what was spent on this server today, and what the service has said last of all that are left."""

    day: str
    spent: int
    requests: int
    limit: int | None
    remaining: int | None
    told_at: str | None


class Connection(TypedDict):
    """A connection.

    ``owner`` is null for the one to this CRM, which every company has. ``url`` is the address of the service. ``expires_at`` is when the
    access token expires, unless it is renewed before. What you may do with it is told by ``can_use``, ``can_change`` and ``can_remove``.
    """

    id: int
    name: str
    service: Service
    authentication: Authentication
    owner: Owner | None
    is_shared: bool
    url: str | None
    client_id: str | None
    permits: Permits
    state: State
    state_reason: str | None
    state_time: str | None
    expires_at: str | None
    scopes: list[str] | None
    account: Account | None
    budget: Budget | None
    last_used_at: str | None
    added_at: str
    can_use: bool
    can_change: bool
    can_remove: bool


class TestResult(TypedDict):
    """How a test went: the connection as it is now, and how long the answer took."""

    connection: Connection
    ok: bool
    message: str
    duration_ms: int


class ConsentPage(TypedDict):
    """The page of the provider, to which the browser is to be sent, and where it will come back."""

    url: str
    redirect_uri: str


class RedirectUri(TypedDict):
    """The address that is to be registered as the callback of an app."""

    redirect_uri: str


class PermitsToSet(AppBody, kw_only=True):
    """Which actions a connection may run; ``actions`` are exact names, and go with ``chosen``."""

    kind: PermitsKind
    actions: Annotated[list[ShortText], Meta(max_length=MAX_CHOSEN)] = field(default_factory=list)


class NewConnection(AppBody, kw_only=True):
    """A connection by API token. ``url`` is the address of a server; ``domain`` that of a company at Pipedrive: ``acme``."""

    name: ShortText
    service: Literal["pipedrive", "server"]
    token: Credential
    url: Url | None = None
    domain: ShortText | None = None
    is_shared: bool = False
    permits: PermitsToSet | UnsetType = UNSET
    allow_plain_http: bool = False


class ConnectionChanges(AppBody, kw_only=True):
    """Changes of a connection. Another token or address makes it untested."""

    name: ShortText | UnsetType = UNSET
    is_shared: bool | UnsetType = UNSET
    permits: PermitsToSet | UnsetType = UNSET
    token: Credential | UnsetType = UNSET
    url: Url | UnsetType = UNSET


class ConsentToAsk(AppBody, kw_only=True):
    """A connection by OAuth that is to be, or to be authorised anew.

    ``provider`` is the address of a server, Pipedrive unless given. For one that is authorised anew, ``connection_id`` is enough: its app
    is used again.
    """

    connection_id: Id | None = None
    name: ShortText | None = None
    provider: Url | None = None
    client_id: ShortText | None = None
    client_secret: Credential | None = None
    scope: Annotated[str, Meta(max_length=2000)] | None = None
    is_shared: bool = False
    permits: PermitsToSet | UnsetType = UNSET
    allow_plain_http: bool = False


@endpoint("GET /app/api/connections", group=GROUP, cost=0)
def get_connections() -> Items[Connection]:
    """Get the connections: one's own, shared ones, and for admins all of them."""


@endpoint("POST /app/api/connections", group=GROUP, cost=0)
def post_connections(data: NewConnection) -> Connection:
    """Add a connection by API token."""


@endpoint("GET /app/api/connections/redirect-uri", group=GROUP, cost=0)
def get_connections_redirect_uri() -> RedirectUri:
    """Get the callback to register with an app for connections by OAuth."""


@endpoint("POST /app/api/connections/authorize", group=GROUP, cost=0)
def post_connections_authorize(data: ConsentToAsk) -> ConsentPage:
    """Ask for consent: get the page of the provider, to which the browser is to be sent.

    It comes back to ``/connections``, with the id of the connection as ``connected``, or with the reason as ``error``.
    """


@endpoint("GET /app/api/connections/{id}", group=GROUP, cost=0)
def get_connections_by_id(id: Id) -> Connection:
    """Get a connection."""


@endpoint("PATCH /app/api/connections/{id}", group=GROUP, cost=0)
def patch_connections_by_id(id: Id, data: ConnectionChanges) -> Connection:
    """Change a connection. Only its owner may; that to this CRM, admins."""


@endpoint("DELETE /app/api/connections/{id}", group=GROUP, cost=0)
def delete_connections_by_id(
    id: Id,
    revoke: Annotated[bool, Meta(description="Whether to give a consent back to its provider, too.")] = False,
) -> Connection:
    """Remove a connection with its secrets. Its runs stay."""


@endpoint("POST /app/api/connections/{id}/test", group=GROUP, cost=0)
def post_connections_by_id_test(id: Id) -> TestResult:
    """Ask the service whom the connection stands for."""


@endpoint(f"GET {CALLBACK_PATH}", group=GROUP, cost=0, status=303, public=True, media_type="text/html")
def get_app_connections_callback(
    code: Credential | None = None,
    state: Credential | None = None,
    error: ShortText | None = None,
    error_description: Annotated[str, Meta(max_length=2000)] | None = None,
) -> Redirect:
    """Come back from the page of a provider. Takes the answer to the session that has asked for it, and to no other."""
