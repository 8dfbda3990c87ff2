"""The purge: records that were deleted 30 days ago are removed for good, some hundred at a time."""

from __future__ import annotations

from datetime import timedelta

from dealwright.crm import purge as rules
from dealwright.jobs.registry import Work, job

AT_ONCE = 200
"""How many records are removed in one transaction, which others have to wait for."""


@job("purge", retries=(60, 600), every=timedelta(days=1))
def purge(work: Work) -> None:
    """Removes what is due in a company."""
    for kind in rules.KINDS:
        while ids := work.read(lambda crm, kind=kind: rules.due(crm, kind, AT_ONCE)):  # type: ignore[misc]
            if not work.write(lambda crm, kind=kind, ids=ids: rules.remove(crm, kind, ids)):  # type: ignore[misc]
                break
