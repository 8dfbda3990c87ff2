"""Pages of lists: by offset (v1) and by cursor (v2, and the v1 collections)."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Generic, Literal, NamedTuple, Protocol, TypeVar

import msgspec
import orjson
import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, page_cache
from dealwright.crm.kernel.criteria import AnyOf, Criteria, Through
from dealwright.crm.kernel.ordering import directed, then_by_id
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.record_versions import RecordVersion, pack_version
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import format_time, format_time_ms, parse_time
from dealwright.storage.sort_indexes import is_nullable

R = TypeVar("R", bound=Record)
T = TypeVar("T")

DEFAULT_LIMIT = 100
MAX_LIMIT = 500

_VERSIONS_DECODER = msgspec.msgpack.Decoder(tuple[list[RecordVersion], str | None])
_TIME = re.compile(r"\d{4}-\d\d-\d\d( \d\d:\d\d:\d\d(\.\d{3})?)?")


class OffsetPage(NamedTuple, Generic[T]):
    """A page of a list by offset; ``has_more`` says whether items follow."""

    items: list[T]
    start: int
    limit: int
    has_more: bool


class CursorPage(NamedTuple, Generic[T]):
    """A page of a list by cursor; ``next_cursor`` is None at the end."""

    items: list[T]
    next_cursor: str | None


class CursorRequest(Protocol):
    """The requested page of a list by cursor: its maximum number of items, and the cursor that it comes after."""

    @property
    def limit(self) -> int | None: ...

    @property
    def cursor(self) -> str | None: ...


class OffsetRequest(Protocol):
    """The requested page of a list by offset: the number of items before it, and its maximum number of items."""

    @property
    def start(self) -> int: ...

    @property
    def limit(self) -> int | None: ...


class SortRequest(Protocol):
    """The requested order: a column, and ``asc`` or ``desc``."""

    @property
    def sort_by(self) -> str: ...

    @property
    def sort_direction(self) -> str: ...


class Sorting(NamedTuple):
    """An order; by id unless it says otherwise."""

    sort_by: str = "id"
    sort_direction: str = "asc"


BY_ID = Sorting()
_BY_START = Sorting("start")


def page_size(limit: int | None, max_limit: int = MAX_LIMIT, default: int = DEFAULT_LIMIT) -> int:
    """Returns the page size to use: the requested one or the default, but not more than ``max_limit``."""
    return min(limit or default, max_limit)


def select_by_offset(
    crm: UnitOfWork,
    kind: RecordType[R],
    criteria: Criteria,
    page: OffsetRequest,
    order: Sequence[sa.ColumnElement[object]] = (),
    *,
    max_limit: int = MAX_LIMIT,
) -> OffsetPage[R]:
    """Returns a page of the records that meet ``criteria`` and that the actor sees.

    They are ordered by the terms ``order``, of which the last one is about the id; by id when there are none.
    """
    size = page_size(page.limit, max_limit)
    rows, more = select_rows_by_offset(
        crm, kind, sa.select(kind.table), criteria, order=order, start=page.start, size=size
    )
    return OffsetPage(kind.to_records(rows), page.start, size, more)


def select_rows_by_offset(
    crm: UnitOfWork,
    kind: RecordType[R],
    statement: sa.Select[Any],
    criteria: Criteria,
    *,
    order: Sequence[sa.ColumnElement[object]],
    start: int,
    size: int,
) -> tuple[list[tuple[Any, ...]], bool]:
    """Returns (rows of ``statement``, whether more follow) for records that meet ``criteria`` and that the actor sees.

    They start at offset ``start``, in the order of `select_by_offset`. The ids are found first: of the records before
    ``start`` nothing else is read.
    """
    columns = kind.table.c
    if isinstance(criteria, AnyOf):
        rows = _select_any(crm, kind, statement, criteria, order=order, start=start, size=size)
        return rows[:size], len(rows) > size
    fitting = _where_visible(crm, kind, sa.select(columns.id).where(*criteria))
    skipped = start
    if not order:
        skipped, last_id = page_cache.nearest_offset(crm, criteria, fitting, start)
        if last_id:
            fitting = fitting.where(columns.id > last_id)
    terms = order or (columns.id,)
    page = fitting.order_by(*terms).limit(size + 1).offset(skipped).correlate(None)
    rows = crm.db.rows(statement.where(columns.id.in_(page)).order_by(*terms))
    more = len(rows) > size
    if more and not order:
        page_cache.save_offset(crm, criteria, start + size, rows[size - 1][0])
    return rows[:size], more


def _select_any(
    crm: UnitOfWork,
    kind: RecordType[R],
    statement: sa.Select[Any],
    criteria: AnyOf,
    *,
    order: Sequence[sa.ColumnElement[object]],
    start: int,
    size: int,
) -> list[tuple[Any, ...]]:
    """Returns the rows of a page and one more, found among the first ones of each branch."""

    def arrange(query: sa.Select[Any], id: sa.ColumnElement[int]) -> sa.Select[Any]:
        return query.order_by(*order or (id,))

    found = _first_of_branches(crm, kind, criteria, start + size + 1, arrange)
    statement = statement.where(kind.table.c.id.in_(found)).order_by(*order or (kind.table.c.id,))
    return crm.db.rows(statement.limit(size + 1).offset(start))


def _first_of_branches(
    crm: UnitOfWork,
    kind: RecordType[R],
    criteria: AnyOf,
    limit: int,
    arrange: Callable[[sa.Select[Any], sa.ColumnElement[int]], sa.Select[Any]],
) -> sa.Select[Any] | sa.CompoundSelect[Any]:
    """Returns the query for the ids of the first records of each branch, which ``arrange`` orders by the column of the id."""
    columns = kind.table.c
    branches = []
    for branch in criteria.branches:
        if isinstance(branch, Through):
            id = branch.relation.c[branch.row_id]
            joined = branch.relation.join(kind.table, columns.id == id)
            query = sa.select(id.label("id")).select_from(joined).where(branch.criterion)
            if branch.repeats:
                query = query.distinct()
        else:
            id = columns.id
            query = sa.select(id).where(branch)
        query = arrange(_where_visible(crm, kind, query.where(*criteria.common)), id).limit(limit)
        branches.append(sa.select(query.subquery().c.id))
    return sa.union(*branches) if len(branches) > 1 else branches[0]


def select_all(crm: UnitOfWork, kind: RecordType[R], criteria: Criteria) -> list[R]:
    """Returns all records that meet ``criteria`` and that the actor sees, by id: for what belongs to one record."""
    statement = _where_visible(crm, kind, sa.select(kind.table).where(*criteria)).order_by(kind.table.c.id)
    return kind.to_records(crm.db.rows(statement))


def count(crm: UnitOfWork, kind: RecordType[R], criteria: Criteria) -> int:
    """Returns the number of records that meet ``criteria`` and that the actor sees."""
    found: int = crm.db.value(
        sa.select(sa.func.count()).select_from(
            _where_visible(crm, kind, sa.select(kind.table).where(*criteria)).subquery()
        )
    )
    return found


def updated_between(
    kind: RecordType[R], since: datetime | None, until: datetime | None
) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria for records last changed at or after ``since`` and before ``until``."""
    column = kind.table.c.update_time
    found = []
    if since is not None:
        found.append(column >= format_time(since))
    if until is not None:
        found.append(column < format_time(until))
    return found


