"""Parameters that many operations take, with their description, limits and defaults' meaning, alone and in structs."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from msgspec import Meta

from dealwright.contract.endpoint import LargestPage, Query
from dealwright.contract.values import CursorText, Direction, Id, IsoTime, Rfc3339Time, ShortText, SortText, Uuid

RecordId = Annotated[Id, Meta(description="The id of the record.")]
RecordUuid = Annotated[Uuid, Meta(description="The id of the record, a UUID.")]

Start = Annotated[int, Meta(ge=0, le=2**53 - 1, description="How many items to leave out before the first.")]
Limit = Annotated[
    int,
    Meta(ge=1, description="How many items to return at most; 100 unless given, never over 500."),
    LargestPage(500),
]
Cursor = Annotated[CursorText, Meta(description="Where to go on: the `next_cursor` of the page before.")]
Sort = Annotated[
    SortText,
    Meta(description="What to sort by, as `field ASC, other_field DESC`; the direction may be left out."),
]
SortDirection = Annotated[Direction, Meta(description="The direction to sort in; `asc` unless given.")]

Ids = Annotated[
    list[Id],
    Meta(min_length=1, max_length=100, description="Ids of the records to take, comma-separated, at most 100."),
]
FilterId = Annotated[
    Id, Meta(description="Only what this saved filter finds; the other narrowing parameters are then ignored.")
]
UserId = Annotated[Id, Meta(description="Only what belongs to this user.")]
OwnerId = Annotated[Id, Meta(description="Only what this user owns.")]
FirstChar = Annotated[
    str, Meta(min_length=1, max_length=1, description="Only records whose name begins with this letter.")
]

UpdatedSince = Annotated[
    Rfc3339Time, Meta(description="Only what was last changed at or after this moment, RFC 3339 in whole seconds.")
]
UpdatedUntil = Annotated[
    Rfc3339Time, Meta(description="Only what was last changed before this moment, RFC 3339 in whole seconds.")
]
Since = Annotated[
    IsoTime, Meta(description="Only what was last changed at or after this moment, `YYYY-MM-DD HH:MM:SS` in UTC.")
]
Until = Annotated[
    IsoTime, Meta(description="Only what was last changed before this moment, `YYYY-MM-DD HH:MM:SS` in UTC.")
]
StartDate = Annotated[date, Meta(description="The first day, `YYYY-MM-DD`.")]
EndDate = Annotated[date, Meta(description="The last day, `YYYY-MM-DD`.")]

CustomFieldKeys = Annotated[
    list[ShortText],
    Meta(min_length=1, max_length=15, description="Keys of the custom fields to return, comma-separated, at most 15."),
]


class CursorPaging(Query):
    """Which page of a list by cursor to return."""

    limit: Limit | None = None
    cursor: Cursor | None = None


class OffsetPaging(Query):
    """Which page of a list by offset to return."""

    start: Start = 0
    limit: Limit | None = None
