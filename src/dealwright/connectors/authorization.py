"""Authorises a connection by OAuth 2.0: gets the user's consent in the browser, and the tokens for it.

`connect` does all of it, with a browser on this machine. `begin` and `complete` are its two halves, for callers that
receive the browser themselves.
"""

from __future__ import annotations

import hmac
import secrets
import webbrowser
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlsplit

import msgspec

from dealwright.connectors import connections, loopback, oauth, retry
from dealwright.connectors.connection_store import FILE_STORE, ConnectionStore
from dealwright.connectors.connections import Connection, normalize_url
from dealwright.connectors.errors import AuthorizationFailed, DealwrightError, Unavailable, UnusableConnection
from dealwright.connectors.grants import PIPEDRIVE_OAUTH_URL, REDIRECT_URI, App
from dealwright.connectors.loopback import Page

CONSENT_TIMEOUT_SECONDS = 300.0
TOKEN_TIMEOUT_SECONDS = 30.0
EXCHANGE_ACTION = "v1.post_oauth_token"
WRONG_STATE = "wrong_state"
DENIED_CODES = ("user_denied", "access_denied")


class Authorization(msgspec.Struct, frozen=True, kw_only=True):
    """A consent that has been requested.

    ``id`` becomes that of the connection; ``state`` and ``verifier`` are secrets of this attempt.
    """

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


def find_app(name: str, provider: str | None = None, client_id: str | None = None) -> App | None:
    """Returns the app that a connection is authorised with; None without one, or when the arguments name another app.

    Raises `UnusableConnection`.
    """
    stored = connections.find_stored(name)
    if stored is None or stored.grant is None:
        return None
    app = stored.grant.app
    same = provider in (None, app.provider) or provider_url(str(provider)) == app.provider
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
    allow_plain_http: bool = False,
) -> Authorization:
    """Begins to ask for consent, and returns the attempt, whose ``url`` is the page to open.

    Takes what `connect` does. Arguments that are left out are taken from the connection, where it has been authorised
    before. Raises `UnusableConnection`, also when another connection has this name and ``replace`` is False.
    """
    connections.check_name(name)
    if connections.is_in_environment(name):
        raise UnusableConnection(f"Connection '{name}' is set in the environment, which goes before what is stored")
    # The secret of an app goes to its own provider only.
    existing_app = find_app(name, provider, client_id)
    stored = connections.find_stored(name)
    if stored is not None and existing_app is None and not replace:
        raise UnusableConnection(f"There is another connection '{name}' already: replace it, or choose another name")
    app = App(
        provider=existing_app.provider if existing_app else provider_url(provider or "pipedrive"),
        client_id=existing_app.client_id if existing_app else client_id or "",
        client_secret=client_secret or (existing_app.client_secret if existing_app else ""),
        redirect_uri=redirect_uri or (existing_app.redirect_uri if existing_app else REDIRECT_URI),
        scope=(existing_app.scope if existing_app else None) if scope is None else scope or None,
        allow_plain_http=allow_plain_http or (existing_app is not None and existing_app.allow_plain_http),
    )
    return request_consent(name, app, timeout or (stored.timeout if stored and existing_app else None))


def request_consent(name: str, app: App, timeout: float | None = None) -> Authorization:
    """Returns an attempt to get the consent of a user for an app, whose ``url`` is the page to open. Raises `UnusableConnection`."""
    connections.check_encryption(app.provider, allow_plain_http=app.allow_plain_http)
    _validate_app(app, name)
    return Authorization(
        name=name,
        app=app,
        id=secrets.token_hex(8),
        state=secrets.token_urlsafe(32),
        verifier=secrets.token_urlsafe(64),
        timeout=timeout,
    )


def complete(
    authorization: Authorization, params: Mapping[str, str], store: ConnectionStore = FILE_STORE
) -> Connection:
    """Exchanges the code that the browser came back with, stores the connection and returns it. Raises as `exchange` does."""
    connection = exchange(authorization, params)
    store.add(connection, replace=True)
    return connection


def exchange(authorization: Authorization, params: Mapping[str, str]) -> Connection:
    """Reads the parameters that the browser came back with, exchanges the code, and returns the connection.

    Raises `AuthorizationFailed`, with the code ``wrong_state`` when they belong to another attempt, `Unavailable` and
    `UnusableConnection`.
    """
    name = authorization.name
    if not hmac.compare_digest(params.get("state", "").encode(), authorization.state.encode()):
        raise AuthorizationFailed("the answer belongs to another attempt", connection=name, code=WRONG_STATE)
    if code := params.get("error"):
        description = params.get("error_description", "")
        reason = (
            "consent was denied" if code in DENIED_CODES else f"{authorization.app.provider} said {description or code}"
        )
        raise AuthorizationFailed(reason, connection=name, code=code)
    if not params.get("code"):
        raise AuthorizationFailed("the answer has no code", connection=name, code="no_code")
    seconds = authorization.timeout or TOKEN_TIMEOUT_SECONDS
    try:
        url, grant = oauth.exchange_code(
            authorization.app, params["code"], authorization.verifier, now=retry.CLOCK.time(), seconds=seconds
        )
    except (oauth.ProviderRefused, oauth.ProviderUnavailable) as error:
        failure = error.failure
        if failure is not None and 400 <= failure.status < 500 and failure.status not in (408, 429):
            code = failure.code or "refused"
            raise AuthorizationFailed(str(error), connection=name, code=code, failure=failure) from error
        raise Unavailable(
            str(error),
            action=EXCHANGE_ACTION,
            connection=name,
            may_have_run=False,
            failure=failure,
            retry_after=error.retry_after if isinstance(error, oauth.ProviderUnavailable) else None,
        ) from error
    return connections.from_grant(name, url, authorization.id, grant, authorization.timeout)


