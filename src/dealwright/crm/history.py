"""What changed in a record, field by field, read from the change log and told under the names that v1 has for fields.

That a record was added is told as a change of its ``add_time``, what else it began with is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import changes, pages, records
from dealwright.crm.fields import custom, system
from dealwright.crm.fields.types.kind import text
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.pages import CursorPage
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.storage import tables

UNTOLD = frozenset({"first_won_time", "local_won_date", "local_lost_date", "local_close_date", "custom_fields"})
"""Columns that are no field, or follow from one."""


class Change(NamedTuple):
    """A change of one field, named by its v1 key. The values are as v1 writes them; ``time`` is in whole seconds."""

    id: int
    key: str
    old: Json
    new: Json
    actor_user_id: int
    time: str
    source: str
    user_agent: str | None
    is_bulk: bool


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


def changelog(
    crm: Crm, kind: Kind[Any], id: int, limit: int | None = None, cursor: str | None = None
) -> CursorPage[Change]:
    """The changes of a record's fields, the newest first, with texts as values. Raises `NotFound`.

    Fields of several parts have a change for each part. The cursor names the last entry of the page, and how many of its
    changes are told already.
    """
    record = records.get(crm, kind, id, deleted=True)
    size = pages.clamped(limit)
    last_id, told = _position(cursor)
    found: list[tuple[int, int, Change]] = []
    for entry in _newest(crm, kind, id, last_id, size + 1):
        for number, change in enumerate(_texts(crm, kind, record, entry), 1):
            if entry.id != last_id or number > told:
                found.append((entry.id, number, change))
        if len(found) > size:
            break
    shown = found[:size]
    end = pages.write_cursor("id", "desc", shown[-1][1], shown[-1][0]) if len(found) > size else None
    return CursorPage([change for _, _, change in shown], end)


def at(crm: Crm, kind: Kind[Any], record: Record, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Change]:
    """Changes by the id of the entry and their position in it; texts and numbers are as v1 writes them, all else is text."""
    wanted = sorted(set(places))
    columns = tables.changes.c
    entries = {entry.id: entry for entry in _entries(crm, columns.id.in_(sorted({entry_id for entry_id, _ in wanted})))}
    found = {}
    for entry_id, position in wanted:
        entry = entries[entry_id]
        name, old, new = loads(entry.fields)[position]
        found[entry_id, position] = _change(entry, position, *_value(crm, kind, record, name, old, new))
    return found


def told_columns(kind: Kind[Any]) -> list[str]:
    """The columns whose changes are told: those of fields, without the counts, which follow the custom fields."""
    names = list(kind.table.c.keys())
    kept = names[: names.index("custom_fields")]
    return [name for name in kept if name not in UNTOLD and name not in records.SILENT]


def _position(cursor: str | None) -> tuple[int | None, int]:
    if cursor is None:
        return None, 0
    _, _, told, last_id = pages.read_cursor(cursor)
    return last_id, told if isinstance(told, int) else 0


def _newest(crm: Crm, kind: Kind[Any], id: int, last_id: int | None, chunk: int) -> Iterator[_Entry]:
    """The entries about a record itself, from ``last_id`` backwards, read some at a time."""
    columns = tables.changes.c
    criteria = [columns.object == kind.object, columns.record_id == id, columns.action.in_(changes.OF_RECORDS)]
    start = [] if last_id is None else [columns.id <= last_id]
    while True:
        entries = _entries(crm, *criteria, *start, limit=chunk)
        yield from entries
        if len(entries) < chunk:
            return
        start = [columns.id < entries[-1].id]


def _entries(crm: Crm, *criteria: sa.ColumnElement[bool], limit: int | None = None) -> list[_Entry]:
    columns = tables.changes.c
    statement = sa.select(*(columns[name] for name in _Entry._fields)).where(*criteria).order_by(columns.id.desc())
    return [_Entry(*row) for row in crm.db.rows(statement if limit is None else statement.limit(limit))]


def _texts(crm: Crm, kind: Kind[Any], record: Record, entry: _Entry) -> list[Change]:
    """What an entry tells, with texts as values."""
    told = frozenset({"add_time"} if entry.action == "create" else told_columns(kind))
    found = []
    for position, (name, old, new) in enumerate(loads(entry.fields)):
        if name in told:
            key, before, after = _named(kind, record, name, old, new)
            found.append(_change(entry, position, key, _text(before), _text(after)))
        elif len(name) == custom.KEY_LENGTH and entry.action != "create":
            for key, texts in _parts(crm, kind, name, old, new).items():
                found.append(_change(entry, position, key, *texts))
    return found


def _value(crm: Crm, kind: Kind[Any], record: Record, name: str, old: Json, new: Json) -> tuple[str, Json, Json]:
    """The key and the values of one field's change; of a custom field's parts, the first that has changed."""
    if len(name) == custom.KEY_LENGTH and (isinstance(old, dict) or isinstance(new, dict)):
        return next((key, *texts) for key, texts in _parts(crm, kind, name, old, new).items())
    key, before, after = _named(kind, record, name, old, new)
    return key, _plain(before), _plain(after)


def _parts(crm: Crm, kind: Kind[Any], name: str, old: Json, new: Json) -> Mapping[str, tuple[str | None, str | None]]:
    """The texts of a custom field before and after, by the v1 key of each part that has changed."""
    before, after = (custom.texts_v1(crm, kind.object, name, value) for value in (old, new))
    keys = {name: None} | dict.fromkeys(before) | dict.fromkeys(after)
    changed = {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}
    return changed or {name: (before.get(name), after.get(name))}


def _named(kind: Kind[Any], record: Record, name: str, old: Json, new: Json) -> tuple[str, Json, Json]:
    """The v1 key of a field, and its values under that key."""
    if name != "is_deleted":
        return (name if len(name) == custom.KEY_LENGTH else system.key(kind.object, name)), old, new
    if kind.object == "deal":
        status: str = record.status  # type: ignore[attr-defined]
        return "status", "deleted" if old else status, "deleted" if new else status
    return "active_flag", not old, not new


def _text(value: Json) -> str | None:
    """A value as text: of addresses, e-mail addresses and phone numbers what they say."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return text(value.get("value"))
    if isinstance(value, list):
        return ",".join(_text(member) or "" for member in value) or None
    return text(value)


def _plain(value: Json) -> Json:
    """A value that stands for itself as it is, whole numbers as integers; any other as text."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return _text(value) if isinstance(value, list | dict) else value


def _change(entry: _Entry, position: int, key: str, old: Json, new: Json) -> Change:
    return Change(
        # Unlike the entry's, unique among all changes.
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
