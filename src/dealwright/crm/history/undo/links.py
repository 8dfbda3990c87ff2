"""Whether what a record was linked to is still there: what was removed for good cannot be linked again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.history.merge import LINK_FIELD_TYPES
from dealwright.crm.history.purge import REFERENCES
from dealwright.crm.history.undo.conflicts import conflict
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.values.formats import Values
from dealwright.crm.work.project_links import KINDS as PROJECT_LINKS

_TARGETS: Mapping[sa.Column[Any], RecordType[Any]] = {
    column: kind for kind, references in REFERENCES for column in (*references.set_null, *references.cascade)
}
"""The types of the records that columns name."""

_TYPES: Mapping[str, RecordType[Any]] = {kind.object: kind for kind, _ in REFERENCES}
_OBJECTS_BY_FIELD_TYPE = {field_type: object for object, field_type in LINK_FIELD_TYPES.items()}


def check_values(crm: UnitOfWork, kind: RecordType[Any], record: Any, values: Values) -> None:
    """Raises `Conflict` when a former value of a record names something that was removed for good."""
    for name, value in values.items():
        if name == "custom_fields":
            assert isinstance(value, dict)
            fields = crm.company_data.custom_fields("deal" if kind is LEAD else kind.object)
            for key, linked in value.items():
                object = _OBJECTS_BY_FIELD_TYPE.get(fields[key].field_type) if key in fields else None
                if object is not None and linked is not None:
                    check_there(crm, object, [linked], kind.object, record.id, fields[key].name)
        elif value is not None and getattr(record, name) != value:
            _check_column(crm, kind, record.id, name, value)


def check_row(crm: UnitOfWork, kind: RecordType[Any], id: int, values: Values) -> None:
    """Raises `Conflict` when a row that comes back names something that was removed for good."""
    for name, value in values.items():
        if value is not None:
            _check_column(crm, kind, id, name, value)


def check_member(crm: UnitOfWork, object: str, id: int, name: str, value: Json) -> None:
    """Raises `Conflict` when a former list of links names something that was removed for good."""
    entries = value if isinstance(value, list) else []
    if (object, name) == ("activity", "participants"):
        check_there(crm, "person", [one["person_id"] for one in entries if isinstance(one, dict)], object, id, name)
    elif object == "project" and name in PROJECT_LINKS:
        check_there(crm, PROJECT_LINKS[name].object, entries, object, id, name)


def check_there(crm: UnitOfWork, target: str, keys: Sequence[Json], object: str, id: int, member: str) -> None:
    """Raises `Conflict` unless there are records with these keys, deleted or not."""
    kind = _TYPES[target]
    key = kind.key
    found = set(crm.db.values(sa.select(key).where(key.in_(keys)))) if keys else set()
    for one in keys:
        if one not in found:
            raise conflict(object, id, member, f"{kind.noun.lower()} {one} was removed for good")


def _check_column(crm: UnitOfWork, kind: RecordType[Any], id: int, name: str, value: Json) -> None:
    target = _TARGETS.get(kind.table.c[name]) if name in kind.table.c else None
    if target is not None:
        check_there(crm, target.object, [value], kind.object, id, name)
