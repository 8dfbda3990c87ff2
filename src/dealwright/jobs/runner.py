"""What runs jobs in this process, whatever the database."""

from __future__ import annotations

from typing import Protocol

from dealwright.crm.unit import Companies

SLOTS = 10
"""How many jobs run at a time in a process. Most of them wait for an answer from somewhere."""

SILENCE_SECONDS = 15.0
"""For how long a process that gives no sign of life keeps its jobs."""

GRACE_SECONDS = 10.0
"""How long a process that ends waits for the jobs that run."""


class Runner(Protocol):
    """Runs the jobs of all companies of a platform, beside whatever else the process does."""

    def start(self) -> None:
        """Begins to run jobs, as they come."""

    def stop(self) -> None:
        """Claims no more jobs and waits for those that run; what takes too long is left to be run again."""


def runner(
    companies: Companies,
    *,
    slots: int = SLOTS,
    silence: float = SILENCE_SECONDS,
    grace: float = GRACE_SECONDS,
    passing: bool = False,
) -> Runner:
    """A runner for the companies of a platform; ``passing`` for a process that is not there for the jobs."""
    # Of the two, only one is ever needed.
    url = companies.platform.server_url
    if url is None:
        from dealwright.jobs.sqlite import SqliteRunner  # noqa: PLC0415

        return SqliteRunner(companies, slots=slots, silence=silence, grace=grace, passing=passing)
    from dealwright.jobs.postgres import PostgresRunner  # noqa: PLC0415

    return PostgresRunner(companies, url, slots=slots, silence=silence, grace=grace)
