"""The table of jobs of one company on SQLite: claiming jobs and saying what became of them.

Of the jobs with the same lock only the first is ``waiting``; the others are ``behind`` it and move up when it is done or
given up. So the next job is found without a look at any that may not run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.values import loads
from dealwright.jobs.attempts import Outcome
from dealwright.jobs.registry import repeated
from dealwright.storage.engines import Database, Transaction
from dealwright.storage.jobs import stored
from dealwright.storage.tables import jobs

_CLAIM = sa.text(
    "update jobs set state = 'running', runner = :runner, due = :lease where id = "
    "(select id from jobs where state = 'waiting' and due <= :now order by due, id limit 1) "
    "returning id, name, arguments, failures, interruptions"
)
# A job that was taken over is of the oldest, and so the next.
_TAKE_OVER = sa.text(
    "update jobs set state = 'waiting', runner = null, due = add_time, interruptions = interruptions + :count "
    "where state = 'running' and {which} returning id"
)
_OF_THE_SILENT = sa.text(_TAKE_OVER.text.format(which="due <= :now and runner <> :runner"))
_OF_ITS_OWN = sa.text(_TAKE_OVER.text.format(which="runner = :runner"))
_RENEW = sa.text("update jobs set due = :lease where state = 'running' and runner = :runner")
_DONE = sa.text("delete from jobs where id = :id and runner = :runner returning lock")
_RETRY = sa.text(
    "update jobs set state = 'waiting', runner = null, due = :due, failures = failures + 1, error = :error "
    "where id = :id and runner = :runner"
)
_FAILED = sa.text(
    "update jobs set state = 'failed', runner = null, due = :now, failures = failures + 1, error = :error "
    "where id = :id and runner = :runner returning lock"
)
_MOVE_UP = sa.text(
    "update jobs set state = 'waiting' where id = "
    "(select id from jobs where lock = :lock and state = 'behind' order by id limit 1)"
)
_NEXT = sa.text(
    "select min(due) from (select min(due) as due from jobs where state = 'waiting' "
    "union all select min(due) from jobs where state = 'running' and runner <> :runner)"
)
_REPEAT = sa.text(
    "insert into jobs (name, arguments, state, due, add_time) select :name, '{}', 'waiting', :due, :now "
    "where not exists (select 1 from jobs where name = :name and state <> 'failed')"
)


class Claimed(NamedTuple):
    """A job that was taken to be run."""

    id: int
    name: str
    arguments: Mapping[str, Json]
    failures: int
    interruptions: int


def claim(db: Transaction, runner: str, now: datetime, lease: datetime) -> Claimed | None:
    """Takes the next job that is due; the lease says until when nobody else may."""
    rows = db.run(_CLAIM, {"runner": runner, "now": stored(now), "lease": stored(lease)})
    return Claimed(rows[0][0], rows[0][1], loads(rows[0][2]), rows[0][3], rows[0][4]) if rows else None


def take_over(db: Transaction, runner: str, now: datetime) -> int:
    """Lets jobs be claimed again whose runner has not renewed its lease; how many."""
    return len(db.run(_OF_THE_SILENT, {"runner": runner, "now": stored(now), "count": 1}))


def put_back(db: Transaction, runner: str) -> None:
    """Lets the jobs of a runner that ends be claimed again at once."""
    db.run(_OF_ITS_OWN, {"runner": runner, "count": 0})


def renew(db: Transaction, runner: str, lease: datetime) -> None:
    """Keeps the jobs that a runner is at."""
    db.run(_RENEW, {"runner": runner, "lease": stored(lease)})


def settle(db: Transaction, runner: str, job: Claimed, outcome: Outcome, now: datetime) -> None:
    """Says what became of a job; nothing, when another runner has taken it over meanwhile.

    One that comes back again and again is there anew.
    """
    mine = {"id": job.id, "runner": runner}
    if outcome.retry_at is not None:
        db.run(_RETRY, {**mine, "due": stored(outcome.retry_at), "error": outcome.error})
        return
    ended = (
        db.run(_FAILED, {**mine, "now": stored(now), "error": outcome.error}) if outcome.error else db.run(_DONE, mine)
    )
    if ended and ended[0][0] is not None:
        db.run(_MOVE_UP, {"lock": ended[0][0]})
    repeat(db, [(name, now + every) for name, every in repeated() if name == job.name], now)


def next_due(db: Transaction, runner: str) -> str | None:
    """When there is something to do next: a job to run, or one of another runner to take over."""
    due: str | None = db.run(_NEXT, {"runner": runner})[0][0]
    return due


def ensure(database: Database, names: Sequence[tuple[str, datetime]], now: datetime) -> None:
    """Adds jobs that come back again and again, those of them that are not there; seldom one is not."""
    with database.read() as db:
        there = db.values(sa.select(jobs.c.name).where(jobs.c.name.in_([name for name, _ in names])))
    if not {name for name, _ in names} <= set(there):
        with database.write() as db:
            repeat(db, names, now)


def repeat(db: Transaction, names: Iterable[tuple[str, datetime]], now: datetime) -> None:
    """Adds jobs that come back again and again, those of them that are not there."""
    for name, due in names:
        db.run(_REPEAT, {"name": name, "due": stored(due), "now": stored(now)})
