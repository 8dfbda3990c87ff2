"""The jobs on PostgreSQL, in Procrastinate's tables: what it has no call for, or none that goes by our clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.unit import Companies
from dealwright.crm.values import loads
from dealwright.jobs.attempts import Outcome, attempt
from dealwright.jobs.registry import repeated
from dealwright.storage.engines import Database
from dealwright.storage.procrastinate import CHANNEL, QUEUE, TABLE

_REPEAT = sa.text(
    f"insert into {TABLE} (queue_name, task_name, lock, queueing_lock, args, scheduled_at) "
    f"values ('{QUEUE}', :name, :key, :key, cast(:args as jsonb), :at) on conflict do nothing"
)
_THERE = sa.text(f"select queueing_lock from {TABLE} where queueing_lock is not null and status in ('todo', 'doing')")
# What was interrupted has not failed, so it is none of Procrastinate's attempts.
_INTERRUPTED = (
    f"update {TABLE} as job set status = 'todo', worker_id = null, scheduled_at = null, args = "
    "args || jsonb_build_object('interruptions', coalesce(cast(args ->> 'interruptions' as integer), 0) + 1) "
    f"where queue_name = '{QUEUE}' and status = 'doing' and "
)
_OF_THE_SILENT = sa.text(
    _INTERRUPTED + "not exists (select 1 from procrastinate_workers as worker "
    "where worker.id = job.worker_id and worker.last_heartbeat >= now() - cast(:silence as interval)) returning id"
)
_LEFT_BEHIND = sa.text(_INTERRUPTED + "worker_id = :worker_id and id = any(cast(:ids as bigint[])) returning id")
_SAY_WHY = sa.text(
    f"update {TABLE} set args = args || jsonb_build_object('error', cast(:error as text)) where id = :id"
)
_CLAIM = sa.text(
    f"update {TABLE} set status = 'doing' where id = (select id from {TABLE} as job where status = 'todo' "
    "and args ->> 'company' is not null and (scheduled_at is null or scheduled_at <= :now) and not exists "
    f"(select 1 from {TABLE} as other where other.lock = job.lock "
    "and (other.status = 'doing' or (other.status = 'todo' and other.id < job.id))) "
    "order by id limit 1 for update skip locked) returning id, task_name, args, attempts"
)
_RETRY = sa.text("select procrastinate_retry_job_v2(:id, :at, null, null, null)")
_FINISH = sa.text("select procrastinate_finish_job_v1(:id, cast(:status as procrastinate_job_status), :gone)")
RING = f"""select pg_notify('{CHANNEL}', '{{"type": "job_inserted", "job_id": 0}}')"""
"""Has all workers look for something to do."""


class Deferred(NamedTuple):
    """A job that was taken to be run. ``args`` hold the company, the arguments and what is known of earlier attempts."""

    id: int
    name: str
    args: Mapping[str, Any]
    failures: int


def claim(database: Database, now: datetime) -> Deferred | None:
    """Takes the next job that is due at a moment."""
    with database.write() as db:
        rows = db.run(_CLAIM, {"now": now})
    return Deferred(rows[0][0], rows[0][1], loads(rows[0][2]), rows[0][3]) if rows else None


def perform(companies: Companies, job: Deferred) -> Outcome:
    """Runs a job that was claimed. Never raises for what the job does."""
    company_id = int(job.args["company"])
    arguments: Mapping[str, Json] = job.args["arguments"]
    company = companies.platform.company(company_id)
    outcome = attempt(companies, company, job.name, arguments, job.failures, job.args.get("interruptions", 0))
    if outcome.error is not None:
        with companies.platform.database.write() as db:
            db.run(_SAY_WHY, {"id": job.id, "error": outcome.error})
    if outcome.retry_at is None and company is not None:
        for name, every in repeated():
            if name == job.name:
                _repeat(companies.platform.database, company_id, name, companies.clock() + every)
    return outcome


def settle(database: Database, job: Deferred, outcome: Outcome) -> None:
    """Says what became of a job: as Procrastinate's worker does it for those that it has run."""
    with database.write() as db:
        if outcome.retry_at is not None:
            db.run(_RETRY, {"id": job.id, "at": outcome.retry_at})
        else:
            status = "failed" if outcome.error else "succeeded"
            db.run(_FINISH, {"id": job.id, "status": status, "gone": outcome.error is None})


def ensure_repeated(companies: Companies) -> None:
    """Adds jobs that come back again and again in every company, those of them that are not there."""
    database = companies.platform.database
    with database.read() as db:
        there = set(db.values(_THERE))
    for company in companies.platform.companies():
        for name, every in repeated():
            if _key(company.id, name) not in there:
                _repeat(database, company.id, name, companies.clock() + every)


def take_over(database: Database, silence: timedelta) -> int:
    """Lets the jobs of workers that have given no sign of life for so long be run again; how many those are."""
    return _put_back(database, _OF_THE_SILENT, {"silence": silence})


def put_back(database: Database, worker_id: int, ids: Sequence[int]) -> int:
    """Lets those of some jobs be run again that a worker has not settled, though it is not at them; how many those are."""
    return _put_back(database, _LEFT_BEHIND, {"worker_id": worker_id, "ids": ids}) if ids else 0


def _put_back(database: Database, statement: sa.TextClause, values: Mapping[str, object]) -> int:
    with database.write() as db:
        found = db.run(statement, values)
        if found:
            db.script(RING)
    return len(found)


def _repeat(database: Database, company_id: int, name: str, at: datetime) -> None:
    args = f'{{"company": {company_id}, "arguments": {{}}}}'
    with database.write() as db:
        db.run(_REPEAT, {"name": name, "key": _key(company_id, name), "args": args, "at": at})


def _key(company_id: int, name: str) -> str:
    return f"{company_id}:every:{name}"