def paginate_list(items: Sequence[T], page: OffsetRequest) -> OffsetPage[T]:
    """Returns a page by offset of a list that is in memory as a whole."""
    size = page_size(page.limit)
    end = page.start + size
    return OffsetPage(list(items[page.start : end]), page.start, size, len(items) > end)


def paginate_iterable(items: Iterable[T], start: int, limit: int | None) -> OffsetPage[T]:
    """Returns a page by offset of an iterable, which is read no further than the page goes."""
    size = page_size(limit)
    found = list(islice(items, start, start + size + 1))
    return OffsetPage(found[:size], start, size, len(found) > size)


def single_page(items: Sequence[T]) -> OffsetPage[T]:
    """Returns all items as one page."""
    return OffsetPage(list(items), 0, max(DEFAULT_LIMIT, len(items)), False)


def select_by_cursor(
    crm: UnitOfWork, kind: RecordType[R], criteria: Criteria, page: CursorRequest, sorting: SortRequest = BY_ID
) -> CursorPage[R]:
    """Returns the records that meet ``criteria`` and that the actor sees, after the cursor.

    A cursor's own order wins over ``sorting``.
    """
    size = page_size(page.limit)
    order, statement = _after_cursor(crm, kind, sa.select(kind.table), criteria, page.cursor, sorting, size)
    records = kind.to_records(crm.db.rows(statement.limit(size + 1)))
    if len(records) <= size:
        return CursorPage(records, None)
    last = records[size - 1]
    last_id = last.id  # type: ignore[attr-defined]
    return CursorPage(records[:size], encode_cursor(order, getattr(last, order.sort_by), last_id))


