"""Structs of query parameters that lists of records share in v2."""

from __future__ import annotations

from dealwright.contract.endpoint import Query
from dealwright.contract.parameters import FilterId, Ids, OwnerId, SortDirection, UpdatedSince, UpdatedUntil


class RecordsQuery(Query):
    """Which records to list, and in which direction; the base of what each kind of record adds to it."""

    filter_id: FilterId | None = None
    ids: Ids | None = None
    owner_id: OwnerId | None = None
    updated_since: UpdatedSince | None = None
    updated_until: UpdatedUntil | None = None
    sort_direction: SortDirection = "asc"
