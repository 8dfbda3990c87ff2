"""The fields of the system: those that every company has from the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from dealwright.crm.fields.system import activities, deals, notes, organizations, persons, products
from dealwright.crm.fields.system.kind import FirstOption, FixedOption, SystemField
from dealwright.crm.kinds import Object

__all__ = ["OBJECTS", "FieldsOfObject", "FirstOption", "FixedOption", "SystemField", "code", "find", "key"]


class FieldsOfObject(NamedTuple):
    """The fields of one kind of record. ``first_id`` is the id of the first of them in every company."""

    first_id: int
    fields: tuple[SystemField, ...]
    always_in_form: frozenset[str]


OBJECTS: Mapping[Object, FieldsOfObject] = {
    "note": FieldsOfObject(1, notes.FIELDS, notes.ALWAYS_IN_FORM),
    "activity": FieldsOfObject(101, activities.FIELDS, activities.ALWAYS_IN_FORM),
    "product": FieldsOfObject(201, products.FIELDS, products.ALWAYS_IN_FORM),
    "organization": FieldsOfObject(4001, organizations.FIELDS, organizations.ALWAYS_IN_FORM),
    "person": FieldsOfObject(9001, persons.FIELDS, persons.ALWAYS_IN_FORM),
    "deal": FieldsOfObject(12451, deals.FIELDS, deals.ALWAYS_IN_FORM),
}

_BY_KEY = {object: {field.key: field for field in those.fields} for object, those in OBJECTS.items()}
_KEYS_BY_CODE = {
    object: {field.code or field.key: field.key for field in those.fields} for object, those in OBJECTS.items()
}


def find(object: Object, key: str) -> SystemField | None:
    """A field of the system by its v1 key; None for a custom one."""
    return _BY_KEY[object].get(key)


def code(object: Object, key: str) -> str:
    """What v2 calls a field."""
    found = find(object, key)
    return found.code if found and found.code else key


def key(object: Object, code: str) -> str:
    """The v1 key of the field that v2 calls ``code``."""
    return _KEYS_BY_CODE[object].get(code, code)
