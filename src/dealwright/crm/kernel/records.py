"""Reads and writes records of any type.

Every write is recorded in the change log, and added to the changes of the unit of work, from which the search index and
webhook events are written before the commit (`crm.companies`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TypeVar

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access, changes, counters
from dealwright.crm.kernel.record_types import Action, FieldChange, Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, dumps, loads

R = TypeVar("R", bound=Record)

UPDATED_BY_COLUMNS = ("update_user_id", "last_update_user_id")
"""The columns with the user who changed a record last."""

UNLOGGED_COLUMNS = frozenset(
    {"update_time", "first_char", "delete_time", "uuid", "report_uuid", "content_key", *UPDATED_BY_COLUMNS}
)
"""Columns that follow from others and are not worth a line in the change log."""

_EMPTY_VALUES: tuple[Json, ...] = (None, [], {})
_UNLOGGED_AT_FIRST = UNLOGGED_COLUMNS | {"id", "custom_fields"}


def find(crm: UnitOfWork, kind: RecordType[R], id: int) -> R | None:
    """Returns a record that the actor sees, deleted or not; None when there is none."""
    criterion = access.visible(crm, kind)
    if criterion is not None:
        return _find(crm, kind, criterion, kind.table.c.id == id)
    _write_counts(crm, kind)
    found = kind.to_records(crm.db.run(kind.select_by_id_for_update if crm.writes else kind.select_by_id, {"id": id}))
    return found[0] if found else None


def find_by(crm: UnitOfWork, kind: RecordType[R], *criteria: sa.ColumnElement[bool]) -> R | None:
    """Returns the record that meets ``criteria`` and that the actor sees, deleted or not; None when there is none."""
    return _find(crm, kind, access.visible(crm, kind), *criteria)


def _find(
    crm: UnitOfWork, kind: RecordType[R], criterion: sa.ColumnElement[bool] | None, *criteria: sa.ColumnElement[bool]
) -> R | None:
    _write_counts(crm, kind)
    statement = sa.select(kind.table).where(*criteria)
    if criterion is not None:
        statement = statement.where(criterion)
    if crm.writes:
        # See `RecordType.select_by_id_for_update`.
        statement = statement.with_for_update()
    row = crm.db.row(statement)
    return kind.to_records([row])[0] if row else None


def get(crm: UnitOfWork, kind: RecordType[R], id: int, *, deleted: bool = False) -> R:
    """Returns a record that the actor sees. Raises `NotFound`, also for a deleted one unless ``deleted``."""
    record = find(crm, kind, id)
    if record is None or (not deleted and getattr(record, "is_deleted", False)):
        raise NotFound(f"{kind.noun} not found")
    return record


def require_linked(crm: UnitOfWork, kind: RecordType[R], id: object, path: str) -> R | None:
    """Returns the record that another one is to be linked to; None for no id.

    Raises `Invalid` when there is no such record.
    """
    if id is None:
        return None
    assert isinstance(id, int)
    record = find(crm, kind, id)
    if record is None or getattr(record, "is_deleted", False):
        raise Invalid(f"{kind.noun} not found", path)
    return record


def in_bulk(crm: UnitOfWork, kind: RecordType[R], ids: Iterable[int | None]) -> dict[int, R]:
    """Returns records by id, without an access check: for data that is shown inside other records."""
    wanted = sorted({id for id in ids if id is not None})
    if not wanted:
        return {}
    _write_counts(crm, kind)
    if len(wanted) == 1:
        rows = crm.db.run(kind.select_by_id, {"id": wanted[0]})
    else:
        rows = crm.db.rows(sa.select(kind.table).where(kind.table.c.id.in_(wanted)))
    return {record.id: record for record in kind.to_records(rows)}  # type: ignore[attr-defined]


def visible_ids(crm: UnitOfWork, kind: RecordType[R], ids: Iterable[int]) -> frozenset[int]:
    """Returns those of ``ids`` whose records the actor sees."""
    wanted = sorted(set(ids))
    criterion = access.visible(crm, kind) if wanted else None
    if criterion is None:
        return frozenset(wanted)
    return frozenset(crm.db.values(sa.select(kind.table.c.id).where(kind.table.c.id.in_(wanted), criterion)))


def in_bulk_without_counts(crm: UnitOfWork, kind: RecordType[R], ids: Iterable[int]) -> dict[int, R]:
    """Returns records by id as `in_bulk` does, but without their counts (see `RecordType.select_without_counts`)."""
    rows = crm.db.rows(kind.select_without_counts.where(kind.table.c.id.in_(sorted(ids))))
    return {record.id: record for record in kind.to_records(rows)}  # type: ignore[attr-defined]


def select(crm: UnitOfWork, kind: RecordType[R], *criteria: sa.ColumnElement[bool]) -> list[R]:
    """Returns all records that meet ``criteria``, without an access check."""
    _write_counts(crm, kind)
    return kind.to_records(crm.db.rows(sa.select(kind.table).where(*criteria).order_by(kind.table.c.id)))


def insert(
    crm: UnitOfWork,
    kind: RecordType[R],
    values: Values,
    *,
    extra_changes: Sequence[FieldChange] = (),
    linked_row: Record | None = None,
    counts: Mapping[str, int] = MappingProxyType({}),
    action: Action = "create",
) -> R:
    """Adds a record, logs its first values, and returns it. Custom fields without a value are left out.

    ``extra_changes`` are values that the caller keeps in other tables: they are logged only. ``linked_row`` is what the counts
    want (`counters.row_changed`); ``counts`` are those of rows that the caller adds next. The ``action`` of one that was removed
    and comes back, with its ``id`` among the values, is ``restore``.
    """
    if "custom_fields" in values:
        given = _as_dict(values["custom_fields"])
        values = {**values, "custom_fields": {key: value for key, value in given.items() if value is not None}}
    [record] = kind.to_records([crm.db.insert_returning(kind.table, to_columns(kind, values) | dict(counts))])
    id: int = record.id  # type: ignore[attr-defined]
    logged = [*initial_changes(values), *extra_changes]
    changes.log_change(crm, kind.object, id, action, logged)
    crm.add_change(kind, id, None, action, values, logged)
    counters.record_added(crm, kind, id, values, linked_row)
    for name, number in counts.items():
        # Their rows will add it once more.
        crm.pending_counts.add(kind, getattr(record, kind.key.name), name, -number)
    return record


def update(
    crm: UnitOfWork,
    kind: RecordType[R],
    record: R,
    values: Values,
    *,
    action: Action = "update",
    is_bulk: bool = False,
    extra_changes: Sequence[FieldChange] = (),
) -> R:
    """Changes a record, logs the values that really changed, and returns the record as it is now.

    ``custom_fields`` in ``values`` holds only the keys that change. ``extra_changes`` are changes that the caller has
    made in other tables. Nothing is written when nothing changes.
    """

    def old(name: str) -> Json:
        value: Json = getattr(record, name)
        return loads(value) if isinstance(value, str) and name in kind.json_columns else value

    changed, changed_fields = differences(old, values)
    if not changed and not extra_changes:
        return record
    if "update_time" in kind.table.c:
        changed.setdefault("update_time", _now(crm, kind))
    changed |= {name: crm.actor.id for name in UPDATED_BY_COLUMNS if name in kind.table.c}
    id: int = record.id  # type: ignore[attr-defined]
    crm.db.update(kind.table, id, to_columns(kind, changed))
    logged = [*changed_fields, *extra_changes]
    changes.log_change(crm, kind.object, id, action, logged, is_bulk=is_bulk)
    crm.add_change(kind, id, record, action, changed, logged, is_bulk=is_bulk)
    after = refresh(crm, kind, id)
    counters.record_changed(crm, kind, record, after)
    return after


def touch(crm: UnitOfWork, kind: RecordType[R], ids: Iterable[int | None]) -> None:
    """Sets the ``update_time`` of records to now, which counts as a change of them."""
    for record in in_bulk(crm, kind, ids).values():
        update(crm, kind, record, {"update_time": _now(crm, kind)})


def delete(crm: UnitOfWork, kind: RecordType[R], record: R, *, is_bulk: bool = False) -> R:
    """Marks a record as deleted, and returns it; it is removed for good 30 days later."""
    values: Values = {"is_deleted": True}
    if "delete_time" in kind.table.c:
        values["delete_time"] = crm.now
    return update(crm, kind, record, values, action="delete", is_bulk=is_bulk)


def remove(crm: UnitOfWork, kind: RecordType[R], record: R, *, is_bulk: bool = False) -> None:
    """Removes a record for good, and logs its last values: for what only belongs to another record."""
    id: int = record.id  # type: ignore[attr-defined]
    crm.db.run_later(kind.delete_by_id, {"id": id})
    # All of them, so that the record can come back as it was.
    last: list[FieldChange] = [(name, value, None) for name, value in _values(kind, record).items()]
    changes.log_change(crm, kind.object, id, "delete", last, is_bulk=is_bulk)
    if columns := counters.plan(kind.table).columns:
        counters.row_changed(crm, kind.table, id, {name: getattr(record, name) for name in columns}, None)


def _values(kind: RecordType[R], record: R) -> Values:
    """Returns all values of a record but its id, JSON as it is written."""
    names = (name for name in record.__struct_fields__ if name != "id")
    return {
        name: loads(getattr(record, name)) if name in kind.json_columns else getattr(record, name) for name in names
    }


def refresh(crm: UnitOfWork, kind: RecordType[R], id: int) -> R:
    """Returns the record as it stands in this unit of work."""
    _write_counts(crm, kind)
    return kind.to_records(crm.db.run(kind.select_by_id, {"id": id}))[0]


def initial_changes(values: Values) -> list[FieldChange]:
    """Returns the change-log entries of a new record: every value that it starts with."""
    first: list[FieldChange] = [
        (name, None, value)
        for name, value in values.items()
        if (value or value not in _EMPTY_VALUES) and name not in _UNLOGGED_AT_FIRST
    ]
    return first + [(name, None, value) for name, value in _as_dict(values.get("custom_fields")).items()]


def differences(old: Callable[[str], Json], values: Values) -> tuple[Values, list[FieldChange]]:
    """Returns (changed columns, change-log entries) for new values; ``old(name)`` returns the current value."""
    changed: Values = {}
    found: list[FieldChange] = []
    for name, new in values.items():
        before = old(name)
        if name == "custom_fields":
            old_values, new_values = _as_dict(before), _as_dict(new)
            changed_values = {key: value for key, value in new_values.items() if old_values.get(key) != value}
            if changed_values:
                merged: dict[str, Json] = {
                    key: value for key, value in (old_values | changed_values).items() if value is not None
                }
                changed[name] = merged
                found += [(key, old_values.get(key), value) for key, value in changed_values.items()]
        elif before != new:
            changed[name] = new
            if name not in UNLOGGED_COLUMNS:
                found.append((name, before, new))
    return changed, found


def to_columns(kind: RecordType[R], values: Values) -> dict[str, object]:
    """Returns values as the columns hold them: JSON as text."""
    found: dict[str, object] = dict(values)
    for name in kind.json_columns:
        if found.get(name) is not None:
            found[name] = dumps(found[name])
    return found


def _now(crm: UnitOfWork, kind: RecordType[R]) -> str:
    """Returns the time of this unit in the precision that records of this type have."""
    return crm.now_ms if kind.has_milliseconds else crm.now


def _write_counts(crm: UnitOfWork, kind: RecordType[R]) -> None:
    """Writes what the records of a type keep about others, so that they are read as they stand."""
    if crm.pending_counts.concern(kind):
        counters.write_pending(crm, kind)


def _as_dict(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}
