"""Turns the query parameters that v2 lists of records share into the values that the rules of the CRM take."""

from __future__ import annotations

from dealwright.contract.v2.queries import RecordsQuery
from dealwright.crm.filters.narrowing import Narrowing


def narrowing(query: RecordsQuery) -> Narrowing:
    """Returns the conditions of a list."""
    return {
        "filter_id": query.filter_id,
        "ids": query.ids,
        "owner_id": query.owner_id,
        "updated_since": query.updated_since,
        "updated_until": query.updated_until,
    }
