"""The registry of jobs: the function of each, and how often it is tried.

To add a job:

1. Give it a name in `dealwright.crm.kernel.jobs.JobName`; rules enqueue it with `dealwright.crm.kernel.jobs.enqueue`.
2. Write its function in a module of this package and name that module in `MODULES`::

       @job("greet", retries=(3, 30, 150), on_failure=notify_admin)
       def greet(context: JobContext) -> None:
           context.write(lambda crm: rules.greet(crm, context.arguments["name"]))

The function runs in a thread, outside of any transaction. When it returns, the job is done and deleted. When it raises,
the job has failed and is tried again after the next of the delays in ``retries``, in seconds; when none is left,
``on_failure(context, error)`` is called and the job is kept as failed (``dealwright db jobs``) until it expires.
Raising `PermanentFailure` skips the rest of the attempts.

A job may run more than once: when its process is killed it is run again, at once and without having failed. When
processes die again and again in the same job (`MAX_INTERRUPTIONS`), it fails, so that it does not take all others
along. Write functions so that running them twice has the effect of running them once.

Raising `Postponed` is for a job that cannot begin yet: no attempt is counted. Jobs that wait for other machines more than
they work are named in `dealwright.crm.kernel.jobs.MOSTLY_WAITING`.

A job with ``interval`` is enqueued by the runner itself, in every company, as soon as its last run is that long ago.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar, get_args

from dealwright._json import Json
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.jobs import JobName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import users
from dealwright.storage.platform import Company

T = TypeVar("T")

MODULES = (
    *("dealwright.jobs.purge", "dealwright.jobs.expiry", "dealwright.jobs.file_removal"),
    *("dealwright.jobs.conversion", "dealwright.jobs.channels", "dealwright.jobs.webhooks.delivery"),
    *("dealwright.jobs.invitations", "dealwright.jobs.scripts"),
)
"""The modules with the functions of the jobs."""

MAX_INTERRUPTIONS = 5
"""The number of times a process may die in the middle of a job before the job is given up."""

MAX_WAITING_JOBS = 120
"""The number of jobs that a runner runs beside others, if they are of a kind that mostly waits."""


class PermanentFailure(Exception):
    """A job cannot succeed: it is not tried again."""


class Postponed(Exception):
    """A job could not begin yet, which is no attempt: it is run again in some ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"postponed for {seconds:.1f} s")
        self.seconds = seconds


class JobContext(NamedTuple):
    """One attempt at a job.

    ``attempt`` is 1 for the first; after a failure of ``is_last_attempt`` no other one follows.
    """

    companies: Companies
    company: Company
    arguments: Mapping[str, Json]
    attempt: int
    is_last_attempt: bool

    @property
    def now(self) -> datetime:
        """The time, by the clock that the rules use."""
        return self.companies.clock()

    def read(self, query: Callable[[UnitOfWork], T]) -> T:
        """Runs `query` in a read-only unit of work of its own, as any active user; returns its result."""
        return self.companies.run(self.company, users.any_active_user_id(self.company), query, write=False)

    def write(self, change: Callable[[UnitOfWork], T]) -> T:
        """Runs `change` in a unit of work of its own, as any active user; returns its result."""
        return self.companies.run(self.company, users.any_active_user_id(self.company), change, write=True)


class Job(NamedTuple):
    """A job that can be run."""

    name: JobName
    function: Callable[[JobContext], None]
    retries: tuple[float, ...]
    on_failure: Callable[[JobContext, Exception], None] | None
    interval: timedelta | None

    def retry_at(self, failures: int, now: datetime) -> datetime | None:
        """Returns when to try again after so many failures; None for never."""
        return now + timedelta(seconds=self.retries[failures - 1]) if failures <= len(self.retries) else None


_jobs: dict[JobName, Job] = {}


def job(
    name: JobName,
    *,
    retries: tuple[float, ...] = (),
    on_failure: Callable[[JobContext, Exception], None] | None = None,
    interval: timedelta | None = None,
) -> Callable[[Callable[[JobContext], None]], Callable[[JobContext], None]]:
    """Registers the decorated function as that of a job."""

    def register(function: Callable[[JobContext], None]) -> Callable[[JobContext], None]:
        _jobs[name] = Job(name, function, retries, on_failure, interval)
        return function

    return register


def periodic_jobs() -> list[tuple[JobName, timedelta]]:
    """Returns the names and intervals of the jobs that are repeated."""
    return [(job.name, job.interval) for job in all_jobs().values() if job.interval is not None]


def all_jobs() -> Mapping[JobName, Job]:
    """Returns all jobs by name."""
    _load()
    return _jobs


@functools.cache
def _load() -> None:
    for module in MODULES:
        importlib.import_module(module)
    assert _jobs.keys() >= set(get_args(JobName))
