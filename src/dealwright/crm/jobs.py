"""Work that is done after a change: a rule enqueues a job, and the package `dealwright.jobs` runs it.

A job is stored together with the change, in the same transaction: if one is there, so is the other. It survives the end
of the process, however sudden, and runs **at least once**: a process that is killed in the middle of a job leaves it to
be run again, so a job must bear that. What a job does, how often and after which delays it is tried again is said where
its function is (`dealwright.jobs.registry`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from dealwright._json import Json
from dealwright.crm.unit import Crm
from dealwright.crm.values import dumps
from dealwright.storage.jobs import NewJob

JobName = Literal["deliver_webhook", "expire", "purge"]
"""Every job there is. Each name has a function in `dealwright.jobs`."""


def enqueue(
    crm: Crm, job: JobName, arguments: Mapping[str, Json], *, at: datetime | None = None, lock: str | None = None
) -> None:
    """Has a job run after this unit of work is committed, and not before ``at``.

    Jobs of the company that have the same ``lock`` run one at a time and in the order in which they were enqueued: one
    that has to be tried again holds back those behind it until it has succeeded or was given up.
    """
    assert crm.writes
    crm.enqueued.append(NewJob(job, dumps(arguments), at, lock))
