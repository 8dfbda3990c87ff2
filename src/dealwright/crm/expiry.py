"""Removes what is kept for a while only: after how long, and how.

Whatever piles up by itself registers a cleaner here, in `OF_COMPANY` or in `OF_PLATFORM`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from dealwright.crm import records, webhook_deliveries
from dealwright.crm.model.filters import FILTER
from dealwright.crm.unit import Crm
from dealwright.crm.values import moment
from dealwright.storage.jobs import forget_failed
from dealwright.storage.platform import Platform
from dealwright.storage.tables import filters

TEMPORARY_FILTERS_KEPT = timedelta(days=7)
FAILED_JOBS_KEPT = timedelta(days=30)


def temporary_filters(crm: Crm) -> None:
    """Deletes temporary filters that nobody has changed for a week."""
    columns = filters.c
    old = columns.update_time < moment(crm.time - TEMPORARY_FILTERS_KEPT)
    kept = columns.is_temporary == sa.true(), columns.is_deleted == sa.false()
    for filter in records.select(crm, FILTER, *kept, old):
        records.delete(crm, FILTER, filter, is_bulk=True)


def failed_jobs(crm: Crm) -> None:
    """Forgets jobs that were given up a month ago."""
    forget_failed(crm.db, crm.company.id, crm.time - FAILED_JOBS_KEPT)


OF_COMPANY: tuple[Callable[[Crm], None], ...] = (temporary_filters, failed_jobs, webhook_deliveries.expire)
"""What every company has, each in a unit of work of its own."""

OF_PLATFORM: tuple[Callable[[Platform, datetime], None], ...] = ()
"""What the platform has, in transactions of their own."""
