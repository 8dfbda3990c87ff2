"""Stores jobs in the transaction of their change: `crm.kernel.jobs` enqueues them, `dealwright.jobs` runs them.

On SQLite they are rows of the company's own file. On PostgreSQL they are Procrastinate's, in the platform's schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.storage.engines import Transaction
from dealwright.storage.procrastinate import QUEUE, WAITING_QUEUE
from dealwright.storage.tables.integration.jobs import jobs
from dealwright.storage.types import PLATFORM_SCHEMA

# A job waits behind unfinished jobs with the same lock.
_INSERT = sa.text(
    "insert into jobs (name, arguments, lock, mostly_waits, state, due, add_time) select :name, :arguments, :lock, "
    ":mostly_waits, case when exists (select 1 from jobs where lock = :lock and state <> 'failed') then 'behind' else "
    "'waiting' end, :due, :now"
)
_DEFER = sa.text(
    f"select {PLATFORM_SCHEMA}.procrastinate_defer_jobs_v1(array("
    f"select row(queue, name, 0, lock, null, args, due)::{PLATFORM_SCHEMA}.procrastinate_job_to_defer_v1 "
    "from unnest(cast(:queues as text[]), cast(:names as text[]), cast(:locks as text[]), cast(:arguments as jsonb[]), "
    "cast(:due as timestamptz[])) with ordinality as job (queue, name, lock, args, due, place) order by place))"
)

_FORGET_FAILED = sa.text(
    f"delete from {PLATFORM_SCHEMA}.procrastinate_jobs as job where status = 'failed' and args ->> 'company' = :company_id and "
    f"not exists (select 1 from {PLATFORM_SCHEMA}.procrastinate_events where job_id = job.id and at >= :before)"
)


class NewJob(NamedTuple):
    """A job to store. ``arguments`` is JSON; it does not run before ``scheduled_at``.

    One that ``mostly_waits`` takes no place of those that work.
    """

    name: str
    arguments: str
    scheduled_at: datetime | None
    lock: str | None
    mostly_waits: bool = False


def insert_jobs(db: Transaction, company_id: int, enqueued: Sequence[NewJob], now: datetime) -> None:
    """Stores jobs, in their order."""
    if db.dialect == "postgresql":
        db.run_later(
            _DEFER,
            {
                "queues": [WAITING_QUEUE if job.mostly_waits else QUEUE for job in enqueued],
                "names": [job.name for job in enqueued],
                "locks": [job.lock and f"{company_id}:{job.lock}" for job in enqueued],
                "arguments": [f'{{"company": {company_id}, "arguments": {job.arguments}}}' for job in enqueued],
                "due": [job.scheduled_at for job in enqueued],
            },
        )
        return
    add_time = format_time_ms(now)
    for job in enqueued:
        due = format_time_ms(job.scheduled_at) if job.scheduled_at else add_time
        values = {"name": job.name, "arguments": job.arguments, "lock": job.lock, "due": due, "now": add_time}
        db.run_later(_INSERT, values | {"mostly_waits": job.mostly_waits})


def delete_failed(db: Transaction, company_id: int, before: datetime) -> None:
    """Removes the jobs of a company that were given up before a time."""
    if db.dialect == "postgresql":
        db.run_later(_FORGET_FAILED, {"company_id": str(company_id), "before": before})
    else:
        db.execute(sa.delete(jobs).where(jobs.c.state == "failed", jobs.c.due < format_time_ms(before)))


def format_time_ms(time: datetime) -> str:
    """Returns a time as text for the table of jobs, with milliseconds."""
    return time.astimezone(UTC).isoformat(" ", "milliseconds")[:23]
