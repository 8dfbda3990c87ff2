"""Deliveries of events to webhooks: how each attempt went, and what follows from it.

A webhook whose first attempts fail is banned for a while, in which events are lost to it; one that has taken nothing for days
is given up. What is in here is known to the transaction alone: deliveries belong to no user.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import webhook_events
from dealwright.crm.errors import NotFound
from dealwright.crm.kinds import Object
from dealwright.crm.unit import Crm
from dealwright.crm.values import instant, moment3
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import company, webhook_deliveries, webhook_states, webhooks
from dealwright.storage.tables import webhook_events as events

FAILURES_UNTIL_BAN = 10
BAN = timedelta(minutes=30)
PATIENCE = timedelta(days=3)
"""For how long a webhook may take nothing before it is given up."""

KEPT = timedelta(days=7)
"""For how long events and deliveries can be looked at and repeated."""

GIVEN_UP = "no successful delivery in 3 days"
_STATE_EVERY = timedelta(seconds=1)


class Attempt(NamedTuple):
    """How an attempt went. ``http_status`` is what was answered, ``error`` what went wrong; None for nothing."""

    number: int
    is_last: bool
    http_status: int | None
    error: str | None


class Receiver(NamedTuple):
    """Who is told: a user, by a webhook that may have been banned when it was to be told."""

    user_id: int
    was_banned: bool


class Delivery(NamedTuple):
    """A delivery, as the log tells it."""

    id: int
    uuid: str
    webhook_id: int
    event_id: int
    add_time: str
    state: str
    attempts: int
    time: str | None
    http_status: int | None
    error: str | None
    event_time: str
    object: Object
    record_id: int
    action: webhook_events.EventAction


def get(db: Transaction, id: int) -> Delivery | None:
    """One delivery; None when it is there no more."""
    row = db.row(_deliveries().where(webhook_deliveries.c.id == id))
    return None if row is None else Delivery(*row)


def log(db: Transaction, *, webhook_id: int | None = None, state: str | None = None, limit: int = 50) -> list[Delivery]:
    """The latest deliveries, newest first, of one webhook or in one state if given."""
    columns = webhook_deliveries.c
    statement = _deliveries().order_by(columns.id.desc()).limit(limit)
    if webhook_id is not None:
        statement = statement.where(columns.webhook_id == webhook_id)
    if state is not None:
        statement = statement.where(columns.state == state)
    return [Delivery(*row) for row in db.rows(statement)]


def replay(crm: Crm, ids: Iterable[int]) -> list[int]:
    """Has deliveries made once more, with the id that the receiver may know them by; the ids of the new ones.

    Raises `NotFound` when a delivery or its webhook is there no more.
    """
    found = []
    for id in ids:
        delivery = get(crm.db, id)
        if delivery is None or delivery.webhook_id not in crm.settings.webhooks:
            raise NotFound(f"There is no delivery {id} that can be repeated")
        found.append(
            webhook_events.deliver(
                crm,
                delivery.event_id,
                delivery.webhook_id,
                delivery.object,
                delivery.record_id,
                known_as=delivery.uuid,
            )
        )
    return found


def undelivered(crm: Crm) -> list[int]:
    """The deliveries that have failed or were lost, and that were not repeated since, oldest first."""
    columns = webhook_deliveries.c
    other = webhook_deliveries.alias()
    repeated = sa.exists().where(other.c.uuid == columns.uuid, other.c.id > columns.id)
    gone = sa.and_(columns.state.in_(("failed", "lost")), columns.webhook_id.in_(sorted(crm.settings.webhooks)))
    return crm.db.values(sa.select(columns.id).where(gone, ~repeated).order_by(columns.id))


def receiver(db: Transaction, delivery: Delivery) -> Receiver | None:
    """Who is told; None when the webhook is there no more."""
    row = db.row(
        sa.select(webhooks.c.user_id, webhook_states.c.banned_until)
        .join_from(webhooks, webhook_states, webhook_states.c.webhook_id == webhooks.c.id)
        .where(webhooks.c.id == delivery.webhook_id)
    )
    if row is None:
        return None
    user_id, until = row
    banned = until is not None and instant(until) - BAN <= instant(delivery.add_time) < instant(until)
    return Receiver(user_id, banned)


def lose(db: Transaction, id: int, reason: str) -> None:
    """Says that an event will not be delivered."""
    db.update(webhook_deliveries, id, {"state": "lost", "error": reason})


def record(db: Transaction, delivery: Delivery, attempt: Attempt, now: datetime) -> bool:
    """Stores how an attempt went, and what follows for the webhook; False when it comes too late to matter.

    Somebody who was taken for dead may be at a delivery that another one has made meanwhile: what is delivered stays so.
    """
    columns = webhook_deliveries.c
    succeeded = attempt.error is None
    failed_state = "failed" if attempt.is_last else "waiting"
    matters = columns.state != "delivered" if succeeded else columns.state == "waiting"
    values = {
        "state": "delivered" if succeeded else failed_state,
        "attempts": attempt.number,
        "time": moment3(now),
        "http_status": attempt.http_status,
        "error": attempt.error,
    }
    if not db.execute(sa.update(webhook_deliveries).where(columns.id == delivery.id, matters).values(values)):
        return False
    if succeeded:
        _succeeded(db, delivery.webhook_id, attempt, now)
    else:
        _failed(db, delivery.webhook_id, attempt, now)
    return True


def expire(crm: Crm) -> None:
    """Forgets events that are old, with their deliveries, unless one is still to be made."""
    columns = webhook_deliveries.c
    waiting = sa.exists().where(columns.event_id == events.c.id, columns.state == "waiting")
    old = sa.select(events.c.id).where(events.c.time < moment3(crm.time - KEPT), ~waiting)
    crm.db.execute(sa.delete(webhook_deliveries).where(columns.event_id.in_(old)))
    left = sa.exists().where(columns.event_id == events.c.id)
    crm.db.execute(sa.delete(events).where(events.c.time < moment3(crm.time - KEPT), ~left))


def _deliveries() -> sa.Select[tuple[object, ...]]:
    columns = (events.c.time, events.c.object, events.c.record_id, events.c.action)
    return sa.select(*webhook_deliveries.c, *columns).join_from(
        webhook_deliveries, events, events.c.id == webhook_deliveries.c.event_id
    )


def _succeeded(db: Transaction, webhook_id: int, attempt: Attempt, now: datetime) -> None:
    columns = webhook_states.c
    # Deliveries of one webhook end side by side. They need not wait for each other to say the same.
    news = sa.or_(
        columns.failures != 0,
        columns.failing_since.is_not(None),
        columns.last_http_status.is_distinct_from(attempt.http_status),
        columns.last_delivery_time.is_(None),
        columns.last_delivery_time < moment3(now - _STATE_EVERY),
    )
    db.execute(
        sa.update(webhook_states)
        .where(columns.webhook_id == webhook_id, news)
        .values(last_delivery_time=moment3(now), last_http_status=attempt.http_status, failures=0, failing_since=None)
    )


def _failed(db: Transaction, webhook_id: int, attempt: Attempt, now: datetime) -> None:
    columns = webhook_states.c
    row = db.row(
        sa.select(columns.failures, columns.failing_since, columns.banned_until)
        .where(columns.webhook_id == webhook_id)
        .with_for_update()
    )
    if row is None:
        return
    failures, failing_since, banned_until = row
    since: str = failing_since or moment3(now)
    values: dict[str, object] = {
        "last_delivery_time": moment3(now),
        "last_http_status": attempt.http_status,
        "failing_since": since,
    }
    if attempt.number == 1 and (banned_until is None or instant(banned_until) <= now):
        enough = failures + 1 >= FAILURES_UNTIL_BAN
        values |= {"failures": 0, "banned_until": moment3(now + BAN)} if enough else {"failures": failures + 1}
    db.execute(sa.update(webhook_states).where(columns.webhook_id == webhook_id).values(values))
    if attempt.is_last and now - instant(since) >= PATIENCE:
        _give_up(db, webhook_id, now)


def _give_up(db: Transaction, webhook_id: int, now: datetime) -> None:
    values = {"is_active": False, "remove_time": moment3(now), "remove_reason": GIVEN_UP}
    if db.execute(sa.update(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.is_active).values(values)):
        version = company.c.settings_version
        db.execute(sa.update(company).values(settings_version=version + 1))