def select_versions_by_cursor(
    crm: UnitOfWork, kind: RecordType[R], criteria: Criteria, page: CursorRequest, sorting: SortRequest
) -> CursorPage[RecordVersion]:
    """Returns the versions of the records that `select_by_cursor` returns, without reading the records."""
    position = (sorting.sort_by, sorting.sort_direction, page.limit, page.cursor)

    def find() -> tuple[list[RecordVersion], str | None]:
        return _find_versions_by_cursor(crm, kind, criteria, page, sorting)

    return CursorPage(*page_cache.get_or_set(crm, criteria, position, _VERSIONS_DECODER, find))


def _find_versions_by_cursor(
    crm: UnitOfWork, kind: RecordType[R], criteria: Criteria, page: CursorRequest, sorting: SortRequest
) -> tuple[list[RecordVersion], str | None]:
    size = page_size(page.limit)
    columns = kind.table.c
    sort_by = sorting.sort_by if page.cursor is None else decode_cursor(page.cursor)[0].sort_by
    if sort_by not in columns:
        raise _invalid_cursor()
    versions = sa.select(columns.id, columns.revision, columns[sort_by])
    order, statement = _after_cursor(crm, kind, versions, criteria, page.cursor, sorting, size)
    rows = crm.db.rows(statement.limit(size + 1))
    found = [pack_version(row[0], row[1]) for row in rows[:size]]
    last = rows[size - 1] if len(rows) > size else None
    return found, encode_cursor(order, last[-1], last[0]) if last else None


def _after_cursor(
    crm: UnitOfWork,
    kind: RecordType[R],
    base: sa.Select[Any],
    criteria: Criteria,
    cursor: str | None,
    sorting: SortRequest,
    size: int,
) -> tuple[SortRequest, sa.Select[Any]]:
    """Returns the order to use, and the query for the items after a cursor; ``size`` of them are wanted."""
    columns = kind.table.c
    position: tuple[object, int] | None = None
    if cursor is not None:
        sorting, value, last_id = decode_cursor(cursor)
        _check_value(kind, sorting.sort_by, value)
        position = (value, last_id)
    by_id = sorting.sort_by == columns.id.name

    def arrange(query: sa.Select[Any], id: sa.ColumnElement[int]) -> sa.Select[Any]:
        column: sa.ColumnElement[Any] = id if by_id else columns[sorting.sort_by]
        if position is not None:
            query = query.where(_after_criterion(column, id, *position, sorting.sort_direction))
        return query.order_by(*_order_by(column, id, sorting.sort_direction))

    if isinstance(criteria, AnyOf):
        found = _first_of_branches(crm, kind, criteria, size + 1, arrange)
        return sorting, arrange(base.where(columns.id.in_(found)), columns.id)
    return sorting, arrange(_where_visible(crm, kind, base.where(*criteria)), columns.id)


def paginate_list_by_cursor(items: Sequence[R], page: CursorRequest, sorting: SortRequest = BY_ID) -> CursorPage[R]:
    """Returns a page by cursor of records that are in memory as a whole."""
    size = page_size(page.limit)
    last_key: tuple[str, int] | None = None
    if page.cursor is not None:
        sorting, value, last_id = decode_cursor(page.cursor)
        if items:
            _check_attribute(type(items[0]), sorting.sort_by, value)
        last_key = (_sort_key(value), last_id)

    def key(item: R) -> tuple[str, int]:
        return _sort_key(getattr(item, sorting.sort_by)), item.id  # type: ignore[attr-defined]

    descending = sorting.sort_direction == "desc"
    ordered = sorted(items, key=key, reverse=descending)
    if last_key is not None:
        ordered = [item for item in ordered if (key(item) < last_key if descending else key(item) > last_key)]
    shown = ordered[:size]
    more = len(ordered) > size
    end = encode_cursor(sorting, getattr(shown[-1], sorting.sort_by), key(shown[-1])[1]) if more else None
    return CursorPage(shown, end)


def _sort_key(value: object) -> str:
    """Returns a value as text that sorts as the value does; None comes first."""
    return f"{value:020d}" if isinstance(value, int) else "" if value is None else str(value)


