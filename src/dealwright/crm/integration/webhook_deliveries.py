"""Deliveries of events to webhooks: the results of attempts, and their effects on webhooks.

A webhook whose first attempts fail is banned for a while and loses the events of that time; one that has accepted
nothing for days is deactivated; its owner is told. Most functions take a transaction instead of a unit of work, because deliveries belong
to no user.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Conflict, Invalid, NotFound
from dealwright.crm.integration import webhook_events
from dealwright.crm.integration import webhooks as webhooks_rules
from dealwright.crm.integration.model import Webhook
from dealwright.crm.kernel import notifications
from dealwright.crm.kernel.notifications import NewNotification
from dealwright.crm.kernel.pages import CursorPage, CursorRequest, page_size
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import format_time_ms, parse_time
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import company, webhook_deliveries, webhook_states, webhooks
from dealwright.storage.tables import webhook_events as events

FAILURES_UNTIL_BAN = 10
BAN_DURATION = timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(days=3)
"""The time without a successful delivery after which a webhook is deactivated."""

RETENTION = timedelta(days=7)
"""The time for which events and deliveries are kept, to look at them and to repeat them."""

GIVE_UP_REASON = "no successful delivery in 3 days"
_STATE_WRITE_INTERVAL = timedelta(seconds=1)


class Attempt(NamedTuple):
    """The result of an attempt. ``http_status`` and ``error`` are None when there was no response or no error."""

    number: int
    is_last: bool
    http_status: int | None
    error: str | None


class Receiver(NamedTuple):
    """The user of a webhook, whether the webhook was banned when the delivery was added, and whether its last one failed."""

    user_id: int
    owner_id: int
    was_banned: bool
    is_failing: bool


class Delivery(NamedTuple):
    """A delivery with its event, as the log shows it."""

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
    object: RecordTypeName
    record_id: int
    action: webhook_events.EventAction


def find(db: Transaction, id: int) -> Delivery | None:
    """Returns a delivery; None when it no longer exists."""
    row = db.row(_select_deliveries().where(webhook_deliveries.c.id == id))
    return None if row is None else Delivery(*row)


def list_latest(
    db: Transaction, *, webhook_id: int | None = None, state: str | None = None, limit: int = 50
) -> list[Delivery]:
    """Returns the latest deliveries, newest first, of one webhook or in one state if given."""
    columns = webhook_deliveries.c
    statement = _select_deliveries().order_by(columns.id.desc()).limit(limit)
    if webhook_id is not None:
        statement = statement.where(columns.webhook_id == webhook_id)
    if state is not None:
        statement = statement.where(columns.state == state)
    return [Delivery(*row) for row in db.rows(statement)]


def list_page(crm: UnitOfWork, hook: Webhook, state: str | None, page: CursorRequest) -> CursorPage[Delivery]:
    """Returns a page of the deliveries of a webhook, the newest first, perhaps of those in one state. Raises `Invalid`."""
    columns, size = webhook_deliveries.c, page_size(page.limit)
    statement = _select_deliveries().where(columns.webhook_id == hook.id).order_by(columns.id.desc()).limit(size + 1)
    if state is not None:
        statement = statement.where(columns.state == state)
    if page.cursor is not None:
        if not page.cursor.isdecimal():
            raise Invalid("is no cursor of this list", "cursor")
        statement = statement.where(columns.id < int(page.cursor))
    found = [Delivery(*row) for row in crm.db.rows(statement)]
    return CursorPage(found[:size], str(found[size - 1].id) if len(found) > size else None)


def count_by_state(crm: UnitOfWork, hook: Webhook) -> dict[str, int]:
    """Returns how many deliveries of a webhook there are in each state; states without any are missing."""
    columns = webhook_deliveries.c
    counts = sa.select(columns.state, sa.func.count()).where(columns.webhook_id == hook.id).group_by(columns.state)
    return dict(crm.db.rows(counts))


def get(crm: UnitOfWork, id: int) -> Delivery:
    """Returns a delivery to a webhook that the actor may see. Raises `NotFound`."""
    delivery = find(crm.db, id)
    if delivery is None:
        raise NotFound("Delivery not found")
    webhooks_rules.get(crm, delivery.webhook_id)
    return delivery


def replay_as_actor(crm: UnitOfWork, hook: Webhook, ids: Iterable[int]) -> list[int]:
    """Repeats deliveries to a webhook that the actor may see, as `replay` does. Raises `Conflict` when it sends nothing."""
    if not hook.is_active:
        raise Conflict("The webhook is switched off, and sends nothing any more")
    return replay(crm, ids)


def replay(crm: UnitOfWork, ids: Iterable[int]) -> list[int]:
    """Repeats deliveries, with the UUID that the receiver may know them by; returns the ids of the new ones.

    Raises `NotFound` when a delivery or its webhook no longer exists.
    """
    found = []
    for id in ids:
        delivery = find(crm.db, id)
        if delivery is None or delivery.webhook_id not in crm.company_data.webhooks:
            raise NotFound(f"There is no delivery {id} that can be repeated")
        found.append(
            webhook_events.enqueue_delivery(
                crm,
                delivery.event_id,
                delivery.webhook_id,
                delivery.object,
                delivery.record_id,
                delivery_uuid=delivery.uuid,
            )
        )
    return found


def list_undelivered(crm: UnitOfWork, hook: Webhook | None = None) -> list[int]:
    """Returns the ids of deliveries that have failed or were lost and that were not repeated since, oldest first.

    They are those to one webhook, or to all.
    """
    columns = webhook_deliveries.c
    other = webhook_deliveries.alias()
    repeated = sa.exists().where(other.c.uuid == columns.uuid, other.c.id > columns.id)
    receivers = sorted(crm.company_data.webhooks) if hook is None else [hook.id]
    gone = sa.and_(columns.state.in_(("failed", "lost")), columns.webhook_id.in_(receivers))
    return crm.db.values(sa.select(columns.id).where(gone, ~repeated).order_by(columns.id))


def find_receiver(db: Transaction, delivery: Delivery) -> Receiver | None:
    """Returns the receiver of a delivery; None when the webhook no longer exists."""
    row = db.row(
        sa.select(
            *(webhooks.c.user_id, webhooks.c.owner_id),
            *(webhook_states.c.banned_until, webhook_states.c.failing_since),
        )
        .join_from(webhooks, webhook_states, webhook_states.c.webhook_id == webhooks.c.id)
        .where(webhooks.c.id == delivery.webhook_id)
    )
    if row is None:
        return None
    user_id, owner_id, until, failing_since = row
    banned = until is not None and parse_time(until) - BAN_DURATION <= parse_time(delivery.add_time) < parse_time(until)
    return Receiver(user_id, owner_id, banned, failing_since is not None)


def mark_lost(db: Transaction, id: int, reason: str) -> None:
    """Marks a delivery as lost, with the reason."""
    db.update(webhook_deliveries, id, {"state": "lost", "error": reason})


def record_attempt(db: Transaction, delivery: Delivery, attempt: Attempt, now: datetime) -> bool:
    """Stores the result of an attempt, and its effect on the webhook; returns False when it comes too late to matter.

    A worker that was presumed dead may still attempt a delivery that another worker has made meanwhile: a delivery
    stays delivered.
    """
    columns = webhook_deliveries.c
    succeeded = attempt.error is None
    failed_state = "failed" if attempt.is_last else "waiting"
    matters = columns.state != "delivered" if succeeded else columns.state == "waiting"
    values = {
        "state": "delivered" if succeeded else failed_state,
        "attempts": attempt.number,
        "time": format_time_ms(now),
        "http_status": attempt.http_status,
        "error": attempt.error,
    }
    if not db.execute(sa.update(webhook_deliveries).where(columns.id == delivery.id, matters).values(values)):
        return False
    if succeeded:
        _record_success(db, delivery.webhook_id, attempt, now)
    else:
        _record_failure(db, delivery.webhook_id, attempt, now)
    return True


def delete_expired(crm: UnitOfWork) -> None:
    """Deletes old events with their deliveries, unless a delivery is still waiting."""
    columns = webhook_deliveries.c
    waiting = sa.exists().where(columns.event_id == events.c.id, columns.state == "waiting")
    old = sa.select(events.c.id).where(events.c.time < format_time_ms(crm.time - RETENTION), ~waiting)
    crm.db.execute(sa.delete(webhook_deliveries).where(columns.event_id.in_(old)))
    left = sa.exists().where(columns.event_id == events.c.id)
    crm.db.execute(sa.delete(events).where(events.c.time < format_time_ms(crm.time - RETENTION), ~left))


def _select_deliveries() -> sa.Select[tuple[object, ...]]:
    columns = (events.c.time, events.c.object, events.c.record_id, events.c.action)
    return sa.select(*webhook_deliveries.c, *columns).join_from(
        webhook_deliveries, events, events.c.id == webhook_deliveries.c.event_id
    )


def _record_success(db: Transaction, webhook_id: int, attempt: Attempt, now: datetime) -> None:
    columns = webhook_states.c
    # Several deliveries of one webhook end at the same time. They need not wait for each other to store the same.
    has_changed = sa.or_(
        columns.failures != 0,
        columns.failing_since.is_not(None),
        columns.last_http_status.is_distinct_from(attempt.http_status),
        columns.last_delivery_time.is_(None),
        columns.last_delivery_time < format_time_ms(now - _STATE_WRITE_INTERVAL),
    )
    db.execute(
        sa.update(webhook_states)
        .where(columns.webhook_id == webhook_id, has_changed)
        .values(
            last_delivery_time=format_time_ms(now), last_http_status=attempt.http_status, failures=0, failing_since=None
        )
    )


def _record_failure(db: Transaction, webhook_id: int, attempt: Attempt, now: datetime) -> None:
    columns = webhook_states.c
    row = db.row(
        sa.select(columns.failures, columns.failing_since, columns.banned_until)
        .where(columns.webhook_id == webhook_id)
        .with_for_update()
    )
    if row is None:
        return
    failures, failing_since, banned_until = row
    since: str = failing_since or format_time_ms(now)
    values: dict[str, object] = {
        "last_delivery_time": format_time_ms(now),
        "last_http_status": attempt.http_status,
        "failing_since": since,
    }
    if attempt.number == 1 and (banned_until is None or parse_time(banned_until) <= now):
        if failures + 1 >= FAILURES_UNTIL_BAN:
            values |= {"failures": 0, "banned_until": format_time_ms(now + BAN_DURATION)}
            if banned_until is None or parse_time(banned_until) - BAN_DURATION < parse_time(since):
                # Of the next bans nobody is told before it works again.
                _notify_owner(db, webhook_id, "banned", attempt.error, now)
        else:
            values |= {"failures": failures + 1}
    db.execute(sa.update(webhook_states).where(columns.webhook_id == webhook_id).values(values))
    if attempt.is_last and now - parse_time(since) >= GIVE_UP_AFTER:
        _deactivate(db, webhook_id, now)


def _deactivate(db: Transaction, webhook_id: int, now: datetime) -> None:
    values = {"is_active": False, "remove_time": format_time_ms(now), "remove_reason": GIVE_UP_REASON}
    if db.execute(sa.update(webhooks).where(webhooks.c.id == webhook_id, webhooks.c.is_active).values(values)):
        version = company.c.settings_version
        db.execute(sa.update(company).values(settings_version=version + 1))
        _notify_owner(db, webhook_id, "removed", GIVE_UP_REASON, now)


def _notify_owner(
    db: Transaction, webhook_id: int, outcome: Literal["banned", "removed"], reason: str | None, now: datetime
) -> None:
    """Tells the owner of a webhook that it sends nothing for now, or any more. Those of apps are the business of these."""
    columns = webhooks.c
    owner_id = db.value(sa.select(columns.owner_id).where(columns.id == webhook_id, columns.app.is_(None)))
    if owner_id is not None:
        details = {"outcome": outcome, "reason": (reason or "")[: notifications.MAX_TEXT]}
        notifications.write(db, NewNotification(owner_id, "webhook_off", "webhook", webhook_id, details=details), now)
