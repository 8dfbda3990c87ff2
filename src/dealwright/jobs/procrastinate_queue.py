"""Queries on Procrastinate's tables: those for which it has no function, or none that takes the time from our clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.companies import Companies
from dealwright.crm.values.formats import loads
from dealwright.jobs.execution import Outcome, run_attempt
from dealwright.jobs.registry import periodic_jobs
from dealwright.storage.engines import Database
from dealwright.storage.procrastinate import NOTIFY_WORKERS, QUEUE, TABLE, WAITING_QUEUE, select_next

_ENQUEUE_PERIODIC = sa.text(
    f"insert into {TABLE} (queue_name, task_name, lock, queueing_lock, args, scheduled_at) "
    f"values ('{QUEUE}', :name, :key, :key, cast(:args as jsonb), :at) on conflict do nothing"
)
_SELECT_PERIODIC_KEYS = sa.text(
    f"select queueing_lock from {TABLE} where queueing_lock is not null and status in ('todo', 'doing')"
)
# An interrupted job has not failed, so it does not count as one of Procrastinate's attempts.
_REQUEUE = (
    f"update {TABLE} as job set status = 'todo', worker_id = null, scheduled_at = null, args = "
    "args || jsonb_build_object('interruptions', coalesce(cast(args ->> 'interruptions' as integer), 0) + 1) "
    f"where queue_name in ('{QUEUE}', '{WAITING_QUEUE}') and status = 'doing' and "
)
_RECLAIM_STALLED = sa.text(
    _REQUEUE + "not exists (select 1 from procrastinate_workers as worker "
    "where worker.id = job.worker_id and worker.last_heartbeat >= now() - cast(:silence as interval)) returning id"
)
_REQUEUE_UNSETTLED = sa.text(_REQUEUE + "worker_id = :worker_id and id = any(cast(:ids as bigint[])) returning id")
_SAVE_ERROR = sa.text(
    f"update {TABLE} set args = args || jsonb_build_object('error', cast(:error as text)) where id = :id"
)
# Procrastinate counts every run as an attempt; those that were none are subtracted.
_COUNT_RUNNING = sa.text(f"select count(*) from {TABLE} where status = 'doing'")
_COUNT_POSTPONED = sa.text(
    f"update {TABLE} set args = args || jsonb_build_object('postponed', "
    "coalesce(cast(args ->> 'postponed' as integer), 0) + 1) where id = :id"
)
_NEXT = select_next("job.args ->> 'company' is not null", ":now")
_CLAIM = sa.text(f"update {TABLE} set status = 'doing' where id = ({_NEXT}) returning id, task_name, args, attempts")
_RETRY = sa.text("select procrastinate_retry_job_v2(:id, :at, null, null, null)")
_FINISH = sa.text("select procrastinate_finish_job_v1(:id, cast(:status as procrastinate_job_status), :gone)")


class ClaimedJob(NamedTuple):
    """A job that was claimed.

    ``args`` hold the company, the arguments, and of earlier attempts the error, interruptions and how often it was
    postponed, which ``failures`` counts, too.
    """

    id: int
    name: str
    args: Mapping[str, Any]
    failures: int


def claim(database: Database, now: datetime) -> ClaimedJob | None:
    """Claims and returns the next job that is due at a time; None when there is none."""
    with database.write_queue() as db:
        rows = db.run(_CLAIM, {"now": now})
    return ClaimedJob(rows[0][0], rows[0][1], loads(rows[0][2]), rows[0][3]) if rows else None


def count_running(database: Database) -> int:
    """Returns how many jobs run at present, in whichever process."""
    with database.read() as db:
        return int(db.run(_COUNT_RUNNING, {})[0][0])


def run_claimed(companies: Companies, job: ClaimedJob) -> Outcome:
    """Runs a claimed job and returns the outcome; stores the error, and enqueues a periodic job anew.

    Does not raise the errors of the job.
    """
    company_id = int(job.args["company"])
    arguments: Mapping[str, Json] = job.args["arguments"]
    company = companies.platform.find_company(company_id)
    failures = max(0, job.failures - job.args.get("postponed", 0))
    outcome = run_attempt(companies, company, job.name, arguments, failures, job.args.get("interruptions", 0))
    if outcome.is_postponed:
        with companies.platform.database.write_queue() as db:
            db.run_later(_COUNT_POSTPONED, {"id": job.id})
    elif outcome.error is not None:
        with companies.platform.database.write_queue() as db:
            db.run_later(_SAVE_ERROR, {"id": job.id, "error": outcome.error})
    if outcome.retry_at is None and company is not None:
        for name, every in periodic_jobs():
            if name == job.name:
                _enqueue_periodic(companies.platform.database, company_id, name, companies.clock() + every)
    return outcome


def record_outcome(database: Database, job: ClaimedJob, outcome: Outcome) -> None:
    """Records the outcome of a job, as Procrastinate's worker does for those that it has run."""
    with database.write_queue() as db:
        if outcome.retry_at is not None:
            db.run_later(_RETRY, {"id": job.id, "at": outcome.retry_at})
        else:
            status = "failed" if outcome.error else "succeeded"
            db.run_later(_FINISH, {"id": job.id, "status": status, "gone": outcome.error is None})


def ensure_periodic_jobs(companies: Companies) -> None:
    """Adds the periodic jobs that are missing, in every company."""
    database = companies.platform.database
    with database.read() as db:
        existing_keys = set(db.values(_SELECT_PERIODIC_KEYS))
    for company in companies.platform.list_companies():
        for name, every in periodic_jobs():
            if _periodic_key(company.id, name) not in existing_keys:
                _enqueue_periodic(database, company.id, name, companies.clock() + every)


def reclaim_stalled(database: Database, heartbeat_timeout: timedelta) -> int:
    """Requeues the jobs of workers without a heartbeat within the time-out; returns their number."""
    return _requeue(database, _RECLAIM_STALLED, {"silence": heartbeat_timeout})


def requeue_unsettled(database: Database, worker_id: int, ids: Sequence[int]) -> int:
    """Requeues those of some jobs that have ended, but that a worker still holds unsettled; returns their number."""
    return _requeue(database, _REQUEUE_UNSETTLED, {"worker_id": worker_id, "ids": ids}) if ids else 0


def _requeue(database: Database, statement: sa.TextClause, values: Mapping[str, object]) -> int:
    with database.write_queue() as db:
        found = db.run(statement, values)
        if found:
            db.execute_sql(NOTIFY_WORKERS)
    return len(found)


def _enqueue_periodic(database: Database, company_id: int, name: str, scheduled_at: datetime) -> None:
    args = f'{{"company": {company_id}, "arguments": {{}}}}'
    with database.write_queue() as db:
        db.run_later(
            _ENQUEUE_PERIODIC, {"name": name, "key": _periodic_key(company_id, name), "args": args, "at": scheduled_at}
        )


def _periodic_key(company_id: int, name: str) -> str:
    return f"{company_id}:every:{name}"
