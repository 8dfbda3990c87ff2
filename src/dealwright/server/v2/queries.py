"""Turns the query parameters that v2 lists of records share into the values that the rules of the CRM take."""

from __future__ import annotations

from datetime import datetime

from dealwright.contract.v2.queries import RecordsQuery
from dealwright.crm.errors import Invalid
from dealwright.crm.filters.narrowing import Narrowing


def narrowing(query: RecordsQuery) -> Narrowing:
    """Returns the conditions of a list. Raises `Invalid` for fractions of a second, which v2 does not take."""
    return {
        "filter_id": query.filter_id,
        "ids": query.ids,
        "owner_id": query.owner_id,
        "updated_since": _require_whole_seconds(query.updated_since, "updated_since"),
        "updated_until": _require_whole_seconds(query.updated_until, "updated_until"),
    }


def _require_whole_seconds(value: datetime | None, name: str) -> datetime | None:
    if value is not None and value.microsecond:
        raise Invalid("not a valid datetime: give whole seconds, as in 2025-01-01T10:20:00Z", name)
    return value
