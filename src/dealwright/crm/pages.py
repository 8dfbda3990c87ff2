"""Pages of lists: by offset (v1) and by cursor (v2, and the v1 collections)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar

import orjson
import sqlalchemy as sa

from dealwright.crm import access
from dealwright.crm.errors import Invalid
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.unit import Crm
from dealwright.crm.values import moment

R = TypeVar("R", bound=Record)
T = TypeVar("T")

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 500

Criteria = Sequence[sa.ColumnElement[bool]]


class OffsetPage(NamedTuple, Generic[T]):
    """A page of a list by offset; ``more`` says whether items follow."""

    items: list[T]
    start: int
    limit: int
    more: bool


class CursorPage(NamedTuple, Generic[T]):
    """A page of a list by cursor; ``next_cursor`` is None at the end."""

    items: list[T]
    next_cursor: str | None


def clamped(limit: int | None, largest: int = LARGEST_LIMIT, default: int = DEFAULT_LIMIT) -> int:
    """The page size to use for the one asked for."""
    return min(limit or default, largest)


def by_offset(
    crm: Crm,
    kind: Kind[R],
    criteria: Criteria,
    *,
    order: Sequence[sa.ColumnElement[object]] = (),
    start: int = 0,
    limit: int | None = None,
    largest: int = LARGEST_LIMIT,
) -> OffsetPage[R]:
    """The records that fit and that the actor sees, from the ``start``-th; by id unless ``order`` says otherwise."""
    size = clamped(limit, largest)
    statement = _visible(crm, kind, criteria).order_by(*order, kind.table.c.id).limit(size + 1).offset(start)
    records = kind.records(crm.db.rows(statement))
    return OffsetPage(records[:size], start, size, len(records) > size)


def updated(kind: Kind[R], since: datetime | None, until: datetime | None) -> list[sa.ColumnElement[bool]]:
    """The criteria of what was last changed at or after a moment, and before another one."""
    column = kind.table.c.update_time
    found = []
    if since is not None:
        found.append(column >= moment(since))
    if until is not None:
        found.append(column < moment(until))
    return found


def slice_of(items: Sequence[T], start: int, limit: int | None, largest: int = LARGEST_LIMIT) -> OffsetPage[T]:
    """A page of a list that is at hand as a whole."""
    size = clamped(limit, largest)
    return OffsetPage(list(items[start : start + size]), start, size, len(items) > start + size)


def by_cursor(
    crm: Crm,
    kind: Kind[R],
    criteria: Criteria,
    *,
    sort_by: str = "id",
    direction: str = "asc",
    limit: int | None = None,
    cursor: str | None = None,
    largest: int = LARGEST_LIMIT,
    plain: bool = False,
) -> CursorPage[R]:
    """The records that fit and that the actor sees, after ``cursor``. A cursor's own order wins over ``sort_by``.

    With ``plain`` they come without their counts (see `Kind.plain`).
    """
    size = clamped(limit, largest)
    columns = kind.table.c
    after = None
    if cursor is not None:
        sort_by, direction, value, last_id = read_cursor(cursor)
        if sort_by not in columns or isinstance(value, list | dict):
            raise Invalid("is not a cursor of this list", "cursor")
        after = _after(columns[sort_by], columns.id, value, last_id, direction)
    column = columns[sort_by]
    order = [column.desc(), columns.id.desc()] if direction == "desc" else [column.asc(), columns.id.asc()]
    statement = _visible(crm, kind, criteria, plain=plain).order_by(*(order[1:] if sort_by == "id" else order)).limit(size + 1)
    if after is not None:
        statement = statement.where(after)
    records = kind.records(crm.db.rows(statement))
    if len(records) <= size:
        return CursorPage(records, None)
    last = records[size - 1]
    last_id = last.id  # type: ignore[attr-defined]
    return CursorPage(records[:size], write_cursor(sort_by, direction, getattr(last, sort_by), last_id))


def sorted_slice(
    items: Sequence[R], sort_by: str, direction: str, limit: int | None, cursor: str | None
) -> CursorPage[R]:
    """A page by cursor of records that are at hand as a whole."""
    size = clamped(limit)
    last_key: tuple[str, int] | None = None
    if cursor is not None:
        sort_by, direction, value, last_id = read_cursor(cursor)
        if items and sort_by not in items[0].__struct_fields__:
            raise Invalid("is not a cursor of this list", "cursor")
        last_key = (_sortable(value), last_id)

    def key(item: R) -> tuple[str, int]:
        return _sortable(getattr(item, sort_by)), item.id  # type: ignore[attr-defined]

    descending = direction == "desc"
    ordered = sorted(items, key=key, reverse=descending)
    if last_key is not None:
        ordered = [item for item in ordered if (key(item) < last_key if descending else key(item) > last_key)]
    shown = ordered[:size]
    more = len(ordered) > size
    end = write_cursor(sort_by, direction, getattr(shown[-1], sort_by), key(shown[-1])[1]) if more else None
    return CursorPage(shown, end)


def _sortable(value: object) -> str:
    """A value as text that sorts as the value does; nothing comes first."""
    return f"{value:020d}" if isinstance(value, int) else "" if value is None else str(value)


def write_cursor(sort_by: str, direction: str, value: object, id: int) -> str:
    """An opaque marker of the last item of a page."""
    marker = {"field": sort_by, "fieldValue": value, "sortDirection": direction, "id": id}
    return base64.urlsafe_b64encode(orjson.dumps(marker)).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[str, str, object, int]:
    """What `write_cursor` wrote: field, direction, value and id. Raises `Invalid` for anything else."""
    try:
        marker = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        field, direction, id = marker["field"], marker["sortDirection"], marker["id"]
        if not isinstance(field, str) or direction not in ("asc", "desc") or not isinstance(id, int):
            raise ValueError(cursor)
        if isinstance(marker["fieldValue"], bool) or (field == "id" and not isinstance(marker["fieldValue"], int)):
            raise ValueError(cursor)
        return field, direction, marker["fieldValue"], id
    except (ValueError, KeyError, TypeError):
        raise Invalid("is not a cursor of this list", "cursor") from None


def _after(
    column: sa.ColumnElement[object], id_column: sa.ColumnElement[int], value: object, last_id: int, direction: str
) -> sa.ColumnElement[bool]:
    if column is id_column:
        return id_column < last_id if direction == "desc" else id_column > last_id
    beyond = column < value if direction == "desc" else column > value
    id_beyond = id_column < last_id if direction == "desc" else id_column > last_id
    return beyond | ((column == value) & id_beyond)


def _visible(crm: Crm, kind: Kind[R], criteria: Criteria, *, plain: bool = False) -> sa.Select[tuple[object, ...]]:
    statement = (kind.plain if plain else sa.select(kind.table)).where(*criteria)
    criterion = access.visible(crm, kind)
    return statement if criterion is None else statement.where(criterion)
