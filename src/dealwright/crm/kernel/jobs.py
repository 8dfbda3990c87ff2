"""Enqueues jobs: work that is done after a change, by the package `dealwright.jobs`.

A job is stored in the same transaction as the change: if one is there, so is the other. It survives the end of the
process, however sudden, and runs **at least once**: if a process is killed in the middle of a job, the job runs again,
so it must tolerate that. What a job does, how often and after which delays it is retried is declared with its function
(`dealwright.jobs.registry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from dealwright._json import Json
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps
from dealwright.storage.jobs import NewJob

JobName = Literal[
    "convert",
    "deliver_webhook",
    "expire",
    "fetch_conversation",
    "fetch_conversations",
    "purge",
    "remove_files",
    "run_script",
    "send_invitation",
]
"""The names of all jobs. Each has a function in `dealwright.jobs`."""

MOSTLY_WAITING: frozenset[JobName] = frozenset(
    {"deliver_webhook", "fetch_conversation", "fetch_conversations", "run_script", "send_invitation"}
)
"""The jobs that wait for other machines more than they work.

Runners run many of them at a time, beside the others, whose place they never take.
"""


def enqueue(
    crm: UnitOfWork,
    job: JobName,
    arguments: Mapping[str, Json],
    *,
    schedule_at: datetime | None = None,
    lock: str | None = None,
) -> None:
    """Enqueues a job that runs after this unit of work is committed, and not before ``schedule_at``.

    Jobs of the company that have the same ``lock`` run one at a time, in the order in which they were enqueued: one
    that has to be retried holds back those behind it until it succeeds or is given up.
    """
    assert crm.writes
    crm.pending_jobs.append(NewJob(job, dumps(arguments), schedule_at, lock, job in MOSTLY_WAITING))
