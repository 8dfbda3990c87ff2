"""Connections of the company: adding, changing, testing and removing them."""

from __future__ import annotations

import dataclasses
import logging

from dealwright.connectors import authorization
from dealwright.connectors import connections as connector_connections
from dealwright.connectors.errors import DealwrightError, UnusableConnection
from dealwright.console import company_store, targets
from dealwright.console.company_store import to_new
from dealwright.console.endpoints.browsers import console_of
from dealwright.console.endpoints.connection_checks import check
from dealwright.console.endpoints.permits import given_permits
from dealwright.console.endpoints.shown_connections import show
from dealwright.contract.app.envelopes import Items
from dealwright.contract.app.integration import connections as contract
from dealwright.crm.errors import Forbidden, Invalid
from dealwright.crm.integration import connection_secrets, connections
from dealwright.crm.integration.connection_secrets import Seal, SealedSecrets, Secrets
from dealwright.crm.integration.connections import NewConnection
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.server.binding import BrowserSession, implements, implements_in_session

log = logging.getLogger(__name__)


@implements(contract.get_connections)
def get_connections(crm: UnitOfWork) -> Items[contract.Connection]:
    return {"items": [show(crm, one) for one in connections.list_visible(crm)], "next_cursor": None}


@implements(contract.get_connections_by_id)
def get_connections_by_id(crm: UnitOfWork, id: int) -> contract.Connection:
    return show(crm, connections.get(crm, id))


def _prepare_new(preparation: Preparation, data: contract.NewConnection) -> NewConnection:
    """Returns the connection that is to be added. Raises `Invalid`, also for an address that this server does not call."""
    permits = given_permits(data.permits)
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
    return to_new(_sealer(preparation), dataclasses.replace(made, permits=permits), is_shared=data.is_shared)


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
        permits = given_permits(data.permits)
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
    principal, console = console_of(browser)
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        stored = connections.get(crm, id)
        if not connections.may_remove(crm, stored):
            raise Forbidden("Only its owner and admins can remove a connection")
        shown = show(crm, stored)
        target = company_store.read(crm, id) if revoke and connections.may_use(crm, stored) else None
    if target is not None and target.grant is not None:
        try:
            targets.check_address(console, target)
            authorization.revoke(target)
        except DealwrightError as error:
            # It is removed here all the same: nobody can use what is not there.
            log.warning("The consent of connection %d cannot be given back: %s", id, error)
    console.companies.run(principal.company, principal.user_id, lambda crm: connections.remove(crm, id), write=True)
    return shown


@implements_in_session(contract.post_connections_by_id_test, waits=True)
def post_connections_by_id_test(browser: BrowserSession, id: int) -> contract.TestResult:
    principal, console = console_of(browser)
    return check(console, principal, id)


def _check_address(preparation: Preparation, url: str, path: str) -> None:
    """Raises `Invalid` for an address that this server does not call."""
    reason = outbound_policy.rejection_reason(url, preparation.webhook_reach)
    if reason is not None:
        raise Invalid(f"This server does not call it: {reason}", path)


def _sealer(preparation: Preparation) -> Seal:
    with preparation.read() as crm:
        return connection_secrets.sealer(crm.company.cipher)