def connect(
    name: str,
    *,
    provider: str | None = None,
    client_id: str | None = None,
    client_secret: str | None = None,
    redirect_uri: str | None = None,
    scope: str | None = None,
    open_page: Callable[[str], object] = webbrowser.open,
    wait: float = CONSENT_TIMEOUT_SECONDS,
    replace: bool = False,
    timeout: float | None = None,
    allow_plain_http: bool = False,
) -> Connection:
    """Authorises a connection in the browser, stores it and returns it; one that was authorised so before, anew.

        connect("sales", client_id="0123456789abcdef", client_secret="…")
        connect("crm", provider="https://crm.example.com", client_id="…", client_secret="…")

    ``provider`` is ``pipedrive`` unless given, or the address of a server. An app whose ``redirect_uri`` does not lead
    to this machine cannot be waited for; see `begin`. ``open_page`` shows the user a page; ``wait`` is within how many
    seconds the user has to answer, and ``timeout`` how many seconds the connection will wait for answers. Without
    ``replace``, a connection of this name that was not authorised so is kept, and `UnusableConnection` raised. With
    ``allow_plain_http`` secrets and tokens may go to another machine without encryption.

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
        allow_plain_http=allow_plain_http,
    )
    return complete_in_browser(authorization, open_page=open_page, wait=wait)


def complete_in_browser(authorization: Authorization, *, open_page: Callable[[str], object], wait: float) -> Connection:
    """Opens the page of consent, waits for the browser to come back to this machine, and completes.

    Raises as `connect` does.
    """
    redirect_uri = authorization.app.redirect_uri
    if not loopback.is_loopback(redirect_uri):
        raise UnusableConnection(
            f"{redirect_uri} is not on this machine, so that the browser cannot be waited for there"
        )
    started = retry.CLOCK.monotonic()
    with loopback.listen(redirect_uri) as listener:
        open_page(authorization.url)
        while callback := listener.wait(started + wait - retry.CLOCK.monotonic()):
            try:
                connection = complete(authorization, callback.params)
            except DealwrightError as error:
                if isinstance(error, AuthorizationFailed) and error.code == WRONG_STATE:
                    callback.respond(_error_page(error, "Go back to the page that was opened last."))
                    continue
                callback.respond(_error_page(error))
                raise
            except BaseException:
                callback.respond(Page("Not connected", "Dealwright was stopped before it was done.", status=500))
                raise
            else:
                callback.respond(
                    Page("Connected", f"Dealwright may now use {connection.address} as '{connection.name}'.")
                )
                return connection
    raise AuthorizationFailed(f"nobody answered within {wait:g} s", connection=authorization.name, code="timed_out")


def revoke(connection: Connection) -> None:
    """Revokes the grant of a connection at its provider, which then accepts its tokens no more.

    Raises `Unavailable` and `UnusableConnection`.
    """
    if connection.grant is None:
        raise UnusableConnection(f"Connection '{connection.name}' has an API token, which cannot be given back")
    try:
        oauth.revoke(connection.grant, seconds=connection.timeout or TOKEN_TIMEOUT_SECONDS)
    except (oauth.ProviderRefused, oauth.ProviderUnavailable) as error:
        raise Unavailable(str(error), action="revoke", connection=connection.name, may_have_run=False) from error


def parse_callback_url(address: str) -> dict[str, str]:
    """Returns the parameters of the address that the browser came back to."""
    return dict(parse_qsl(urlsplit(address.strip()).query, keep_blank_values=True))


def provider_url(provider: str) -> str:
    """Returns the address of a provider of OAuth, which is `pipedrive` or a server. Raises `UnusableConnection`."""
    return PIPEDRIVE_OAUTH_URL if provider == "pipedrive" else normalize_url(provider)


def _validate_app(app: App, name: str) -> None:
    """Raises `UnusableConnection` when id, secret or redirect URI cannot be those of an app."""
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


def _error_page(
    error: DealwrightError, rest: str = "Close this tab, and see what Dealwright says where you came from."
) -> Page:
    return Page("Not connected", str(error), rest, status=400)
