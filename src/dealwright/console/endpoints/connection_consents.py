"""Authorising connections by OAuth: the page of the provider is asked for a consent, and the browser comes back with it."""

from __future__ import annotations

import dataclasses
import hashlib
from urllib.parse import urlencode

import msgspec

from dealwright.connectors import authorization
from dealwright.connectors.authorization import Authorization
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import DealwrightError, UnusableConnection
from dealwright.connectors.grants import App
from dealwright.connectors.permits import Permits
from dealwright.console import company_store, targets
from dealwright.console.company_store import to_new
from dealwright.console.endpoints.browsers import console_of
from dealwright.console.endpoints.connection_checks import check
from dealwright.console.endpoints.permits import given_permits
from dealwright.console.service import find_console
from dealwright.contract.app.integration import connections as contract
from dealwright.contract.endpoint import Redirect
from dealwright.crm.errors import CrmError, Forbidden, Invalid, NotFound
from dealwright.crm.integration import connection_consents, connection_secrets, connections
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import BrowserSession, implements_in_session

PAGE = "/connections"

_ANOTHER_ATTEMPT = "This answer belongs to another attempt, or to another browser. Please begin again"


class _Consent(msgspec.Struct, frozen=True):
    """A consent that is asked for: the attempt, and the connection that is to be."""

    attempt: Authorization
    permits: Permits
    is_shared: bool
    connection_id: int | None


@implements_in_session(contract.get_connections_redirect_uri)
def get_connections_redirect_uri(browser: BrowserSession) -> contract.RedirectUri:
    return {"redirect_uri": browser.base_url + contract.CALLBACK_PATH}


@implements_in_session(contract.post_connections_authorize, waits=True)
def post_connections_authorize(browser: BrowserSession, data: contract.ConsentToAsk) -> contract.ConsentPage:
    principal, console = console_of(browser)
    permits = given_permits(data.permits)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        known = None if data.connection_id is None else connections.get_usable(crm, data.connection_id)
        if known is not None and not connections.may_change(crm, known):
            raise Forbidden("Only its owner can authorise a connection anew")
        stored = None if known is None else company_store.read(crm, known.id)
        name = known.name if known is not None else (data.name or "")
        if known is None:
            connections.check_can_be_added(crm, name)
    app = _app(browser, data, stored)
    try:
        attempt = authorization.request_consent(name, app)
        targets.check_address(console, Connection(name=name, kind="server", url=app.provider))
    except UnusableConnection as error:
        raise Invalid(str(error), "provider") from None
    consent = _Consent(attempt, permits, data.is_shared, None if known is None else known.id)
    contents, state = msgspec.json.encode(consent).decode(), _hash(attempt.state)
    sealed = connection_secrets.seal_text(principal.company.cipher, contents)

    def store(crm: UnitOfWork) -> None:
        connection_consents.store_consent(crm, state, _hash(browser.secret), sealed)

    console.companies.run(principal.company, principal.user_id, store, write=True)
    return {"url": attempt.url, "redirect_uri": app.redirect_uri}


@implements_in_session(contract.get_app_connections_callback, waits=True)
def get_app_connections_callback(
    browser: BrowserSession,
    code: str | None = None,
    state: str | None = None,
    error: str | None = None,
    error_description: str | None = None,
) -> Redirect:
    given = {"code": code, "state": state, "error": error, "error_description": error_description}
    try:
        id = _complete(browser, {name: value for name, value in given.items() if value is not None})
    except (CrmError, DealwrightError) as failure:
        return Redirect(f"{PAGE}?{urlencode({'error': str(failure)[:500]})}")
    return Redirect(f"{PAGE}?{urlencode({'connected': id})}")


def _complete(browser: BrowserSession, params: dict[str, str]) -> int:
    """Exchanges the code of a consent and stores the connection, which is tested; returns its id."""
    principal = browser.principal
    if principal is None or "state" not in params:
        raise NotFound(_ANOTHER_ATTEMPT)
    console = find_console(browser.companies)
    company, user_id = principal.company, principal.user_id
    state, session = _hash(params["state"]), _hash(browser.secret)
    sealed = console.companies.run(
        company, user_id, lambda crm: connection_consents.take_consent(crm, state, session), write=True
    )
    if sealed is None:
        raise NotFound(_ANOTHER_ATTEMPT)
    consent = msgspec.json.decode(company.cipher.decrypt(sealed), type=_Consent)
    made = dataclasses.replace(authorization.exchange(consent.attempt, params), permits=consent.permits)
    new = to_new(connection_secrets.sealer(company.cipher), made, is_shared=consent.is_shared)

    def store(crm: UnitOfWork) -> int:
        if consent.connection_id is not None:
            return connections.reauthorize(crm, consent.connection_id, new).id
        return connections.add(crm, new).id

    id: int = console.companies.run(company, user_id, store, write=True)
    check(console, principal, id)
    return id


def _app(browser: BrowserSession, data: contract.ConsentToAsk, stored: Connection | None) -> App:
    """Returns the app to ask consent for. Raises `Invalid`."""
    known = stored.grant.app if stored is not None and stored.grant is not None else None
    if stored is not None and known is None:
        raise Invalid("was not authorised by OAuth", "connection_id")
    try:
        provider = known.provider if known else authorization.provider_url(data.provider or "pipedrive")
    except UnusableConnection as error:
        raise Invalid(str(error), "provider") from None
    # The secret of an app goes to its own provider only.
    same_app = known is not None and data.client_id in (None, known.client_id)
    secret = data.client_secret or (known.client_secret if known is not None and same_app else "")
    client_id = data.client_id or (known.client_id if known else "")
    for name, value in (("client_id", client_id), ("client_secret", secret)):
        if not value:
            raise Invalid("is required", name)
    return App(
        provider=provider,
        client_id=client_id,
        client_secret=secret,
        redirect_uri=browser.base_url + contract.CALLBACK_PATH,
        scope=data.scope or (known.scope if known else None),
        allow_plain_http=data.allow_plain_http or (known is not None and known.allow_plain_http),
    )


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
