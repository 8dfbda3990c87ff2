"""Stores jobs in the transaction of the change that they belong to: what `crm.jobs` enqueues and `dealwright.jobs` runs.

On SQLite they are rows of the company's own file. On PostgreSQL Procrastinate has them, in the platform's schema.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.storage.engines import Transaction
from dealwright.storage.procrastinate import QUEUE, SCHEMA
from dealwright.storage.tables.jobs import jobs

_DEFER = sa.text(
    f"select {SCHEMA}.procrastinate_defer_jobs_v1(array("
    f"select row('{QUEUE}', name, 0, lock, null, args, due)::{SCHEMA}.procrastinate_job_to_defer_v1 "
    "from unnest(cast(:names as text[]), cast(:locks as text[]), cast(:arguments as jsonb[]), "
    "cast(:due as timestamptz[])) with ordinality as job (name, lock, args, due, place) order by place))"
)


class NewJob(NamedTuple):
    """A job to store. ``arguments`` is JSON; it runs not before ``at``."""

    name: str
    arguments: str
    at: datetime | None
    lock: str | None


def store(db: Transaction, company_id: int, enqueued: Sequence[NewJob], now: datetime) -> None:
    """Stores jobs, in their order."""
    if db.dialect == "postgresql":
        db.run(
            _DEFER,
            {
                "names": [job.name for job in enqueued],
                "locks": [job.lock and f"{company_id}:{job.lock}" for job in enqueued],
                "arguments": [f'{{"company": {company_id}, "arguments": {job.arguments}}}' for job in enqueued],
                "due": [job.at for job in enqueued],
            },
        )
        return
    db.insert_many(
        jobs,
        [
            {
                "name": job.name,
                "arguments": job.arguments,
                "lock": job.lock,
                "state": "waiting",
                "due": stored(job.at or now),
                "add_time": stored(now),
            }
            for job in enqueued
        ],
    )


def stored(time: datetime) -> str:
    """A moment as the table of jobs has it, with milliseconds."""
    return time.astimezone(UTC).isoformat(" ", "milliseconds")[:23]
