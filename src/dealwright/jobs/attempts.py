"""One attempt at a job, and what comes of it: the same on both databases."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, cast

from dealwright._json import Json
from dealwright.crm.jobs import JobName
from dealwright.crm.unit import Companies
from dealwright.jobs.registry import MAX_INTERRUPTIONS, GiveUp, Job, Work, all_jobs
from dealwright.storage.platform import Company

log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """How an attempt ended: well, or with an ``error``, and then to be tried again or given up."""

    error: str | None = None
    retry_at: datetime | None = None


class Interrupted(Exception):
    """Processes have died in the middle of a job too often."""


def attempt(
    companies: Companies,
    company: Company | None,
    name: str,
    arguments: Mapping[str, Json],
    failures: int,
    interruptions: int,
) -> Outcome:
    """Runs a job that has failed and was interrupted so often. Never raises."""
    job = all_jobs().get(cast("JobName", name))
    if job is None or company is None:
        return Outcome("There is no such job" if job is None else "There is no such company")
    work = Work(companies, company, arguments, failures + 1, failures >= len(job.retries))
    try:
        if interruptions >= MAX_INTERRUPTIONS:
            raise Interrupted(f"The process that ran it has died {interruptions} times")
        job.function(work)
    except Exception as error:
        retry_at = None
        if not isinstance(error, GiveUp | Interrupted):
            retry_at = job.retry_at(failures + 1, companies.clock())
        if retry_at is None:
            log.error("The job %s of %s was given up: %r", name, company.domain, error, exc_info=error)
            _give_up(job, work, error)
        return Outcome(f"{type(error).__name__}: {error}", retry_at)
    return Outcome()


def _give_up(job: Job, work: Work, error: Exception) -> None:
    if job.given_up is None:
        return
    try:
        job.given_up(work, error)
    except Exception:
        log.exception("The job %s of %s could not be given up in order", job.name, work.company.domain)
