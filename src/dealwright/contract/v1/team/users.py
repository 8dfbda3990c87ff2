"""Users of the company."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.values import MAX_MEMBERS, EmailAddress, Flag, NonEmptyShortText, Uuid

READ = frozenset({"users:read"})
WRITE = frozenset({"admin"})

App = Literal["global", "sales", "campaigns", "projects", "account_settings", "partnership", "nova"]


class Access(TypedDict):
    """What a user may do in one app; ``permission_set_id`` is null in an app that has no permission sets."""

    app: App
    admin: bool
    permission_set_id: str | None


class User(TypedDict):
    """A user. ``locale`` is that of dates and numbers, ``lang`` the id of the language."""

    id: int
    name: str
    default_currency: str
    locale: str
    lang: int
    email: str
    phone: str | None
    activated: bool
    last_login: str | None
    created: str
    modified: str | None
    has_created_company: bool
    access: list[Access]
    active_flag: bool
    timezone_name: str
    timezone_offset: str
    role_id: int
    icon_url: str | None
    is_you: bool
    is_deleted: bool
    is_admin: NotRequired[Flag]


class Language(TypedDict):
    """The language of a user."""

    language_code: str
    country_code: str


class CurrentUser(User):
    """The caller, and the company."""

    company_id: int
    company_name: str
    company_domain: str
    company_country: str | None
    company_industry: str | None
    language: Language


class NewAccess(V1Body, kw_only=True):
    """What a user shall be allowed in one app: as admin or with a permission set, else with the app's regular one."""

    app: App
    admin: bool | UnsetType = UNSET
    permission_set_id: Uuid | UnsetType | None = UNSET


class NewUser(V1Body, kw_only=True):
    """A user to invite; without ``access`` it is the regular one to ``sales``."""

    email: Annotated[EmailAddress, Meta(min_length=3)]
    access: Annotated[list[NewAccess], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET
    active_flag: bool | UnsetType = UNSET


class UserChanges(V1Body, kw_only=True):
    """What to change of a user: whether it is active."""

    active_flag: bool


@endpoint("GET /v1/users", group="Users", scopes=READ, cost=20)
def get_users() -> List[User]:
    """List all users."""


@endpoint("POST /v1/users", group="Users", scopes=WRITE, cost=10)
def post_users(data: NewUser) -> Item[User]:
    """Invite a user."""


@endpoint("GET /v1/users/find", group="Users", scopes=READ, cost=40)
def get_users_find(
    term: Annotated[NonEmptyShortText, Meta(description="What to look for in names.")],
    search_by_email: Annotated[
        Flag, Meta(description="1 to look in e-mail addresses, and nowhere else; 0 unless given.")
    ] = 0,
) -> List[User]:
    """Find users by name or by e-mail address."""


@endpoint("GET /v1/users/me", group="Users", scopes={"base"}, cost=2)
def get_users_me() -> Item[CurrentUser]:
    """Get the caller, and the company."""


@endpoint("GET /v1/users/{id}", group="Users", scopes=READ, cost=2)
def get_users_by_id(id: RecordId) -> Item[User]:
    """Get one user."""


@endpoint("PUT /v1/users/{id}", group="Users", scopes=WRITE, cost=10)
def put_users_by_id(id: RecordId, data: UserChanges) -> Item[User]:
    """Activate or deactivate a user."""
