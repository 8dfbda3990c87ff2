"""Pages of lists: by offset (v1) and by cursor (v2, and the v1 collections)."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar

import msgspec
import orjson
import sqlalchemy as sa

from dealwright.crm import access, page_memory
from dealwright.crm.criteria import Criteria
from dealwright.crm.errors import Invalid
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.pointers import Pointer, pointer
from dealwright.crm.unit import Crm
from dealwright.crm.values import moment

R = TypeVar("R", bound=Record)
T = TypeVar("T")

DEFAULT_LIMIT = 100
LARGEST_LIMIT = 500

_POINTERS = msgspec.msgpack.Decoder(tuple[list[Pointer], str | None])
_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{3})?)?")


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
    rows, more = rows_by_offset(crm, kind, sa.select(kind.table), criteria, order=order, start=start, size=size)
    return OffsetPage(kind.records(rows), start, size, more)


def rows_by_offset(
    crm: Crm,
    kind: Kind[R],
    statement: sa.Select[Any],
    criteria: Criteria,
    *,
    order: Sequence[sa.ColumnElement[object]],
    start: int,
    size: int,
) -> tuple[list[tuple[Any, ...]], bool]:
    """What a query tells about records that fit and that the actor sees, from the ``start``-th, and whether more follow.

    They are ordered as in `by_offset`. Their ids are found first: of the records before the ``start``-th nothing else is read.
    """
    columns = kind.table.c
    fitting = _seen(crm, kind, sa.select(columns.id).where(*criteria))
    skipped = start
    if not order:
        skipped, last_id = page_memory.before(crm, criteria, fitting, start)
        if last_id:
            fitting = fitting.where(columns.id > last_id)
    page = fitting.order_by(*order, columns.id).limit(size + 1).offset(skipped).correlate(None)
    rows = crm.db.rows(statement.where(columns.id.in_(page)).order_by(*order, columns.id))
    more = len(rows) > size
    if more and not order:
        page_memory.ended(crm, criteria, start + size, rows[size - 1][0])
    return rows[:size], more


def count(crm: Crm, kind: Kind[R], criteria: Criteria) -> int:
    """How many records fit and are seen by the actor."""
    found: int = crm.db.value(
        sa.select(sa.func.count()).select_from(_seen(crm, kind, sa.select(kind.table).where(*criteria)).subquery())
    )
    return found


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


def slice_of_stream(items: Iterable[T], start: int, limit: int | None) -> OffsetPage[T]:
    """A page of a list that is found item by item, and no further than the page goes."""
    size = clamped(limit)
    found = list(islice(items, start, start + size + 1))
    return OffsetPage(found[:size], start, size, len(found) > size)


def whole(items: Sequence[T]) -> OffsetPage[T]:
    """A list that is given as a whole, but in the form of a page."""
    return OffsetPage(list(items), 0, max(DEFAULT_LIMIT, len(items)), False)


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
) -> CursorPage[R]:
    """The records that fit and that the actor sees, after ``cursor``. A cursor's own order wins over ``sort_by``."""
    size = clamped(limit, largest)
    everything = sa.select(kind.table)
    sort_by, direction, statement = _after_cursor(crm, kind, everything, criteria, sort_by, direction, cursor)
    records = kind.records(crm.db.rows(statement.limit(size + 1)))
    if len(records) <= size:
        return CursorPage(records, None)
    last = records[size - 1]
    last_id = last.id  # type: ignore[attr-defined]
    return CursorPage(records[:size], write_cursor(sort_by, direction, getattr(last, sort_by), last_id))


def pointers_by_cursor(
    crm: Crm,
    kind: Kind[R],
    criteria: Criteria,
    *,
    sort_by: str = "id",
    direction: str = "asc",
    limit: int | None = None,
    cursor: str | None = None,
) -> CursorPage[Pointer]:
    """The records that `by_cursor` gives, without reading them."""
    place = (sort_by, direction, limit, cursor)

    def find() -> tuple[list[Pointer], str | None]:
        return _pointers_by_cursor(crm, kind, criteria, sort_by, direction, limit, cursor)

    return CursorPage(*page_memory.page(crm, criteria, place, _POINTERS, find))


def _pointers_by_cursor(
    crm: Crm,
    kind: Kind[R],
    criteria: Criteria,
    sort_by: str,
    direction: str,
    limit: int | None,
    cursor: str | None,
) -> tuple[list[Pointer], str | None]:
    size = clamped(limit)
    columns = kind.table.c
    if cursor is not None:
        sort_by = read_cursor(cursor)[0]
    if sort_by not in columns:
        raise Invalid("is not a cursor of this list", "cursor")
    pointers = sa.select(columns.id, columns.revision, columns[sort_by])
    sort_by, direction, statement = _after_cursor(crm, kind, pointers, criteria, sort_by, direction, cursor)
    rows = crm.db.rows(statement.limit(size + 1))
    found = [pointer(row[0], row[1]) for row in rows[:size]]
    last = rows[size - 1] if len(rows) > size else None
    return found, write_cursor(sort_by, direction, last[-1], last[0]) if last else None


