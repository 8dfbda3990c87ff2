"""Runs all jobs that are due by now, in this thread, on either database: for tests, which move their clock themselves.

Jobs are claimed, run and settled as the runners do it, but what is due is asked of the clock of the companies alone.
"""

from __future__ import annotations

from datetime import timedelta

from dealwright.crm.unit import Companies
from dealwright.jobs import deferred, table
from dealwright.jobs.attempts import attempt
from dealwright.jobs.registry import repeated
from dealwright.storage.platform import Company

_RUNNER = "due"
_LEASE = timedelta(minutes=5)


def run_due(companies: Companies) -> int:
    """Runs every job that is due now, and those that these enqueue for now; how many attempts that took."""
    if companies.platform.database.dialect == "postgresql":
        return _run_due_on_postgres(companies)
    return sum(_run_due_on_sqlite(companies, company) for company in companies.platform.companies())


def _run_due_on_sqlite(companies: Companies, company: Company) -> int:
    now = companies.clock()
    table.ensure(company.database, [(name, now + every) for name, every in repeated()], now)
    attempts = 0
    while True:
        with company.database.write() as db:
            job = table.claim(db, _RUNNER, now, now + _LEASE)
        if job is None:
            return attempts
        outcome = attempt(companies, company, job.name, job.arguments, job.failures, job.interruptions)
        with company.database.write() as db:
            table.settle(db, _RUNNER, job, outcome, companies.clock())
        attempts += 1


def _run_due_on_postgres(companies: Companies) -> int:
    database = companies.platform.database
    deferred.ensure_repeated(companies)
    attempts = 0
    while job := deferred.claim(database, companies.clock()):
        deferred.settle(database, job, deferred.perform(companies, job))
        attempts += 1
    return attempts
