"""The job that removes data which are only kept for a while."""

from __future__ import annotations

from datetime import timedelta

from dealwright.crm.history import retention as rules
from dealwright.jobs.registry import JobContext, job


@job("expire", retries=(60, 600), interval=timedelta(hours=1))
def expire(context: JobContext) -> None:
    """Runs all cleaners of a company, and for the first company those of the platform, too."""
    for clean in rules.COMPANY_CLEANERS:
        context.write(clean)
    platform = context.companies.platform
    if context.company.id == platform.list_companies()[0].id:
        for clean_platform in rules.PLATFORM_CLEANERS:
            clean_platform(platform, context.now)
