"""From a request's body to what a rule of the CRM takes."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from dealwright.contract.values import Json
from dealwright.crm.values import Values, plain


def given(body: msgspec.Struct, renamed: Mapping[str, str] | None = None) -> Values:
    """The properties that a body gives, under the names of the domain; absent ones are left out.

    ``renamed`` maps names of the wire to those of the domain. Custom fields are left out: `crm.fields.custom` reads them.
    """
    names = renamed or {}
    values: Values = {}
    for name in body.__struct_fields__:
        value = getattr(body, name)
        if value is not UNSET and name != "custom_fields":
            values[names.get(name, name)] = _built(value)
    return values


def _built(value: object) -> Json:
    """A value of a body in plain JSON types; moments and dates become text."""
    if isinstance(value, msgspec.Struct):
        return {name: _built(member) for name, member in _members(value) if member is not UNSET}
    if isinstance(value, list):
        return [_built(member) for member in value]
    return plain(value)


def _members(body: msgspec.Struct) -> list[tuple[str, object]]:
    return [(name, getattr(body, name)) for name in body.__struct_fields__]
