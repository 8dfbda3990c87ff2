"""The interface of the job runners, and the choice of the one for the database."""

from __future__ import annotations

from typing import Protocol

from dealwright.crm.companies import Companies

DEFAULT_CONCURRENCY = 10
"""The number of jobs that run at a time in a process, beside those that mostly wait."""

HEARTBEAT_TIMEOUT_SECONDS = 15.0
"""The time after which a process without a heartbeat loses its jobs."""

SHUTDOWN_TIMEOUT_SECONDS = 10.0
"""The time that a process which ends waits for the jobs that run."""


class Runner(Protocol):
    """Runs the jobs of all companies of a platform, beside whatever else the process does."""

    def start(self) -> None:
        """Starts to run jobs, as they come."""

    def stop(self) -> None:
        """Claims no more jobs and waits for those that run; those that take too long are left to be run again."""

    def is_running(self) -> bool:
        """Whether jobs are run at present."""


def create_runner(
    companies: Companies,
    *,
    concurrency: int = DEFAULT_CONCURRENCY,
    heartbeat_timeout: float = HEARTBEAT_TIMEOUT_SECONDS,
    shutdown_timeout: float = SHUTDOWN_TIMEOUT_SECONDS,
    short_lived: bool = False,
) -> Runner:
    """Returns a runner for the companies of a platform.

    ``short_lived`` is for a process that has other work (embedded CRM): the job thread starts when a job is due, and
    ends when idle. On PostgreSQL it makes no difference.
    """
    # Only one of the two is ever needed, so they are imported late.
    url = companies.platform.server_url
    if url is None:
        from dealwright.jobs.sqlite import SqliteRunner  # noqa: PLC0415

        return SqliteRunner(
            companies,
            concurrency=concurrency,
            heartbeat_timeout=heartbeat_timeout,
            shutdown_timeout=shutdown_timeout,
            short_lived=short_lived,
        )
    from dealwright.jobs.postgres import PostgresRunner  # noqa: PLC0415

    return PostgresRunner(
        companies, url, concurrency=concurrency, heartbeat_timeout=heartbeat_timeout, shutdown_timeout=shutdown_timeout
    )
