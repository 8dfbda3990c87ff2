"""The conditions of a filter: a group of which all must hold, and one of which any must."""

from __future__ import annotations

from typing import Literal

import msgspec

from dealwright._json import Json
from dealwright.crm.errors import Invalid

MOST_CONDITIONS = 16

Glue = Literal["and", "or"]
FilteredObject = Literal["person", "deal", "organization", "product", "activity", "lead", "project"]


class Condition(msgspec.Struct, kw_only=True):
    """One test of a field of a record, or of one that it is linked to."""

    object: FilteredObject
    field_id: int | str
    operator: str
    value: Json = None
    extra_value: str | None = None


class Group(msgspec.Struct, kw_only=True):
    """Conditions of which all must hold (``and``), or any one (``or``). A group without any always holds."""

    glue: Glue
    conditions: list[Condition | None]

    def given(self) -> list[Condition]:
        """The conditions, without the null that may stand for none."""
        return [condition for condition in self.conditions if condition is not None]


class Conditions(msgspec.Struct, kw_only=True):
    """Both groups, which must both hold."""

    glue: Literal["and"]
    conditions: list[Group]

    def group(self, glue: Glue) -> Group:
        """The group with that glue; an empty one when there is none."""
        return next((group for group in self.conditions if group.glue == glue), Group(glue=glue, conditions=[]))


def read(given: Json) -> Conditions:
    """Conditions of a request, in the form that is stored: both groups, each once. Raises `Invalid`."""
    try:
        conditions = msgspec.convert(given, Conditions)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), "conditions") from None
    if len({group.glue for group in conditions.conditions}) < len(conditions.conditions):
        raise Invalid("There is one group with 'and' and one with 'or'", "conditions")
    conditions.conditions = [_tidy(conditions.group(glue)) for glue in ("and", "or")]
    if sum(len(group.given()) for group in conditions.conditions) > MOST_CONDITIONS:
        raise Invalid(f"There may be at most {MOST_CONDITIONS} conditions", "conditions")
    return conditions


def stored(text: str) -> Conditions:
    """Conditions as they were stored."""
    return msgspec.json.decode(text, type=Conditions)


def plain(conditions: Conditions) -> Json:
    """Conditions as plain JSON."""
    found: Json = msgspec.to_builtins(conditions)
    return found


def _tidy(group: Group) -> Group:
    """An empty group stays as it was given, ``[]`` or ``[null]``; beside conditions a null says nothing."""
    given = group.given()
    return Group(glue=group.glue, conditions=[*given]) if given else group
