"""The table of jobs of one company on SQLite: claims jobs and records their outcomes.

Of the jobs with the same lock only the first is ``waiting``; the others are in state ``behind`` and move up when it is
done or given up. So the next job is found without a look at any that may not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.values.formats import loads
from dealwright.jobs.execution import Outcome
from dealwright.jobs.registry import periodic_jobs
from dealwright.storage.engines import Database, Transaction
from dealwright.storage.jobs import format_time_ms
from dealwright.storage.tables import jobs

_CLAIM = sa.text(
    "update jobs set state = 'running', runner = :runner, due = :lease where id = "
    "(select id from jobs where state = 'waiting' and mostly_waits = :mostly_waits and due <= :now "
    "order by due, id limit 1) "
    "returning id, name, arguments, failures, interruptions"
)
# A reclaimed job is due since it was added, so that it is among the next.
_RECLAIM = sa.text(
    "update jobs set state = 'waiting', runner = null, due = add_time, interruptions = interruptions + :count "
    "where state = 'running' and {which} returning id"
)
_RECLAIM_STALLED = sa.text(_RECLAIM.text.format(which="due <= :now and runner <> :runner"))
_RELEASE_OWN = sa.text(_RECLAIM.text.format(which="runner = :runner"))
_RENEW = sa.text("update jobs set due = :lease where state = 'running' and runner = :runner")
_DONE = sa.text("delete from jobs where id = :id and runner = :runner returning lock")
_RETRY = sa.text(
    "update jobs set state = 'waiting', runner = null, due = :due, failures = failures + 1, error = :error "
    "where id = :id and runner = :runner"
)
# No attempt has failed, so neither the number of failures nor the error changes.
_POSTPONE = sa.text("update jobs set state = 'waiting', runner = null, due = :due where id = :id and runner = :runner")
_FAILED = sa.text(
    "update jobs set state = 'failed', runner = null, due = :now, failures = failures + 1, error = :error "
    "where id = :id and runner = :runner returning lock"
)
_UNBLOCK_NEXT = sa.text(
    "update jobs set state = 'waiting' where id = "
    "(select id from jobs where lock = :lock and state = 'behind' order by id limit 1)"
)
_NEXT_DUE = sa.text(
    "select min(due) from (select min(due) as due from jobs where state = 'waiting' and mostly_waits = :mostly_waits "
    "union all select min(due) from jobs where state = 'running' and mostly_waits = :mostly_waits and runner <> :runner)"
)
_ENQUEUE_PERIODIC = sa.text(
    "insert into jobs (name, arguments, state, due, add_time) select :name, '{}', 'waiting', :due, :now "
    "where not exists (select 1 from jobs where name = :name and state <> 'failed')"
)


class ClaimedJob(NamedTuple):
    """A job that was claimed."""

    id: int
    name: str
    arguments: Mapping[str, Json]
    failures: int
    interruptions: int
    mostly_waits: bool


def claim(
    db: Transaction, runner: str, now: datetime, lease: datetime, *, mostly_waits: bool = False
) -> ClaimedJob | None:
    """Claims and returns the next job of a kind that is due, until the end of the lease; None when there is none."""
    times = {"now": format_time_ms(now), "lease": format_time_ms(lease)}
    rows = db.run(_CLAIM, {"runner": runner, "mostly_waits": mostly_waits, **times})
    return ClaimedJob(rows[0][0], rows[0][1], loads(rows[0][2]), rows[0][3], rows[0][4], mostly_waits) if rows else None


def reclaim_stalled(db: Transaction, runner: str, now: datetime) -> int:
    """Lets jobs whose lease has run out be claimed again; returns their number."""
    return len(db.run(_RECLAIM_STALLED, {"runner": runner, "now": format_time_ms(now), "count": 1}))


def release_jobs(db: Transaction, runner: str) -> None:
    """Lets the jobs of a runner that ends be claimed again at once."""
    db.run_later(_RELEASE_OWN, {"runner": runner, "count": 0})


def renew_leases(db: Transaction, runner: str, lease: datetime) -> None:
    """Extends the leases of the jobs that a runner has claimed."""
    db.run_later(_RENEW, {"runner": runner, "lease": format_time_ms(lease)})


def record_outcome(db: Transaction, runner: str, job: ClaimedJob, outcome: Outcome, now: datetime) -> None:
    """Records the outcome of a job; does nothing when another runner has reclaimed it.

    A periodic job is enqueued anew.
    """
    mine = {"id": job.id, "runner": runner}
    if outcome.is_postponed and outcome.retry_at is not None:
        db.run_later(_POSTPONE, {**mine, "due": format_time_ms(outcome.retry_at)})
        return
    if outcome.retry_at is not None:
        db.run_later(_RETRY, {**mine, "due": format_time_ms(outcome.retry_at), "error": outcome.error})
        return
    ended = (
        db.run(_FAILED, {**mine, "now": format_time_ms(now), "error": outcome.error})
        if outcome.error
        else db.run(_DONE, mine)
    )
    if ended and ended[0][0] is not None:
        db.run_later(_UNBLOCK_NEXT, {"lock": ended[0][0]})
    enqueue_periodic(db, [(name, now + every) for name, every in periodic_jobs() if name == job.name], now)


def next_due(db: Transaction, runner: str, *, mostly_waits: bool) -> str | None:
    """Returns when there is something to do next with a kind of jobs: one to run, or one of another runner to reclaim."""
    due: str | None = db.run(_NEXT_DUE, {"runner": runner, "mostly_waits": mostly_waits})[0][0]
    return due


def ensure_periodic_jobs(database: Database, names: Sequence[tuple[str, datetime]], now: datetime) -> None:
    """Adds the periodic jobs that are missing; writes only if one is, which is seldom."""
    with database.read() as db:
        existing_names = db.values(sa.select(jobs.c.name).where(jobs.c.name.in_([name for name, _ in names])))
    if not {name for name, _ in names} <= set(existing_names):
        with database.write_queue() as db:
            enqueue_periodic(db, names, now)


def enqueue_periodic(db: Transaction, names: Iterable[tuple[str, datetime]], now: datetime) -> None:
    """Adds the periodic jobs that are missing."""
    for name, due in names:
        db.run_later(_ENQUEUE_PERIODIC, {"name": name, "due": format_time_ms(due), "now": format_time_ms(now)})
