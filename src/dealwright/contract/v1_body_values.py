"""Reads values of v1 bodies that old clients write in another way than the document says.

Libraries send every member they know, unset ones as null; 0 stands for no record, as it does in conditions of the vendor's
own fields; date pickers send a moment where a day is meant.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import date
from types import NoneType
from typing import Any, NamedTuple, get_args, get_origin

import msgspec

from dealwright._days import day_of_moment
from dealwright.contract.type_introspection import accepts, alternatives, struct_fields, struct_of
from dealwright.contract.values import Id


class _Member(NamedTuple):
    """What a member of a body takes; ``struct`` is that of an object or of the objects in a list.

    A member that takes texts besides records has no text that stands for none.
    """

    takes_null: bool
    takes_record: bool
    takes_zero_text: bool
    takes_day: bool
    struct: type[msgspec.Struct] | None


def read_values(struct: type[msgspec.Struct], body: Mapping[str, object]) -> dict[str, object]:
    """Returns a v1 body, at all depths, as the document says it is written.

    A null where there may be none counts as not given, 0 as no record, and a moment for a day as the day in its text.
    """
    members = _members(struct)
    found: dict[str, object] = {}
    for name, given in body.items():
        member = members.get(name)
        if member is None:
            found[name] = given
            continue
        value = _read(given, member)
        if value is not None or member.takes_null:
            found[name] = value
    return found


def _read(value: object, member: _Member) -> object:
    if (member.takes_record and value == 0 and not isinstance(value, bool)) or (
        member.takes_zero_text and value == "0"
    ):
        return None
    if member.takes_day and isinstance(value, str):
        return day_of_moment(value)
    if member.struct is not None:
        if isinstance(value, list):
            return [read_values(member.struct, one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, dict):
            return read_values(member.struct, value)
    return value


@functools.cache
def _members(struct: type[msgspec.Struct]) -> dict[str, _Member]:
    return {field.encode_name: _member(field.type) for field in struct_fields(struct)}


def _member(declared: Any) -> _Member:
    parts = (declared, *get_args(declared))
    items = [get_args(one)[0] for one in alternatives(declared) if get_origin(one) is list]
    takes_null = accepts(declared, NoneType) or declared is Any or Any in parts
    takes_record = takes_null and Id in parts
    return _Member(
        takes_null,
        takes_record,
        takes_record and not accepts(declared, str),
        accepts(declared, date),
        next((found for one in (declared, *items) if (found := struct_of(one))), None),
    )
