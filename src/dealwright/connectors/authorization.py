"""How a connection comes to a grant of OAuth 2.0: the user's consent in the browser, and the tokens for it.

`connect` does all of it, with a browser on this machine. `begin` and `complete` are its two halves, for those that receive
the browser themselves.
"""

from __future__ import annotations

import hmac
import secrets
import webbrowser
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

import msgspec

from dealwright.connectors import connections, loopback, oauth, retry
from dealwright.connectors.connections import Connection, address_of
from dealwright.connectors.errors import AuthorizationFailed, DealwrightError, Unavailable, UnusableConnection
from dealwright.connectors.grants import PIPEDRIVE, REDIRECT_URI, App
from dealwright.connectors.loopback import Page

SECONDS_FOR_CONSENT = 300.0
SECONDS_FOR_TOKENS = 30.0
EXCHANGE = "v1.post_oauth_token"
WRONG_STATE = "wrong_state"
DENIED = ("user_denied", "access_denied")


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """A consent that is being asked for. ``id`` becomes that of the connection; the others are secrets of this attempt."""

    name: str
    app: App
    id: str
    state: str
    verifier: str
    timeout: float | None = None

    def __repr__(self) -> str:
        return f"Authorization({self.name!r}, {self.app!r})"

    @property
    def url(self) -> str:
        """The page to open in the browser of the user."""
        return oauth.authorize_url(self.app, self.state, self.verifier)


def known_app(name: str, provider: str | None = None, client_id: str | None = None) -> App | None:
    """The app that a connection is authorised with, unless another one is asked for. Raises `UnusableConnection`."""
    stored = connections.stored(name)
    if stored is None or stored.grant is None:
        return None
    app = stored.grant.app
    same = provider in (None, app.provider) or _address(str(provider)) == app.provider
    return app if same and client_id in (None, app.client_id) else None


def begin(
    name: str,
    *,
    provider: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    redirect_uri: str | None = None,
    scope: str | None = None,
    replace: bool = False,
    timeout: float | None = None,
) -> Authorization:
    """Begins to ask for consent. What is not given is taken from the connection, where it has been authorised before.

    Takes what `connect` does. Raises `UnusableConnection`, also when there is a connection of this name that is no such.
    """
    connections.check_name(name)
    if connections.is_in_environment(name):
        raise UnusableConnection(f"Connection '{name}' is set in the environment, which goes before what is stored")
    # The secret of an app goes to its own provider only.
    before = known_app(name, provider, client_id)
    stored = connections.stored(name)
    if stored is not None and before is None and not replace:
        raise UnusableConnection(f"There is another connection '{name}' already: replace it, or choose another name")
    app = App(
        provider=before.provider if before else _address(provider or "pipedrive"),
        client_id=before.client_id if before else client_id or "",
        client_secret=client_secret or (before.client_secret if before else ""),
        redirect_uri=redirect_uri or (before.redirect_uri if before else REDIRECT_URI),
        scope=(before.scope if before else None) if scope is None else scope or None,
    )
    _check(app, name)
    return Authorization(
        name=name,
        app=app,
        id=secrets.token_hex(8),
        state=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        timeout=timeout or (stored.timeout if stored and before else None),
    )


def complete(authorization: Authorization, params: Mapping[str, str]) -> Connection:
    """Takes what the browser came back with, and stores the connection.

    Raises `AuthorizationFailed`, with the code ``wrong_state`` when it belongs to another attempt, `Unavailable` and
    `UnusableConnection`.
    """
    name = authorization.name
    if not hmac.compare_digest(params.get("state", "").encode(), authorization.state.encode()):
        raise AuthorizationFailed("the answer belongs to another attempt", connection=name, code=WRONG_STATE)
    if code := params.get("error"):
        said = params.get("error_description", "")
        reason = "consent was denied" if code in DENIED else f"{authorization.app.provider} said {said or code}"
        raise AuthorizationFailed(reason, connection=name, code=code)
    if not params.get("code"):
        raise AuthorizationFailed("the answer has no code", connection=name, code="no_code")
    seconds = authorization.timeout or SECONDS_FOR_TOKENS
    try:
        url, grant = oauth.exchange(
            authorization.app, params["code"], authorization.verifier, now=retry.CLOCK.time(), seconds=seconds
        )
    except (oauth.Refused, oauth.Unheard) as error:
        failure = error.failure
        if failure is not None and 400 <= failure.status < 500 and failure.status not in (408, 429):
            code = failure.code or "refused"
            raise AuthorizationFailed(str(error), connection=name, code=code, failure=failure) from error
        raise Unavailable(
            str(error),
            action=EXCHANGE,
            connection=name,
            may_have_run=False,
            failure=failure,
            retry_after=error.retry_after if isinstance(error, oauth.Unheard) else None,
        ) from error
    granted = connections.granted(name, url, authorization.id, grant, authorization.timeout)
    connections.add(granted, replace=True)
    return granted


