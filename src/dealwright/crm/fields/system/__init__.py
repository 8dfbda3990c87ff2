"""The system fields: those that every company has from the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dealwright.crm.fields.system import activities, deals, notes, organizations, persons, products, projects
from dealwright.crm.fields.system.system_field import FixedOption, InitialOption, SystemField
from dealwright.crm.kernel.record_types import RecordTypeName

__all__ = [
    "SYSTEM_FIELDS",
    "FixedOption",
    "InitialOption",
    "SystemField",
    "SystemFieldSet",
    "find",
    "to_v1_key",
    "to_v2_code",
]


class SystemFieldSet(NamedTuple):
    """The system fields of one record type. ``first_id`` is the id of the first of them in every company."""

    first_id: int
    fields: tuple[SystemField, ...]
    always_in_form: frozenset[str]


SYSTEM_FIELDS: Mapping[RecordTypeName, SystemFieldSet] = {
    "note": SystemFieldSet(1, notes.FIELDS, notes.ALWAYS_IN_FORM),
    "activity": SystemFieldSet(101, activities.FIELDS, activities.ALWAYS_IN_FORM),
    "product": SystemFieldSet(201, products.FIELDS, products.ALWAYS_IN_FORM),
    "project": SystemFieldSet(301, projects.FIELDS, projects.ALWAYS_IN_FORM),
    "organization": SystemFieldSet(4001, organizations.FIELDS, organizations.ALWAYS_IN_FORM),
    "person": SystemFieldSet(9001, persons.FIELDS, persons.ALWAYS_IN_FORM),
    "deal": SystemFieldSet(12451, deals.FIELDS, deals.ALWAYS_IN_FORM),
}

_BY_KEY = {object: {field.key: field for field in those.fields} for object, those in SYSTEM_FIELDS.items()}
_KEYS_BY_CODE = {
    object: {field.code or field.key: field.key for field in those.fields} for object, those in SYSTEM_FIELDS.items()
}


def find(object: RecordTypeName, key: str) -> SystemField | None:
    """Returns a system field by its v1 key; None for a custom one."""
    return _BY_KEY[object].get(key)


def to_v2_code(object: RecordTypeName, key: str) -> str:
    """Returns the code of a field in v2."""
    found = find(object, key)
    return found.code if found and found.code else key


def to_v1_key(object: RecordTypeName, code: str) -> str:
    """Returns the v1 key of a field with this code in v2."""
    return _KEYS_BY_CODE[object].get(code, code)
