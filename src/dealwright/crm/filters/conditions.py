"""The conditions of a filter: one group of which all must hold, and one of which any must."""

from __future__ import annotations

from typing import Literal

import msgspec

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import comparisons

MAX_CONDITIONS = 16

Glue = Literal["and", "or"]
FilteredRecordType = Literal["person", "deal", "organization", "product", "activity", "lead", "project"]


class Condition(msgspec.Struct, kw_only=True):
    """One test of a field of a record, or of a record that it is linked to."""

    object: FilteredRecordType
    field_id: int | str
    operator: str
    value: Json = None
    extra_value: str | None = None


class Group(msgspec.Struct, kw_only=True):
    """Conditions of which all must hold (``and``), or any one (``or``). An empty group always holds."""

    glue: Glue
    conditions: list[Condition | None]

    def without_nulls(self) -> list[Condition]:
        """Returns the conditions, without the null that may stand for an empty group."""
        return [condition for condition in self.conditions if condition is not None]


class Conditions(msgspec.Struct, kw_only=True):
    """Both groups, which must both hold."""

    glue: Literal["and"]
    conditions: list[Group]

    def group(self, glue: Glue) -> Group:
        """Returns the group with that glue; an empty one when there is none."""
        return next((group for group in self.conditions if group.glue == glue), Group(glue=glue, conditions=[]))


def parse(raw: Json) -> Conditions:
    """Returns the conditions of a request in the form that is stored: both groups, each once.

    Raises `Invalid`, also for too many conditions and for operators that only stored filters may have.
    """
    try:
        conditions = msgspec.convert(raw, Conditions)
    except msgspec.ValidationError as error:
        raise Invalid(str(error), "conditions") from None
    if len({group.glue for group in conditions.conditions}) < len(conditions.conditions):
        raise Invalid("There is one group with 'and' and one with 'or'", "conditions")
    conditions.conditions = [_normalized(conditions.group(glue)) for glue in ("and", "or")]
    given = [condition for group in conditions.conditions for condition in group.without_nulls()]
    if len(given) > MAX_CONDITIONS:
        raise Invalid(f"Filter is allowed to have at most {MAX_CONDITIONS} conditions")
    for condition in given:
        if condition.operator in comparisons.DEPRECATED:
            raise Invalid(
                f"operator {condition.operator} is no longer supported; use one of LIKE '$%', LIKE '%$%', NOT LIKE '$%'",
                "conditions",
            )
    return conditions


def decode(text: str) -> Conditions:
    """Returns stored conditions."""
    return msgspec.json.decode(text, type=Conditions)


def to_json(conditions: Conditions) -> Json:
    """Returns conditions as plain JSON."""
    found: Json = msgspec.to_builtins(conditions)
    return found


def _normalized(group: Group) -> Group:
    """Returns a group without nulls; an empty group stays as it was sent, ``[]`` or ``[null]``."""
    conditions = group.without_nulls()
    return Group(glue=group.glue, conditions=[*conditions]) if conditions else group
