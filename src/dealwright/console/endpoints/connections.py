"""Connections of the company: adding, changing, testing, and authorising them by OAuth."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
import time
from typing import Any
from urllib.parse import urlencode

import msgspec

from dealwright.connectors import authorization
from dealwright.connectors import connections as connector_connections
from dealwright.connectors.authorization import Authorization
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import DealwrightError, UnusableConnection
from dealwright.connectors.grants import App
from dealwright.connectors.permits import Permits
from dealwright.console import calls, company_store
from dealwright.console.calls import Wanted
from dealwright.console.company_store import to_new
from dealwright.console.endpoints.shown_connections import show
from dealwright.console.service import Console, find_console
from dealwright.contract import catalogue
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import connections as contract
from dealwright.contract.endpoint import Redirect
from dealwright.contract.errors import nearest
from dealwright.crm.errors import CrmError, Forbidden, Invalid, NotFound
from dealwright.crm.integration import connections
from dealwright.crm.integration.connections import NewConnection, Seal, SealedSecrets, Secrets
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import Principal, UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.server.binding import BrowserSession, implements, implements_in_session

PAGE = "/connections"
TEST_ACTION = ("v1", "get_users_me")

_ANOTHER_ATTEMPT = "This answer belongs to another attempt, or to another browser. Please begin again"

log = logging.getLogger(__name__)


class _Consent(msgspec.Struct, frozen=True):
    """A consent that is asked for: the attempt, and the connection that is to be."""

    attempt: Authorization
    permits: Permits
    is_shared: bool
    connection_id: int | None


@implements(contract.get_connections)
def get_connections(crm: UnitOfWork) -> Items[contract.Connection]:
    return {"items": [show(crm, one) for one in connections.list_visible(crm)], "next_cursor": None}


@implements(contract.get_connections_by_id)
def get_connections_by_id(crm: UnitOfWork, id: int) -> contract.Connection:
    return show(crm, connections.get(crm, id))


def _prepare_new(preparation: Preparation, data: contract.NewConnection) -> NewConnection:
    """Returns the connection that is to be added. Raises `Invalid`, also for an address that this server does not call."""
    permits = _permits(data.permits)
    try:
        if data.service == "pipedrive":
            made = connector_connections.pipedrive(data.name, data.token, data.domain)
        else:
            if data.url is None:
                raise Invalid("is required", "url")
            made = connector_connections.server(data.name, data.url, data.token, allow_plain_http=data.allow_plain_http)
            connector_connections.check_encryption(made.url, allow_plain_http=data.allow_plain_http)
    except UnusableConnection as error:
        raise Invalid(str(error), "domain" if data.service == "pipedrive" else "url") from None
    _check_address(preparation, made.url, "url")
    return to_new(_sealer(preparation), _with_permits(made, permits), is_shared=data.is_shared)


@implements(contract.post_connections, prepare=_prepare_new, waits=True)
def post_connections(crm: UnitOfWork, new: NewConnection, data: contract.NewConnection) -> contract.Connection:
    return show(crm, connections.add(crm, new))


def _prepare_changes(
    preparation: Preparation, id: int, data: contract.ConnectionChanges
) -> tuple[Values, SealedSecrets | None]:
    """Returns the columns to change, and a new token. Raises `Invalid`."""
    values: Values = {}
    if isinstance(data.name, str):
        values["name"] = data.name
    if isinstance(data.is_shared, bool):
        values["is_shared"] = data.is_shared
    if isinstance(data.permits, contract.PermitsToSet):
        permits = _permits(data.permits)
        values |= {"permits": permits.kind, "chosen_actions": [*sorted(permits.actions)]}
    if isinstance(data.url, str):
        try:
            values["url"] = connector_connections.normalize_url(data.url)
        except UnusableConnection as error:
            raise Invalid(str(error), "url") from None
        _check_address(preparation, str(values["url"]), "url")
    if not isinstance(data.token, str):
        return values, None
    return values, _sealer(preparation)(Secrets(token=data.token.strip()))


@implements(contract.patch_connections_by_id, prepare=_prepare_changes, waits=True)
def patch_connections_by_id(
    crm: UnitOfWork, prepared: tuple[Values, SealedSecrets | None], id: int, data: contract.ConnectionChanges
) -> contract.Connection:
    values, secrets = prepared
    known = connections.get(crm, id)
    if secrets is not None and known.authentication != "token":
        raise Invalid("A connection by OAuth has no API token: authorise it anew", "token")
    if "url" in values and known.authentication != "token":
        raise Invalid("The address of a connection by OAuth is its provider's to say", "url")
    if "url" in values and secrets is None and values["url"] != known.url:
        # A token goes to the service alone for which it was given.
        raise Invalid("Another address needs a token of its own", "token")
    if "url" in values:
        try:
            connector_connections.check_encryption(str(values["url"]), allow_plain_http=known.allow_plain_http)
        except UnusableConnection as error:
            raise Invalid(str(error), "url") from None
    return show(crm, connections.update(crm, id, values, secrets))


@implements_in_session(contract.delete_connections_by_id, waits=True)
def delete_connections_by_id(browser: BrowserSession, id: int, revoke: bool = False) -> contract.Connection:
    principal, console = _open(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        stored = connections.get(crm, id)
        if not connections.may_remove(crm, stored):
            raise Forbidden("Only its owner and admins can remove a connection")
        shown = show(crm, stored)
        target = company_store.read(crm, id) if revoke and connections.may_use(crm, stored) else None
    if target is not None and target.grant is not None:
        try:
            calls.check_address(console, target)
            authorization.revoke(target)
        except DealwrightError as error:
            # It is removed here all the same: nobody can use what is not there.
            log.warning("The consent of connection %d cannot be given back: %s", id, error)
    console.companies.run(principal.company, principal.user_id, lambda crm: connections.remove(crm, id), write=True)
    return shown


@implements_in_session(contract.post_connections_by_id_test, waits=True)
def post_connections_by_id_test(browser: BrowserSession, id: int) -> contract.TestResult:
    principal, console = _open(browser)
    return _test(console, principal, id)


@implements_in_session(contract.get_connections_redirect_uri)
def get_connections_redirect_uri(browser: BrowserSession) -> contract.RedirectUri:
    return {"redirect_uri": browser.base_url + contract.CALLBACK_PATH}


@implements_in_session(contract.post_connections_authorize, waits=True)
def post_connections_authorize(browser: BrowserSession, data: contract.ConsentToAsk) -> contract.ConsentPage:
    principal, console = _open(browser)
    permits = _permits(data.permits)
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
        calls.check_address(console, Connection(name=name, kind="server", url=app.provider))
    except UnusableConnection as error:
        raise Invalid(str(error), "provider") from None
    consent = _Consent(attempt, permits, data.is_shared, None if known is None else known.id)
    contents, state = msgspec.json.encode(consent).decode(), _hash(attempt.state)
    sealed = connections.seal_text(principal.company.cipher, contents)

    def store(crm: UnitOfWork) -> None:
        connections.store_consent(crm, state, _hash(browser.secret), sealed)

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
        company, user_id, lambda crm: connections.take_consent(crm, state, session), write=True
    )
    if sealed is None:
        raise NotFound(_ANOTHER_ATTEMPT)
    consent = msgspec.json.decode(company.cipher.decrypt(sealed), type=_Consent)
    made = _with_permits(authorization.exchange(consent.attempt, params), consent.permits)
    new = to_new(connections.sealer(company.cipher), made, is_shared=consent.is_shared)

    def store(crm: UnitOfWork) -> int:
        if consent.connection_id is not None:
            return connections.reauthorize(crm, consent.connection_id, new).id
        return connections.add(crm, new).id

    id: int = console.companies.run(company, user_id, store, write=True)
    _test(console, principal, id)
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


def _test(console: Console, principal: Principal, id: int) -> contract.TestResult:
    """Asks the service whom a connection stands for, whatever the connection may run."""
    started = time.monotonic()
    version, action = TEST_ACTION
    ran = calls.run(console, principal, Wanted(id, version, action, {}), is_test=True)
    milliseconds = round((time.monotonic() - started) * 1000)
    ok = ran.run.status == "ok"
    account = _account(ran.answer.body) if ok and ran.answer is not None else None

    def finish(crm: UnitOfWork) -> contract.Connection:
        if account is not None:
            connections.set_state(crm, id, "connected", account=account)
        elif connections.get(crm, id).state in ("untested", "connected"):
            connections.set_state(crm, id, "failing", _message(ran.run.error))
        return show(crm, connections.get(crm, id))

    shown = console.companies.run(principal.company, principal.user_id, finish, write=True)
    if account is None:
        message = _message(ran.run.error)
    else:
        company = account["company_name"] or account["company_domain"] or "a company without a name"
        message = f"{account['user_name'] or 'Somebody'} at {company}"
    return {"connection": shown, "ok": ok, "message": message, "duration_ms": milliseconds}


def _account(body: Any) -> dict[str, Any] | None:
    """Returns whom the answer of the test names; None when it names nobody."""
    user = body.get("data") if isinstance(body, dict) else None
    if not isinstance(user, dict):
        return None
    names = {
        "user_id": "id",
        "user_name": "name",
        "user_email": "email",
        "company_id": "company_id",
        "company_name": "company_name",
        "company_domain": "company_domain",
    }
    kinds: dict[str, type] = {"user_id": int, "company_id": int}
    found = {}
    for name, member in names.items():
        value = user.get(member)
        found[name] = value if isinstance(value, kinds.get(name, str)) else None
    return found


def _message(error: Any) -> str:
    return str(error["message"]) if isinstance(error, dict) else "No answer names anybody"


def _permits(given: object) -> Permits:
    """Returns what a connection may run. Raises `Invalid` for an action that there is not."""
    if not isinstance(given, contract.PermitsToSet):
        return Permits()
    if given.kind != "chosen":
        return Permits(kind=given.kind)
    known = catalogue.entries()
    for name in given.actions:
        if name not in known:
            hint = nearest(name, known)
            raise Invalid(f"There is no action {name}{f'; did you mean {hint}?' if hint else ''}", "permits.actions")
    return Permits(kind="chosen", actions=frozenset(given.actions))


def _with_permits(connection: Connection, permits: Permits) -> Connection:
    return dataclasses.replace(connection, permits=permits)


def _check_address(preparation: Preparation, url: str, path: str) -> None:
    """Raises `Invalid` for an address that this server does not call."""
    reason = outbound_policy.rejection_reason(url, preparation.webhook_reach)
    if reason is not None:
        raise Invalid(f"This server does not call it: {reason}", path)


def _open(browser: BrowserSession) -> tuple[Principal, Console]:
    principal = browser.principal
    assert principal is not None
    return principal, find_console(browser.companies)


def _sealer(preparation: Preparation) -> Seal:
    with preparation.read() as crm:
        return connections.sealer(crm.company.cipher)


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
