"""The expiry of what is kept for a while only."""

from __future__ import annotations

from datetime import timedelta

from dealwright.crm import expiry as rules
from dealwright.jobs.registry import Work, job


@job("expire", retries=(60, 600), every=timedelta(hours=1))
def expire(work: Work) -> None:
    """Runs every cleaner of a company, and in the first company those of the platform."""
    for clean in rules.OF_COMPANY:
        work.write(clean)
    platform = work.companies.platform
    if work.company.id == platform.companies()[0].id:
        for clean_platform in rules.OF_PLATFORM:
            clean_platform(platform, work.now)
