"""What the calls on a connection show of it: how it is, what it has spent, and tokens that were renewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import NotFound
from dealwright.crm.integration.connections import State
from dealwright.crm.kernel import notifications
from dealwright.crm.kernel.notifications import NewNotification
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps, format_time_ms, loads
from dealwright.storage.tables import connections

OF_NO_USE: frozenset[State] = frozenset({"expired", "failing"})
"""The states in which a connection waits for its owner."""

_MAX_REASON = 500


class Booking(NamedTuple):
    """What calls have spent of the daily budget, and what the service said last of it."""

    spent: int
    requests: int
    limit: int | None = None
    remaining: int | None = None


def renew_grant(
    crm: UnitOfWork,
    id: int,
    authorization_id: str,
    sealed_grant: str,
    *,
    url: str,
    expire_time: datetime | None,
    scope: str | None,
) -> bool:
    """Stores renewed tokens; returns False when the connection no longer has that consent."""
    values: dict[str, Any] = {
        "sealed_grant": sealed_grant,
        "url": url,
        "expire_time": None if expire_time is None else format_time_ms(expire_time),
    }
    if scope is not None:
        values["scopes"] = dumps(scope.replace(",", " ").split())
    these = (connections.c.id == id) & (connections.c.authorization_id == authorization_id)
    return bool(crm.db.execute(sa.update(connections).where(these).values(values)))


def begin_refresh(crm: UnitOfWork, id: int, holder: str, lease: timedelta) -> bool:
    """Whether ``holder`` renews the tokens of a connection from now on, because nobody else does.

    A process that is killed meanwhile holds others up for the time of the lease. Raises `NotFound`.
    """
    columns, now = connections.c, format_time_ms(crm.time)
    free = columns.refresh_holder.is_(None) | (columns.refresh_until < now) | (columns.refresh_holder == holder)
    values = {"refresh_holder": holder, "refresh_until": format_time_ms(crm.time + lease)}
    if crm.db.execute(sa.update(connections).where(columns.id == id, free).values(values)):
        return True
    if crm.db.row(sa.select(columns.id).where(columns.id == id)) is None:
        raise NotFound("Connection not found")
    return False


def end_refresh(crm: UnitOfWork, id: int, holder: str) -> None:
    """Says that ``holder`` does not renew the tokens of a connection any more."""
    these = (connections.c.id == id) & (connections.c.refresh_holder == holder)
    crm.db.execute(sa.update(connections).where(these).values(refresh_holder=None, refresh_until=None))


def set_state(
    crm: UnitOfWork, id: int, state: State, reason: str | None = None, account: Mapping[str, Json] | None = None
) -> None:
    """Stores how a connection was found to be, and whom it stands for on the other side.

    Tells its owner when it is of no use any more.
    """
    columns = connections.c
    before = crm.db.row(sa.select(columns.state, columns.owner_id).where(columns.id == id).with_for_update())
    values: dict[str, Any] = {
        "state": state,
        "state_reason": None if reason is None else reason[:_MAX_REASON],
        "state_time": crm.now_ms,
    }
    if account is not None:
        values["account"] = dumps(dict(account))
    crm.db.execute(sa.update(connections).where(columns.id == id).values(values))
    if before is not None and before[0] == "connected" and before[1] is not None and state in OF_NO_USE:
        details: dict[str, Json] = {"state": state, "reason": values["state_reason"]}
        told = NewNotification(before[1], "connection_lost", "connection", id, details=details)
        notifications.write(crm.db, told, crm.time)


def book(crm: UnitOfWork, id: int, booking: Booking) -> None:
    """Adds what calls have spent to the budget of today, and says that the connection was used."""
    columns = connections.c
    row = crm.db.row(sa.select(columns.budget).where(columns.id == id).with_for_update())
    if row is None:
        return
    known: dict[str, Any] = loads(row[0]) or {}
    if known.get("day") != crm.today:
        known = {"day": crm.today, "spent": 0, "requests": 0, "limit": None, "remaining": None, "told_at": None}
    known["spent"] += booking.spent
    known["requests"] += booking.requests
    if booking.remaining is not None:
        known |= {"limit": booking.limit, "remaining": booking.remaining, "told_at": crm.now}
    values = {"budget": dumps(known), "last_use_time": crm.now_ms}
    crm.db.execute(sa.update(connections).where(columns.id == id).values(values))