def encode_cursor(sorting: SortRequest, value: object, id: int) -> str:
    """Returns an opaque cursor for the last item of a page: the order, and the item's value and id."""
    marker = {"field": sorting.sort_by, "fieldValue": value, "sortDirection": sorting.sort_direction, "id": id}
    return base64.urlsafe_b64encode(orjson.dumps(marker)).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[Sorting, object, int]:
    """Returns the arguments that `encode_cursor` got. Raises `Invalid` for anything that is no cursor."""
    try:
        marker = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=_Marker)
    except ValueError:
        raise _invalid_cursor() from None
    if marker.field == "id" and type(marker.value) is not int:
        raise _invalid_cursor()
    return Sorting(marker.field, marker.direction), marker.value, marker.id


def decode_time_cursor(cursor: str, order: Sorting) -> tuple[str, int]:
    """Returns the time, with milliseconds, and the id of a cursor for a list that is ordered so. Raises `Invalid` for any other."""
    sorting, time, id = decode_cursor(cursor)
    try:
        if sorting != order:
            raise ValueError(sorting)
        return format_time_ms(parse_time(str(time))), id
    except ValueError:
        raise Invalid("is not a cursor of this list", "cursor") from None


def encode_offset_cursor(found: OffsetPage[T]) -> str | None:
    """Returns a cursor for lists that are ordered by position only: the offset of the next page, None at the end."""
    return encode_cursor(_BY_START, None, found.start + found.limit) if found.has_more else None


def decode_offset_cursor(cursor: str | None) -> int:
    """Returns the offset that `encode_offset_cursor` wrote; 0 without a cursor. Raises `Invalid` for anything else."""
    if cursor is None:
        return 0
    sorting, _, start = decode_cursor(cursor)
    if sorting.sort_by != _BY_START.sort_by:
        raise _invalid_cursor()
    return start


class _Marker(msgspec.Struct):
    """The content of a cursor."""

    field: str
    value: int | float | str | None = msgspec.field(name="fieldValue")
    direction: Literal["asc", "desc"] = msgspec.field(name="sortDirection")
    id: Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


def _check_value(kind: RecordType[R], name: str, value: object) -> None:
    """Raises `Invalid` unless a cursor's value is one that this column of a record type may hold."""
    _check_attribute(kind.record_class, name, value)
    if name in kind.json_columns:
        raise _invalid_cursor()
    if isinstance(value, str):
        if "\0" in value:
            raise _invalid_cursor()
        if name not in kind.text_columns:
            _check_time(value)


def _check_time(value: str) -> None:
    try:
        if not _TIME.fullmatch(value):
            raise ValueError(value)
        datetime.fromisoformat(value)
    except ValueError:
        raise _invalid_cursor() from None


@functools.cache
def _column_types(record: type[Record]) -> dict[str, Any]:
    return {field.name: field.type for field in msgspec.structs.fields(record)}


def _check_attribute(record: type[R], name: str, value: object) -> None:
    declared = _column_types(record).get(name)
    if declared is None or declared is bool:
        raise _invalid_cursor()
    try:
        msgspec.convert(value, declared)
    except msgspec.ValidationError:
        raise _invalid_cursor() from None


def _invalid_cursor() -> Invalid:
    return Invalid("is not a cursor of this list", "cursor")


def _order_by(
    column: sa.ColumnElement[object], id_column: sa.ColumnElement[int], direction: str
) -> list[sa.ColumnElement[Any]]:
    """Returns the order by a column and, among equal values, by id.

    Records without a value come first (``asc``) or last (``desc``) on both databases.
    """
    terms = [] if column is id_column else [directed(column, direction, nullable=is_nullable(column))]
    return [*then_by_id(terms, id_column, direction)]


def _after_criterion(
    column: sa.ColumnElement[object], id_column: sa.ColumnElement[int], value: object, last_id: int, direction: str
) -> sa.ColumnElement[bool]:
    """Returns the criterion for items that come after a value and an id in the order of `_order_by`."""
    id_beyond = id_column < last_id if direction == "desc" else id_column > last_id
    if column is id_column:
        return id_beyond
    if value is None:
        same = column.is_(None) & id_beyond
        return same if direction == "desc" else same | column.is_not(None)
    # Compared together, the two lead to a place in an index of both.
    here, last = (
        sa.tuple_(column, id_column),
        sa.tuple_(sa.literal(value, column.type), sa.literal(last_id, id_column.type)),
    )
    if direction == "desc":
        return (here < last) | column.is_(None) if is_nullable(column) else here < last
    return here > last


def _where_visible(crm: UnitOfWork, kind: RecordType[R], statement: sa.Select[Any]) -> sa.Select[Any]:
    criterion = access.visible(crm, kind)
    return statement if criterion is None else statement.where(criterion)