def _after_cursor(
    crm: Crm,
    kind: Kind[R],
    base: sa.Select[Any],
    criteria: Criteria,
    sort_by: str,
    direction: str,
    cursor: str | None,
) -> tuple[str, str, sa.Select[Any]]:
    """What to sort by, in which direction, and the query for what comes after a cursor."""
    columns = kind.table.c
    after = None
    if cursor is not None:
        sort_by, direction, value, last_id = read_cursor(cursor)
        _check_value(kind, sort_by, value)
        after = _after(columns[sort_by], columns.id, value, last_id, direction)
    statement = _seen(crm, kind, base.where(*criteria))
    statement = statement.order_by(*_order(columns[sort_by], columns.id, direction))
    return sort_by, direction, statement if after is None else statement.where(after)


def sorted_slice(
    items: Sequence[R], sort_by: str, direction: str, limit: int | None, cursor: str | None
) -> CursorPage[R]:
    """A page by cursor of records that are at hand as a whole."""
    size = clamped(limit)
    last_key: tuple[str, int] | None = None
    if cursor is not None:
        sort_by, direction, value, last_id = read_cursor(cursor)
        if items:
            _check_attribute(type(items[0]), sort_by, value)
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
        marker = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Marker)
    except ValueError:
        raise _not_a_cursor() from None
    if marker.field == "id" and type(marker.value) is not int:
        raise _not_a_cursor()
    return marker.field, marker.direction, marker.value, marker.id


def next_start(found: OffsetPage[T]) -> str | None:
    """The cursor of a list whose items have no order but their places: where the next page starts, None at the end."""
    return write_cursor("start", "asc", None, found.start + found.limit) if found.more else None


def read_start(cursor: str | None) -> int:
    """What `next_start` wrote; 0 for none. Raises `Invalid` for anything else."""
    if cursor is None:
        return 0
    field, _, _, start = read_cursor(cursor)
    if field != "start":
        raise _not_a_cursor()
    return start


class _Marker(msgspec.Struct):
    """What a cursor says."""

    field: str
    value: int | float | str | None = msgspec.field(name="fieldValue")
    direction: Literal["asc", "desc"] = msgspec.field(name="sortDirection")
    id: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


def _check_value(kind: Kind[R], name: str, value: object) -> None:
    """Raises `Invalid` unless a cursor's value is one that this column of a kind of records may hold."""
    _check_attribute(kind.record, name, value)
    if name in kind.json_columns:
        raise _not_a_cursor()
    if isinstance(value, str):
        if "\0" in value:
            raise _not_a_cursor()
        if name not in kind.text_columns:
            _check_time(value)


def _check_time(value: str) -> None:
    try:
        if not _TIME.fullmatch(value):
            raise ValueError(value)
        datetime.fromisoformat(value)
    except ValueError:
        raise _not_a_cursor() from None


@functools.cache
def _types(record: type[Record]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(record)}


def _check_attribute(record: type[R], name: str, value: object) -> None:
    declared = _types(record).get(name)
    if declared is None or declared is bool:
        raise _not_a_cursor()
    try:
        msgspec.convert(value, declared)
    except msgspec.ValidationError:
        raise _not_a_cursor() from None


def _not_a_cursor() -> Invalid:
    return Invalid("is not a cursor of this list", "cursor")


def _order(
    column: sa.ColumnElement[object], id_column: sa.ColumnElement[int], direction: str
) -> list[sa.ColumnElement[Any]]:
    """By a column and, among equals, by id. Records without a value come first (``asc``) or last on both databases."""
    if column is id_column:
        return [id_column.desc() if direction == "desc" else id_column.asc()]
    if direction == "desc":
        return [column.desc().nulls_last() if _nullable(column) else column.desc(), id_column.desc()]
    return [column.asc().nulls_first() if _nullable(column) else column.asc(), id_column.asc()]


def _after(
    column: sa.ColumnElement[object], id_column: sa.ColumnElement[int], value: object, last_id: int, direction: str
) -> sa.ColumnElement[bool]:
    """What comes after a value and an id in that order."""
    id_beyond = id_column < last_id if direction == "desc" else id_column > last_id
    if column is id_column:
        return id_beyond
    if value is None:
        same = column.is_(None) & id_beyond
        return same if direction == "desc" else same | column.is_not(None)
    beyond = column < value if direction == "desc" else column > value
    found = beyond | ((column == value) & id_beyond)
    return found | column.is_(None) if direction == "desc" and _nullable(column) else found


def _nullable(column: sa.ColumnElement[object]) -> bool:
    return isinstance(column, sa.Column) and bool(column.nullable)


def _seen(crm: Crm, kind: Kind[R], statement: sa.Select[Any]) -> sa.Select[Any]:
    criterion = access.visible(crm, kind)
    return statement if criterion is None else statement.where(criterion)
