"""Runs all jobs that are due by now, in this thread, on either database: for tests and sandboxes, which move their clock themselves.

Jobs are claimed, run and settled as the runners do it, but only the clock of the companies decides which are due.
"""

from __future__ import annotations

import time
from datetime import timedelta

import sqlalchemy as sa

from dealwright.crm.companies import Companies
from dealwright.jobs import procrastinate_queue, sqlite_queue
from dealwright.jobs.execution import run_attempt
from dealwright.jobs.registry import periodic_jobs
from dealwright.storage.platform import Company
from dealwright.storage.tables import jobs

_RUNNER_NAME = "due"
_LEASE = timedelta(minutes=5)
_POLL_SECONDS = 0.005
_MAX_WAIT_SECONDS = 3.0
_RUNNING = sa.select(sa.func.count()).where(jobs.c.state == "running")


def run_due(companies: Companies) -> int:
    """Runs every job that is due now, and those that these enqueue for now; returns the number of attempts."""
    if companies.platform.database.dialect == "postgresql":
        return _run_due_on_postgres(companies)
    return sum(_run_due_on_sqlite(companies, company) for company in companies.platform.list_companies())


def settle(companies: Companies) -> int:
    """Runs every job that is due now, and waits for those that others run, but not for long; returns the number of attempts.

    What a job that ends only then enqueues for now is run, too.
    """
    attempts = 0
    give_up_at = time.monotonic() + _MAX_WAIT_SECONDS
    while True:
        attempted = run_due(companies)
        attempts += attempted
        running = _count_running(companies)
        if (not running and not attempted) or time.monotonic() > give_up_at:
            return attempts
        if running:
            time.sleep(_POLL_SECONDS)


def _count_running(companies: Companies) -> int:
    """Returns how many jobs run at present, here or elsewhere."""
    if companies.platform.database.dialect == "postgresql":
        return procrastinate_queue.count_running(companies.platform.database)
    count = 0
    for company in companies.platform.list_companies():
        with company.database.read() as db:
            count += int(db.value(_RUNNING))
    return count


def _run_due_on_sqlite(companies: Companies, company: Company) -> int:
    now = companies.clock()
    sqlite_queue.ensure_periodic_jobs(company.database, [(name, now + every) for name, every in periodic_jobs()], now)
    attempts = 0
    while True:
        with company.database.write_queue() as db:
            claims = (
                sqlite_queue.claim(db, _RUNNER_NAME, now, now + _LEASE, mostly_waits=kind) for kind in (False, True)
            )
            job = next((one for one in claims if one is not None), None)
        if job is None:
            return attempts
        outcome = run_attempt(companies, company, job.name, job.arguments, job.failures, job.interruptions)
        with company.database.write_queue() as db:
            sqlite_queue.record_outcome(db, _RUNNER_NAME, job, outcome, companies.clock())
        attempts += 1


def _run_due_on_postgres(companies: Companies) -> int:
    database = companies.platform.database
    procrastinate_queue.ensure_periodic_jobs(companies)
    attempts = 0
    while job := procrastinate_queue.claim(database, companies.clock()):
        procrastinate_queue.record_outcome(database, job, procrastinate_queue.run_claimed(companies, job))
        attempts += 1
    return attempts
