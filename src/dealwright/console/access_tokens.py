"""The tokens of connections, for programs that call their services themselves.

A token does whatever its user may do over there, unseen by the runs. So it is given to the owner of a connection alone, and only of one
that may run everything.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import NamedTuple

from dealwright.connectors import oauth, retry
from dealwright.connectors.channel import DEFAULT_TIMEOUT_SECONDS
from dealwright.connectors.errors import UnusableConnection
from dealwright.connectors.token_refresh import TokenRefresher
from dealwright.console import company_store, targets
from dealwright.console.company_store import CompanyStore
from dealwright.console.service import Console
from dealwright.crm.errors import Conflict, Forbidden, Unavailable
from dealwright.crm.integration import connections
from dealwright.crm.kernel.unit_of_work import Principal

log = logging.getLogger(__name__)


class AccessToken(NamedTuple):
    """A token and when it expires; None for one that does so only when it is revoked."""

    token: str
    expires_at: datetime | None


def current(console: Console, principal: Principal, id: int) -> AccessToken:
    """Returns the token of a connection to another service, renewed where it has expired.

    Raises `NotFound`, `Forbidden`, and `Conflict` where the connection is not connected any more, `Unavailable` where that is not known.
    """
    with console.companies.unit_of_work(principal.company, principal.user_id, write=False) as crm:
        stored = connections.get_usable(crm, id)
        if stored.owner_id != crm.actor.id:
            raise Forbidden("Only its owner gets the token of a connection")
        if stored.permits != "all":
            raise Forbidden("The token would do more than this connection may: allow it all actions first")
        connection = company_store.read(crm, id)
    log.info("User %d gets the token of connection %d", principal.user_id, id)
    if connection.grant is None:
        return AccessToken(connection.token or "", None)
    store = CompanyStore(console.companies, principal, id)
    try:
        targets.check_address(console, connection)
        # The newest one is in the store, where it was put before anybody could use it.
        TokenRefresher(connection, store, seconds=DEFAULT_TIMEOUT_SECONDS, clock=retry.CLOCK).current_access()
        newest = store.find(connection.name)
    except (oauth.ProviderRefused, UnusableConnection) as error:
        raise Conflict(f"The token cannot be renewed: {error}. Please reconnect '{connection.name}'") from error
    except oauth.ProviderUnavailable as error:
        raise Unavailable(f"The token cannot be renewed at present: {error}") from error
    grant = (newest or connection).grant or connection.grant
    expires_at = None if grant.expires_at is None else datetime.fromtimestamp(grant.expires_at, UTC)
    return AccessToken(grant.access_token, expires_at)
