"""The changes of a record, field by field, read from the change log and named as fields are named in v1.

The creation of a record is listed as a change of its ``add_time``; its other initial values are not listed.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.fields import custom, system
from dealwright.crm.fields.types.field_type import to_text
from dealwright.crm.kernel import changes, pages, records
from dealwright.crm.kernel.pages import CursorPage, CursorRequest
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.storage import tables

HIDDEN_COLUMNS = frozenset({"first_won_time", "local_won_date", "local_lost_date", "local_close_date", "custom_fields"})
"""Columns that are not fields, or that are derived from one."""

_NEWEST_FIRST = pages.Sorting(sort_direction="desc")


class Change(NamedTuple):
    """A change of one field, named by its v1 key. Values are in the format of v1; ``time`` is in whole seconds."""

    id: int
    key: str
    old: Json
    new: Json
    actor_user_id: int
    time: str
    source: str
    user_agent: str | None
    is_bulk: bool


class ChangedFields(NamedTuple):
    """What one change of a record did to its fields: the values before and after, named and written as in v2."""

    id: int
    old: dict[str, Json]
    new: dict[str, Json]
    actor_user_id: int
    time: str
    source: str
    user_agent: str | None


class _Entry(NamedTuple):
    """One row of the change log."""

    id: int
    time: str
    actor_user_id: int
    action: str
    fields: str
    source: str
    user_agent: str | None
    is_bulk: bool


def changelog(crm: UnitOfWork, kind: RecordType[Any], id: int, page: CursorRequest) -> CursorPage[Change]:
    """Returns a page of the changes of a record's fields, the newest first, with texts as values. Raises `NotFound`.

    Fields of several parts have a change for each part. The cursor holds the id of the last entry of the page, and how
    many of its changes were listed already.
    """
    record = records.get(crm, kind, id, deleted=True)
    size = pages.page_size(page.limit)
    last_id, skip_count = _decode_position(page.cursor)
    found: list[tuple[int, int, Change]] = []
    for entry in _newest(crm, kind, id, last_id, size + 1):
        for number, change in enumerate(_text_changes(crm, kind, record, entry), 1):
            if entry.id != last_id or number > skip_count:
                found.append((entry.id, number, change))
        if len(found) > size:
            break
    shown = found[:size]
    end = pages.encode_cursor(_NEWEST_FIRST, shown[-1][1], shown[-1][0]) if len(found) > size else None
    return CursorPage([change for _, _, change in shown], end)


def changed_fields(crm: UnitOfWork, kind: RecordType[Any], id: int, page: CursorRequest) -> CursorPage[ChangedFields]:
    """Returns a page of the changes of a record, the newest first, each with all of its fields. Raises `NotFound`.

    The cursor holds the id of the last entry of the page.
    """
    records.get(crm, kind, id)
    size = pages.page_size(page.limit)
    last_id, _ = _decode_position(page.cursor)
    found: list[ChangedFields] = []
    for entry in _newest(crm, kind, id, last_id, size + 1):
        if entry.id != last_id and (changed := _changed_fields(kind, entry)) is not None:
            found.append(changed)
        if len(found) > size:
            break
    shown = found[:size]
    end = pages.encode_cursor(_NEWEST_FIRST, 0, shown[-1].id) if len(found) > size else None
    return CursorPage(shown, end)


def changes_at(
    crm: UnitOfWork, kind: RecordType[Any], record: Record, positions: Iterable[tuple[int, int]]
) -> dict[tuple[int, int], Change]:
    """Returns changes by entry id and position in the entry.

    Texts and numbers are in the format of v1, all other values are text.
    """
    wanted = sorted(set(positions))
    columns = tables.changes.c
    entries = {entry.id: entry for entry in _entries(crm, columns.id.in_(sorted({entry_id for entry_id, _ in wanted})))}
    found = {}
    for entry_id, position in wanted:
        entry = entries[entry_id]
        name, old, new = loads(entry.fields)[position]
        found[entry_id, position] = _change(entry, position, *_value(crm, kind, record, name, old, new))
    return found


def visible_columns(kind: RecordType[Any]) -> list[str]:
    """Returns the columns whose changes are listed: those of fields, without the counts after ``custom_fields``."""
    names = list(kind.table.c.keys())
    kept = names[: names.index("custom_fields")]
    return [name for name in kept if name not in HIDDEN_COLUMNS and name not in records.UNLOGGED_COLUMNS]


def _decode_position(cursor: str | None) -> tuple[int | None, int]:
    if cursor is None:
        return None, 0
    _, skip_count, last_id = pages.decode_cursor(cursor)
    return last_id, skip_count if isinstance(skip_count, int) else 0


def _newest(crm: UnitOfWork, kind: RecordType[Any], id: int, last_id: int | None, chunk: int) -> Iterator[_Entry]:
    """Yields the entries about a record itself, from ``last_id`` backwards, read in chunks."""
    columns = tables.changes.c
    criteria = [columns.object == kind.object, columns.record_id == id, columns.action.in_(changes.RECORD_ACTIONS)]
    start = [] if last_id is None else [columns.id <= last_id]
    while True:
        entries = _entries(crm, *criteria, *start, limit=chunk)
        yield from entries
        if len(entries) < chunk:
            return
        start = [columns.id < entries[-1].id]


def _entries(crm: UnitOfWork, *criteria: sa.ColumnElement[bool], limit: int | None = None) -> list[_Entry]:
    columns = tables.changes.c
    statement = sa.select(*(columns[name] for name in _Entry._fields)).where(*criteria).order_by(columns.id.desc())
    return [_Entry(*row) for row in crm.db.rows(statement if limit is None else statement.limit(limit))]


def _text_changes(crm: UnitOfWork, kind: RecordType[Any], record: Record, entry: _Entry) -> list[Change]:
    """Returns the changes in an entry, with texts as values."""
    visible = frozenset({"add_time"} if entry.action == "create" else visible_columns(kind))
    found = []
    for position, (name, old, new) in enumerate(loads(entry.fields)):
        if name in visible:
            key, before, after = _v1_change(kind, record, name, old, new)
            found.append(_change(entry, position, key, _text(before), _text(after)))
        elif len(name) == custom.KEY_LENGTH and entry.action != "create":
            for key, texts in _parts(crm, kind, name, old, new).items():
                found.append(_change(entry, position, key, *texts))
    return found


def _changed_fields(kind: RecordType[Any], entry: _Entry) -> ChangedFields | None:
    """Returns an entry with the values of fields, as v2 names them; None when it has none."""
    old: dict[str, Json] = {}
    new: dict[str, Json] = {}
    for name, before, after in loads(entry.fields):
        code = system.to_v2_code(kind.object, name)
        if len(name) == custom.KEY_LENGTH or code in _codes(kind):
            old[code], new[code] = before, after
    if not new:
        return None
    return ChangedFields(entry.id, old, new, entry.actor_user_id, entry.time, entry.source, entry.user_agent)


@functools.cache
def _codes(kind: RecordType[Any]) -> frozenset[str]:
    """Returns the codes that the system fields of a record type have in v2."""
    fields = system.SYSTEM_FIELDS[kind.object].fields
    return frozenset(system.to_v2_code(kind.object, field.key) for field in fields)


def _value(
    crm: UnitOfWork, kind: RecordType[Any], record: Record, name: str, old: Json, new: Json
) -> tuple[str, Json, Json]:
    """Returns key, old and new value of a change; for a custom field of several parts, of the first changed part."""
    if len(name) == custom.KEY_LENGTH and (isinstance(old, dict) or isinstance(new, dict)):
        return next((key, *texts) for key, texts in _parts(crm, kind, name, old, new).items())
    key, before, after = _v1_change(kind, record, name, old, new)
    return key, _plain_value(before), _plain_value(after)


def _parts(
    crm: UnitOfWork, kind: RecordType[Any], name: str, old: Json, new: Json
) -> Mapping[str, tuple[str | None, str | None]]:
    """Returns the texts of a custom field before and after, by the v1 key of each part that has changed."""
    before, after = (custom.format_texts_v1(crm, kind.object, name, value) for value in (old, new))
    keys = {name: None} | dict.fromkeys(before) | dict.fromkeys(after)
    changed = {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}
    return changed or {name: (before.get(name), after.get(name))}


def _v1_change(kind: RecordType[Any], record: Record, name: str, old: Json, new: Json) -> tuple[str, Json, Json]:
    """Returns the v1 key of a field, and its old and new value under that key."""
    if name != "is_deleted":
        return (name if len(name) == custom.KEY_LENGTH else system.to_v1_key(kind.object, name)), old, new
    if kind.object == "deal":
        status: str = record.status  # type: ignore[attr-defined]
        return "status", "deleted" if old else status, "deleted" if new else status
    return "active_flag", not old, not new


def _text(value: Json) -> str | None:
    """Returns a value as text; for addresses, e-mail addresses and phone numbers, their ``value``."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return to_text(value.get("value"))
    if isinstance(value, list):
        return ",".join(_text(member) or "" for member in value) or None
    return to_text(value)


def _plain_value(value: Json) -> Json:
    """Returns lists and objects as text, whole numbers as integers, and other values unchanged."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _text(value) if isinstance(value, list | dict) else value


def _change(entry: _Entry, position: int, key: str, old: Json, new: Json) -> Change:
    return Change(
        # Unique among all changes, unlike the id of the entry.
        id=entry.id * 1000 + position,
        key=key,
        old=old,
        new=new,
        actor_user_id=entry.actor_user_id,
        time=entry.time[:19],
        source=entry.source,
        user_agent=entry.user_agent,
        is_bulk=bool(entry.is_bulk),
    )
