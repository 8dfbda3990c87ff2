"""What an action is run on: a connection of the company, or one of who works on this machine, with the client that is kept open for it."""

from __future__ import annotations

from typing import NamedTuple

from dealwright.connectors.budget import Ledger
from dealwright.connectors.client import Client
from dealwright.connectors.connection_store import FILE_STORE, ConnectionStore
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import UnusableConnection
from dealwright.console import company_store
from dealwright.console.company_store import CallAccount, CompanyStore
from dealwright.console.service import Console
from dealwright.crm.errors import Forbidden
from dealwright.crm.history import rehearsal
from dealwright.crm.integration import connections, run_ids
from dealwright.crm.integration.connections import HERE
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.unit_of_work import Principal

MAX_WAIT_SECONDS = 20.0
"""Within how many seconds a call is sent again at most, where that can do no harm: somebody is waiting."""

_RETRIES = 2


class Target(NamedTuple):
    """The connection to run on: as the company has it, if it does, and as the connector takes it."""

    stored: connections.Connection | None
    connection: Connection

    @property
    def name(self) -> str:
        """The name of the connection."""
        return self.stored.name if self.stored else self.connection.name

    @property
    def is_here(self) -> bool:
        """Whether it is this CRM itself."""
        return self.stored is not None and self.stored.kind == HERE


def read(console: Console, principal: Principal, id: int | None, own: Connection | None = None) -> Target:
    """Returns a connection of the company that the user may use, or the one that is the user's ``own``.

    Raises `NotFound`, and `Forbidden` for an app, which users let into this CRM and nowhere else.
    """
    if own is not None:
        return Target(None, own)
    assert id is not None
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        target = Target(connections.get_usable(crm, id), company_store.read(crm, id))
    if principal.app is not None and not target.is_here:
        raise Forbidden("An app uses no connections to other services")
    return target


def open_client(console: Console, principal: Principal, target: Target) -> tuple[Client, CallAccount]:
    """Returns the client of a connection, which is kept open, and what books its calls. Raises `UnusableConnection`."""
    stored, connection = target
    if stored is not None and not target.is_here:
        check_address(console, connection)
    store: ConnectionStore = FILE_STORE
    if stored is not None:
        store = CompanyStore(console.companies, principal, stored.id)
    client = Client(
        connection,
        retries=_RETRIES,
        max_wait=MAX_WAIT_SECONDS,
        store=store,
        account=CallAccount(Ledger(connection) if stored is None else None),
        application=console.local_crm(principal) if target.is_here else None,
    )
    key = (principal.company.id, principal.user_id, principal.app, stored.id if stored else None, connection)
    client = console.client(key, client)
    kept = client.account
    assert isinstance(kept, CallAccount)
    kept.take()
    return client, kept


def check_address(console: Console, connection: Connection) -> None:
    """Raises `UnusableConnection` for a connection that leads where this server sends nothing: into networks of its own."""
    for url in (connection.url, connection.grant.app.provider if connection.grant else ""):
        reason = outbound_policy.rejection_reason(url, console.companies.webhook_reach) if url else None
        if reason is not None:
            raise UnusableConnection(f"This server does not call {url}: {reason}")


def run_headers(principal: Principal, target: Target, run_id: str, fingerprint: str | None = None) -> dict[str, str]:
    """Returns the headers that name the run to this CRM, in whose change log it is then; others learn nothing of it.

    With a ``fingerprint``, the call does what was rehearsed with it, or is refused; with an empty one it is rehearsed itself.
    """
    if not target.is_here:
        return {}
    headers = {run_ids.HEADER: run_ids.seal(principal.company, principal.user_id, run_id)}
    if fingerprint is not None:
        headers[rehearsal.HEADER] = rehearsal.seal(principal, run_id, fingerprint)
    return headers
