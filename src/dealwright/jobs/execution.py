"""Runs one attempt at a job and decides what follows: the same on both databases."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple, cast

from dealwright import _metrics
from dealwright._json import Json
from dealwright.crm.companies import Companies
from dealwright.crm.kernel.jobs import JobName
from dealwright.jobs.registry import MAX_INTERRUPTIONS, Job, JobContext, PermanentFailure, Postponed, all_jobs
from dealwright.storage.platform import Company

log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """The outcome of an attempt: success, or an ``error``. With a ``retry_at`` it is tried again, else given up.

    ``is_postponed``: it was no attempt.
    """

    error: str | None = None
    retry_at: datetime | None = None
    is_postponed: bool = False

    @property
    def kind(self) -> str:
        """The outcome in one word."""
        if self.error is None:
            return "done"
        return "postponed" if self.is_postponed else "failed" if self.retry_at is None else "retried"


class WorkerLost(Exception):
    """Processes have died in the middle of a job too often."""


def run_attempt(
    companies: Companies,
    company: Company | None,
    name: str,
    arguments: Mapping[str, Json],
    failures: int,
    interruptions: int,
) -> Outcome:
    """Runs a job once and returns the outcome; ``failures`` and ``interruptions`` are those of earlier attempts.

    Never raises.
    """
    outcome = _run_attempt(companies, company, name, arguments, failures, interruptions)
    if name in all_jobs():
        _metrics.JOB_ATTEMPTS.add(name, outcome.kind)
    return outcome


def _run_attempt(
    companies: Companies,
    company: Company | None,
    name: str,
    arguments: Mapping[str, Json],
    failures: int,
    interruptions: int,
) -> Outcome:
    job = all_jobs().get(cast("JobName", name))
    if job is None or company is None:
        return Outcome("There is no such job" if job is None else "There is no such company")
    context = JobContext(companies, company, arguments, failures + 1, failures >= len(job.retries))
    try:
        if interruptions >= MAX_INTERRUPTIONS:
            raise WorkerLost(f"The process that ran it has died {interruptions} times")
        job.function(context)
    except Postponed as error:
        return Outcome(str(error), companies.clock() + timedelta(seconds=error.seconds), is_postponed=True)
    except Exception as error:
        retry_at = None
        if not isinstance(error, PermanentFailure | WorkerLost):
            retry_at = job.retry_at(failures + 1, companies.clock())
        if retry_at is None:
            log.error(
                "The job %s of %s was given up: %r",
                name,
                company.domain,
                error,
                exc_info=error,
                extra={"job": name, "company": company.domain, "attempt": failures + 1},
            )
            _call_on_failure(job, context, error)
        return Outcome(f"{type(error).__name__}: {error}", retry_at)
    return Outcome()


def _call_on_failure(job: Job, context: JobContext, error: Exception) -> None:
    if job.on_failure is None:
        return
    try:
        job.on_failure(context, error)
    except Exception:
        log.exception("The job %s of %s could not be given up in order", job.name, context.company.domain)
