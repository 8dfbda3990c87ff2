"""Reading and writing records of any kind: the change log and the index of searches are written here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, changes, webhook_events
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kinds import Kind, Record
from dealwright.crm.search import indexing
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, dumps, loads

R = TypeVar("R", bound=Record)

EDITORS = ("update_user_id", "last_update_user_id")
"""Columns that say who changed a record last."""

SILENT = frozenset({"update_time", "first_char", "delete_time", "uuid", "content_key", *EDITORS})
"""Columns that follow from others and are not worth a line in the change log."""

_NOTHING: tuple[Json, ...] = (None, [], {})


def find(crm: Crm, kind: Kind[R], id: int) -> R | None:
    """A record that the actor sees, deleted or not; None when there is none."""
    seen_by_actor = access.visible(crm, kind)
    if seen_by_actor is not None:
        return _find(crm, kind, seen_by_actor, kind.table.c.id == id)
    found = kind.records(crm.db.run(kind.by_id_to_change if crm.writes else kind.by_id, {"id": id}))
    return found[0] if found else None


def find_by(crm: Crm, kind: Kind[R], *criteria: sa.ColumnElement[bool]) -> R | None:
    """The one record that fits and that the actor sees, deleted or not; None when there is none."""
    return _find(crm, kind, access.visible(crm, kind), *criteria)


def _find(
    crm: Crm, kind: Kind[R], seen_by_actor: sa.ColumnElement[bool] | None, *criteria: sa.ColumnElement[bool]
) -> R | None:
    statement = sa.select(kind.table).where(*criteria)
    if seen_by_actor is not None:
        statement = statement.where(seen_by_actor)
    if crm.writes:
        # See `Kind.by_id_to_change`.
        statement = statement.with_for_update()
    row = crm.db.row(statement)
    return kind.records([row])[0] if row else None


def get(crm: Crm, kind: Kind[R], id: int, *, deleted: bool = False) -> R:
    """A record that the actor sees. Raises `NotFound`; deleted ones are found only when asked for."""
    record = find(crm, kind, id)
    if record is None or (not deleted and getattr(record, "is_deleted", False)):
        raise NotFound(f"{kind.noun} not found")
    return record


def linked(crm: Crm, kind: Kind[R], id: object, path: str) -> R | None:
    """The record that another one is to point at; None for none. Raises `Invalid` when there is no such record."""
    if id is None:
        return None
    assert isinstance(id, int)
    record = find(crm, kind, id)
    if record is None or getattr(record, "is_deleted", False):
        raise Invalid(f"{kind.noun} not found", path)
    return record


def many(crm: Crm, kind: Kind[R], ids: Iterable[int | None]) -> dict[int, R]:
    """Records by id, whoever may see them: for what is shown inside other records."""
    wanted = sorted({id for id in ids if id is not None})
    if not wanted:
        return {}
    if len(wanted) == 1:
        rows = crm.db.run(kind.by_id, {"id": wanted[0]})
    else:
        rows = crm.db.rows(sa.select(kind.table).where(kind.table.c.id.in_(wanted)))
    return {record.id: record for record in kind.records(rows)}  # type: ignore[attr-defined]


def seen(crm: Crm, kind: Kind[R], ids: Iterable[int]) -> frozenset[int]:
    """Those of some records that the actor sees."""
    wanted = sorted(set(ids))
    criterion = access.visible(crm, kind)
    if criterion is None or not wanted:
        return frozenset(wanted)
    return frozenset(crm.db.values(sa.select(kind.table.c.id).where(kind.table.c.id.in_(wanted), criterion)))


def plain(crm: Crm, kind: Kind[R], ids: Iterable[int]) -> dict[int, R]:
    """Records by id as `many` gives them, but without their counts (see `Kind.plain`)."""
    rows = crm.db.rows(kind.plain.where(kind.table.c.id.in_(sorted(ids))))
    return {record.id: record for record in kind.records(rows)}  # type: ignore[attr-defined]


def select(crm: Crm, kind: Kind[R], *criteria: sa.ColumnElement[bool]) -> list[R]:
    """All records that fit, whoever may see them."""
    return kind.records(crm.db.rows(sa.select(kind.table).where(*criteria).order_by(kind.table.c.id)))


def insert(crm: Crm, kind: Kind[R], values: Values, *, beside: Sequence[changes.FieldChange] = ()) -> int:
    """Adds a record and logs its first values; its id. Custom fields without a value are left out.

    ``beside`` are values of it that the caller keeps in other tables: they are logged only.
    """
    if "custom_fields" in values:
        given = _custom(values["custom_fields"])
        values = {**values, "custom_fields": {key: value for key, value in given.items() if value is not None}}
    id = crm.db.insert(kind.table, stored(kind, values))
    logged = [*first_values(values), *beside]
    changes.record(crm, kind.object, id, "create", logged)
    webhook_events.note(crm, kind, id, "create", None, logged)
    indexing.added(crm, kind, id, values)
    return id


def update(
    crm: Crm,
    kind: Kind[R],
    record: R,
    values: Values,
    *,
    action: changes.Action = "update",
    is_bulk: bool = False,
    beside: Sequence[changes.FieldChange] = (),
) -> R:
    """Changes a record and logs what really changed; the record as it is now.

    ``custom_fields`` in ``values`` holds only the keys that change. ``beside`` are changes that the caller has made to it in
    other tables. Nothing is written when nothing changes.
    """

    def old(name: str) -> Json:
        value: Json = getattr(record, name)
        return loads(value) if isinstance(value, str) and name in kind.json_columns else value

    changed, changed_fields = differences(old, values)
    if not changed and not beside:
        return record
    if "update_time" in kind.table.c:
        changed.setdefault("update_time", _now(crm, kind))
    changed |= {name: crm.actor.id for name in EDITORS if name in kind.table.c}
    id: int = record.id  # type: ignore[attr-defined]
    crm.db.update(kind.table, id, stored(kind, changed))
    logged = [*changed_fields, *beside]
    changes.record(crm, kind.object, id, action, logged, is_bulk=is_bulk)
    webhook_events.note(crm, kind, id, action, record, logged, is_bulk=is_bulk)
    now = reread(crm, kind, id)
    indexing.changed(crm, kind, id, now, changed)
    return now


def touch(crm: Crm, kind: Kind[R], ids: Iterable[int | None]) -> None:
    """Says that something has happened about records, which counts as a change of them."""
    for record in many(crm, kind, ids).values():
        update(crm, kind, record, {"update_time": _now(crm, kind)})


def delete(crm: Crm, kind: Kind[R], record: R, *, is_bulk: bool = False) -> R:
    """Marks a record as deleted; it is removed for good 30 days later."""
    values: Values = {"is_deleted": True}
    if "delete_time" in kind.table.c:
        values["delete_time"] = crm.now
    return update(crm, kind, record, values, action="delete", is_bulk=is_bulk)


def reread(crm: Crm, kind: Kind[R], id: int) -> R:
    """The record as it stands in this unit of work."""
    return kind.records(crm.db.run(kind.by_id, {"id": id}))[0]


def chosen(crm: Crm, kind: Kind[R], ids: Sequence[int]) -> list[R]:
    """The live records among ``ids`` that the actor sees, in the order of the ids."""
    found = {id: record for id in ids if (record := find(crm, kind, id)) and not getattr(record, "is_deleted", False)}
    return list(found.values())


def first_values(values: Values) -> list[changes.FieldChange]:
    """What the change log says about a new record: every value that it begins with."""
    first: list[changes.FieldChange] = [
        (name, None, value)
        for name, value in values.items()
        if (value or value not in _NOTHING) and name not in SILENT and name != "custom_fields"
    ]
    return first + [(name, None, value) for name, value in _custom(values.get("custom_fields")).items()]


def differences(old: Callable[[str], Json], values: Values) -> tuple[Values, list[changes.FieldChange]]:
    """What of some values really changes a record, and what the change log says about it; ``old`` knows its values so far."""
    changed: Values = {}
    found: list[changes.FieldChange] = []
    for name, new in values.items():
        before = old(name)
        if name == "custom_fields":
            kept, given = _custom(before), _custom(new)
            touched = {key: value for key, value in given.items() if kept.get(key) != value}
            if touched:
                merged: dict[str, Json] = {key: value for key, value in (kept | touched).items() if value is not None}
                changed[name] = merged
                found += [(key, kept.get(key), value) for key, value in touched.items()]
        elif before != new:
            changed[name] = new
            if name not in SILENT:
                found.append((name, before, new))
    return changed, found


def stored(kind: Kind[R], values: Values) -> dict[str, object]:
    """Values as the columns hold them: JSON as its text."""
    found: dict[str, object] = dict(values)
    for name in kind.json_columns:
        if found.get(name) is not None:
            found[name] = dumps(found[name])
    return found


def _now(crm: Crm, kind: Kind[R]) -> str:
    """This unit's moment as records of a kind keep it."""
    return crm.now3 if kind.to_milliseconds else crm.now


def _custom(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
