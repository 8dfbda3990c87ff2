"""What every job does, and how often it is tried.

To add a job:

1. Give it a name in `dealwright.crm.jobs.JobName`; rules enqueue it with `dealwright.crm.jobs.enqueue`.
2. Write its function in a module of this package and name that module in `MODULES`::

       @job("greet", retries=(3, 30, 150), given_up=tell_somebody)
       def greet(work: Work) -> None:
           work.write(lambda crm: rules.greet(crm, work.arguments["name"]))

The function runs in a thread, outside of any transaction. When it returns, the job is done and gone. When it raises, the
job has failed and is tried again after the next of the delays in ``retries``, in seconds; when none is left,
``given_up(work, error)`` is called and the job is kept as failed (``dealwright db jobs``) until it is expired. To raise
`GiveUp` is to leave out the rest of the attempts.

A job may run more than once: when its process is killed it is run again, at once and without having failed. A process
that dies again and again in the same job (`MAX_INTERRUPTIONS`) makes it a failed one, so that it does not take all
others along. Write functions so that doing it twice is doing it once.

A job with ``every`` is enqueued by the runner itself, in every company, as soon as its last run is that long ago.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, TypeVar, get_args

from dealwright._json import Json
from dealwright.crm import users
from dealwright.crm.jobs import JobName
from dealwright.crm.unit import Companies, Crm
from dealwright.storage.platform import Company

T = TypeVar("T")

MODULES = ("dealwright.jobs.purge", "dealwright.jobs.expiry", "dealwright.jobs.webhooks.delivery")
"""Where the functions are."""

MAX_INTERRUPTIONS = 5
"""How often a process may die in the middle of a job before the job is given up."""


class GiveUp(Exception):
    """A job cannot succeed: it is not tried again."""


class Work(NamedTuple):
    """One attempt at a job. ``attempt`` is 1 for the first, and ``last`` says that no other one follows a failure."""

    companies: Companies
    company: Company
    arguments: Mapping[str, Json]
    attempt: int
    last: bool

    @property
    def now(self) -> datetime:
        """What time it is, by the clock that the rules go by."""
        return self.companies.clock()

    def read(self, look: Callable[[Crm], T]) -> T:
        """Does something in a unit of work of its own that changes nothing, in the name of nobody in particular."""
        return self.companies.run(self.company, users.somebody(self.company), look, write=False)

    def write(self, change: Callable[[Crm], T]) -> T:
        """Does something in a unit of work of its own, in the name of nobody in particular."""
        return self.companies.run(self.company, users.somebody(self.company), change, write=True)


class Job(NamedTuple):
    """A job that can be run."""

    name: JobName
    function: Callable[[Work], None]
    retries: tuple[float, ...]
    given_up: Callable[[Work, Exception], None] | None
    every: timedelta | None

    def retry_at(self, failures: int, now: datetime) -> datetime | None:
        """When to try again after the job has failed so often; None for never."""
        return now + timedelta(seconds=self.retries[failures - 1]) if failures <= len(self.retries) else None


_jobs: dict[JobName, Job] = {}


def job(
    name: JobName,
    *,
    retries: tuple[float, ...] = (),
    given_up: Callable[[Work, Exception], None] | None = None,
    every: timedelta | None = None,
) -> Callable[[Callable[[Work], None]], Callable[[Work], None]]:
    """Says that a function is what a job does."""

    def register(function: Callable[[Work], None]) -> Callable[[Work], None]:
        _jobs[name] = Job(name, function, retries, given_up, every)
        return function

    return register


def repeated() -> list[tuple[JobName, timedelta]]:
    """The jobs that come back again and again, and after how long."""
    return [(job.name, job.every) for job in all_jobs().values() if job.every is not None]


def all_jobs() -> Mapping[JobName, Job]:
    """Every job, by name."""
    _load()
    return _jobs


@functools.cache
def _load() -> None:
    for module in MODULES:
        importlib.import_module(module)
    assert _jobs.keys() >= set(get_args(JobName))
