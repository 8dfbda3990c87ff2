"""Tells users what they should know, in the transaction of what it is about.

Who is told, and of what, is decided by the rule of each kind: jobs that ended (`crm.history.conversion`, `crm.team.sign_in_mail`),
records handed over (`crm.history.handovers`), mentions (`crm.correspondence.mentions`), connections
(`crm.integration.connection_use`) and webhooks (`crm.integration.webhook_deliveries`). `crm.history.notifications` reads them. An
entry in the change log, which nobody but the user sees, lets pages that are open know at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.kernel import changes
from dealwright.crm.kernel.record_types import RecordAction, RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps, format_time_ms, loads, parse_time
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import notifications

Kind = Literal["job_ended", "handed_over", "mentioned", "connection_lost", "webhook_off"]
Job = Literal["conversion", "invitation"]
JobOutcome = Literal["completed", "failed", "rejected"]
About = tuple[RecordTypeName, int]
Object = RecordTypeName | Literal["connection", "webhook"]

MAX_TOLD_RECORDS = 20
"""How many of the records that were handed over at once are kept by their ids; of the others only the number is."""

SAME_ACT = timedelta(seconds=60)
"""Who goes on within this time does the same: a script that hands over one record after another makes one notification."""

MAX_TEXT = 500
"""How much of an error or a reason is told."""

_LOOKED_AT = 10
"""How many of a user's newest notifications are looked at for one of the same act."""


class NewNotification(NamedTuple):
    """A notification to write: who is told, of what, who did it and in which run."""

    user_id: int
    kind: Kind
    object: Object
    record_id: int
    actor_user_id: int | None = None
    run_id: str | None = None
    details: Mapping[str, Json] = {}
    record_ids: Sequence[int] = ()
    record_count: int = 1


def write(db: Transaction, new: NewNotification, now: datetime) -> None:
    """Tells a user something."""
    values = new._asdict() | {
        "record_ids": dumps([*new.record_ids]) if new.record_ids else None,
        "details": dumps(dict(new.details)),
        "time": format_time_ms(now),
    }
    id = db.insert(notifications, values)
    log_change(db, new.user_id, id, "create", now)


def log_change(db: Transaction, user_id: int, id: int, action: RecordAction, now: datetime) -> None:
    """Lets the pages of a user know that there is a new notification, or that some were read."""
    # Of no run, which has changed the records and not this.
    changes.write_entry(
        db, "notification", id, action, [], time=format_time_ms(now), actor_user_id=user_id, source="app"
    )


def hand_over(crm: UnitOfWork, user_id: int, object: RecordTypeName, ids: Sequence[int]) -> None:
    """Tells a user of records of a type that the actor has made the user's, together with others of the same act."""
    known: Sequence[int] = ()
    count = 0
    if (before := _find_same_act(crm, user_id, object)) is not None:
        id, known, count = before
        crm.db.execute(sa.delete(notifications).where(notifications.c.id == id))
    added = [id for id in dict.fromkeys(ids) if id not in known]
    told = [*known, *added][:MAX_TOLD_RECORDS]
    new = NewNotification(
        user_id,
        "handed_over",
        object,
        told[0],
        crm.actor.id,
        crm.run_id,
        record_ids=told if len(told) > 1 else (),
        record_count=count + len(added),
    )
    write(crm.db, new, crm.time)


def end_job(
    db: Transaction,
    user_id: int,
    job: Job,
    about: About,
    now: datetime,
    *,
    outcome: JobOutcome,
    error: str | None = None,
    run_id: str | None = None,
) -> None:
    """Tells whoever started a job how it ended, and what it is about now."""
    details: dict[str, Json] = {"job": job, "outcome": outcome}
    if error is not None:
        details["error"] = error[:MAX_TEXT]
    write(db, NewNotification(user_id, "job_ended", *about, run_id=run_id, details=details), now)


def _find_same_act(crm: UnitOfWork, user_id: int, object: RecordTypeName) -> tuple[int, list[int], int] | None:
    """Returns what the user was told of the same act and has not read: its id, the records and how many they are."""
    columns = notifications.c
    newest = (
        sa.select(*(columns[name] for name in ("id", "kind", "object", "actor_user_id", "run_id", "time")))
        .add_columns(columns.record_id, columns.record_ids, columns.record_count)
        .where(columns.user_id == user_id, columns.read_time.is_(None))
        .order_by(columns.id.desc())
        .limit(_LOOKED_AT)
    )
    for id, kind, of, actor_id, run_id, time, first, ids, count in crm.db.rows(newest):
        is_same = (kind, of, actor_id, run_id) == ("handed_over", object, crm.actor.id, crm.run_id)
        if is_same and (run_id is not None or crm.time - parse_time(time) <= SAME_ACT):
            return id, loads(ids) if ids else [first], count
    return None
