"""The purge: removes records for good that were deleted 30 days ago, some hundred at a time."""

from __future__ import annotations

from datetime import timedelta

from dealwright.crm.history import purge as rules
from dealwright.jobs.registry import JobContext, job

BATCH_SIZE = 200
"""The number of records removed in one transaction, for which other writers have to wait."""


@job("purge", retries=(60, 600), interval=timedelta(days=1))
def purge(context: JobContext) -> None:
    """Removes the records of a company that are due."""
    for kind in rules.PURGED_TYPES:
        while ids := context.read(lambda crm, kind=kind: rules.find_due_ids(crm, kind, BATCH_SIZE)):  # type: ignore[misc]
            if not context.write(lambda crm, kind=kind, ids=ids: rules.remove(crm, kind, ids)):  # type: ignore[misc]
                break
