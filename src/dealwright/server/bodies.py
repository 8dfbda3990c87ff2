"""Turns the body of a request into the values that a rule of the CRM takes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from dealwright.contract.values import Json
from dealwright.crm.values.formats import Values, to_json_value


def provided_values(body: msgspec.Struct, renamed: Mapping[str, str] | None = None) -> Values:
    """Returns the properties that a body has, under their names in the CRM; absent ones are left out.

    ``renamed`` maps names of the wire to those of the CRM. Custom fields are left out: `crm.fields.custom` reads them.
    """
    names = renamed or {}
    values: Values = {}
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if value is not UNSET and name != "custom_fields":
            values[names.get(name, name)] = _to_json(value)
    return values


def _to_json(value: object) -> Json:
    """Returns a value of a body in plain JSON types; times and dates become text."""
    if isinstance(value, msgspec.Struct):
        return {name: _to_json(member) for name, member in _members(value) if member is not UNSET}
    if isinstance(value, list):
        return [_to_json(member) for member in value]
    return to_json_value(value)


def _members(body: msgspec.Struct) -> list[tuple[str, object]]:
    return [(name, getattr(body, name)) for name in body.__struct_fields__]
