"""Deletes data that is kept for a limited time only.

Data that accumulates by itself registers a cleaner here, in `COMPANY_CLEANERS` or in `PLATFORM_CLEANERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from dealwright.crm.history import conversion, notifications
from dealwright.crm.integration import conversations, proposals, runs, script_runs, webhook_deliveries
from dealwright.crm.integration.model import FILTER
from dealwright.crm.integration.oauth import self_registered
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team import sessions, sign_in_links
from dealwright.crm.values.formats import format_time
from dealwright.storage.jobs import delete_failed
from dealwright.storage.platform import Platform
from dealwright.storage.tables import filters

TEMPORARY_FILTER_RETENTION = timedelta(days=7)
FAILED_JOB_RETENTION = timedelta(days=30)


def delete_temporary_filters(crm: UnitOfWork) -> None:
    """Deletes temporary filters that were not changed for a week."""
    columns = filters.c
    old = columns.update_time < format_time(crm.time - TEMPORARY_FILTER_RETENTION)
    temporary = columns.is_temporary == sa.true(), columns.is_deleted == sa.false()
    for filter in records.select(crm, FILTER, *temporary, old):
        records.delete(crm, FILTER, filter, is_bulk=True)


def delete_failed_jobs(crm: UnitOfWork) -> None:
    """Deletes jobs that failed for good more than a month ago."""
    delete_failed(crm.db, crm.company.id, crm.time - FAILED_JOB_RETENTION)


COMPANY_CLEANERS: tuple[Callable[[UnitOfWork], None], ...] = (
    delete_temporary_filters,
    delete_failed_jobs,
    webhook_deliveries.delete_expired,
    conversion.delete_expired,
    runs.delete_expired,
    proposals.delete_expired,
    notifications.delete_expired,
    conversations.delete_expired,
    script_runs.delete_expired,
)
"""The cleaners of each company, each run in a unit of work of its own."""

PLATFORM_CLEANERS: tuple[Callable[[Platform, datetime], None], ...] = (
    sessions.delete_expired,
    sign_in_links.delete_expired,
    self_registered.delete_unused,
)
"""The cleaners of the platform, each run in transactions of its own."""
