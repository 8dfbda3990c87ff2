"""Structs of query parameters that lists of records share in v2."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import Query
from dealwright.contract.parameters import (
    CustomFieldKeys,
    FilterId,
    Ids,
    OwnerId,
    SortDirection,
    UpdatedSince,
    UpdatedUntil,
)


class RecordsQuery(Query):
    """Which records to list, and in which direction; the base of what each kind of record adds to it."""

    filter_id: FilterId | None = None
    ids: Ids | None = None
    owner_id: OwnerId | None = None
    updated_since: UpdatedSince | None = None
    updated_until: UpdatedUntil | None = None
    sort_direction: SortDirection = "asc"


class RecordFields(Query):
    """What to show of records that have labels and custom fields; the base of what each kind of record adds to it."""

    custom_fields: CustomFieldKeys | None = None
    include_option_labels: Annotated[
        bool,
        Meta(
            description="Whether the values of single and multiple option custom fields come as `{id, label}` in place of ids."
        ),
    ] = False
    include_labels: Annotated[
        bool, Meta(description="Whether to add `labels`, which has `{id, label}` for each of `label_ids`.")
    ] = False


class Label(TypedDict):
    """A label by id and name."""

    id: int
    label: str
