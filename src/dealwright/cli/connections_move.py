"""``dealwright connections move``: brings connections of this user's file into a company of a server."""

from __future__ import annotations

from dealwright.cli import output
from dealwright.cli.company_work import find_user, run_in_company
from dealwright.cli.locations import get_company, open_platform
from dealwright.connectors import connections as known
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import UnknownConnection, UnusableConnection
from dealwright.console.company_store import to_new
from dealwright.crm.integration import connection_secrets, connections
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def move(
    names: list[str], database: str | None, company: str | None, email: str | None, *, shared: bool, keep: bool
) -> None:
    """Moves connections, all or none, to a user of a company. Raises `UnknownConnection`, `UnusableConnection` and `typer.BadParameter`."""
    wanted = [_find(name) for name in names] if names else _find_all()
    user_id = None
    if email is not None:
        with open_platform(database) as platform:
            user_id, _ = find_user(get_company(platform, company), email)

    def add(crm: UnitOfWork) -> None:
        for one in wanted:
            connections.add(crm, to_new(connection_secrets.sealer(crm.company.cipher), one, is_shared=shared))

    run_in_company(database, company, add, write=True, user=user_id)
    # Not before they are there: what is twice does no harm, what is nowhere does.
    for one in () if keep else wanted:
        known.remove(one.name)
    output.say(f"{len(wanted)} {'connection is' if len(wanted) == 1 else 'connections are'} in the company", err=True)


def _find(name: str) -> Connection:
    found = known.find_stored(name)
    if found is None:
        raise UnknownConnection(name, tuple(one.name for one in known.list_connections() if one.origin == "store"))
    if found.kind == "embedded":
        raise UnusableConnection(f"Connection '{name}' leads to a folder of this machine, where no server looks for it")
    return found


def _find_all() -> list[Connection]:
    """Returns the connections in the file, but for those that lead to folders."""
    stored = [one for one in known.list_connections() if one.origin == "store" and one.kind != "embedded"]
    return [_find(one.name) for one in stored]