def connect(
    name: str,
    *,
    provider: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    redirect_uri: str | None = None,
    scope: str | None = None,
    open_page: Callable[[str], object] = webbrowser.open,
    wait: float = SECONDS_FOR_CONSENT,
    replace: bool = False,
    timeout: float | None = None,
) -> Connection:
    """Authorises a connection in the browser, and stores it; an old one that was authorised so before, anew.

        connect("sales", client_id="0123456789abcdef", client_secret="…")
        connect("crm", provider="https://crm.example.com", client_id="…", client_secret="…")

    ``provider`` is ``pipedrive`` unless given, or the address of a server. An app whose ``redirect_uri`` does not lead to
    this machine cannot be waited for; see `begin`. ``open_page`` shows the user a page; ``wait`` is within how many seconds
    the user has to answer, and ``timeout`` how long the connection will wait for answers.

    Raises `AuthorizationFailed`, `Unavailable` and `UnusableConnection`.
    """
    authorization = begin(
        name,
        provider=provider,
        client_id=client_id,
        client_secret=client_secret,
        redirect_uri=redirect_uri,
        scope=scope,
        replace=replace,
        timeout=timeout,
    )
    return receive(authorization, open_page=open_page, wait=wait)


def receive(authorization: Authorization, *, open_page: Callable[[str], object], wait: float) -> Connection:
    """Shows the user the page, waits for the browser to come back to this machine, and completes. Raises as `connect`."""
    redirect_uri = authorization.app.redirect_uri
    if not loopback.is_loopback(redirect_uri):
        raise UnusableConnection(
            f"{redirect_uri} is not on this machine, so that the browser cannot be waited for there"
        )
    begun = retry.CLOCK.monotonic()
    with loopback.listening(redirect_uri) as listener:
        open_page(authorization.url)
        while visit := listener.wait(begun + wait - retry.CLOCK.monotonic()):
            try:
                connection = complete(authorization, visit.params)
            except DealwrightError as error:
                if isinstance(error, AuthorizationFailed) and error.code == WRONG_STATE:
                    visit.show(_failed(error, "Go back to the page that was opened last."))
                    continue
                visit.show(_failed(error))
                raise
            except BaseException:
                visit.show(Page("Not connected", "Dealwright was stopped before it was done.", status=500))
                raise
            else:
                visit.show(Page("Connected", f"Dealwright may now use {connection.address} as '{connection.name}'."))
                return connection
    raise AuthorizationFailed(f"nobody answered within {wait:g} s", connection=authorization.name, code="timed_out")


def revoke(connection: Connection) -> None:
    """Gives the grant of a connection back to its provider, which then lets nobody in by it.

    Raises `Unavailable` and `UnusableConnection`.
    """
    if connection.grant is None:
        raise UnusableConnection(f"Connection '{connection.name}' has an API token, which cannot be given back")
    try:
        oauth.revoke(connection.grant, seconds=connection.timeout or SECONDS_FOR_TOKENS)
    except (oauth.Refused, oauth.Unheard) as error:
        raise Unavailable(str(error), action="revoke", connection=connection.name, may_have_run=False) from error


def answer_of(address: str) -> dict[str, str]:
    """What the provider gave the browser along, from the address that it has come to."""
    return dict(parse_qsl(urlsplit(address.strip()).query, keep_blank_values=True))


def _address(provider: str) -> str:
    return PIPEDRIVE if provider == "pipedrive" else address_of(provider)


def _check(app: App, name: str) -> None:
    """Raises `UnusableConnection` when no app can be like this."""
    for what, value in (("id", app.client_id), ("secret", app.client_secret)):
        if not value:
            raise UnusableConnection(f"Connection '{name}' needs the client {what} of an app")
        if not value.isascii() or not value.isprintable() or " " in value or (what == "id" and ":" in value):
            raise UnusableConnection(f"The client {what} of connection '{name}' has characters that none has")
    parts = urlsplit(app.redirect_uri)
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        raise UnusableConnection(f"'{app.redirect_uri}' is no address to come back to; give one like {REDIRECT_URI}")


def _failed(
    error: DealwrightError, rest: str = "Close this tab, and see what Dealwright says where you came from."
) -> Page:
    return Page("Not connected", str(error), rest, status=400)
