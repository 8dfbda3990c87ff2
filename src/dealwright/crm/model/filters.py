"""Filters as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class Filter(Record):
    """Conditions that lists can be narrowed by."""

    id: int
    name: str
    type: str
    owner_id: int
    visible_to: int
    is_temporary: bool
    is_deleted: bool
    conditions: str
    add_time: str
    update_time: str


FILTER = Kind("filter", tables.filters, Filter, "Filter")
