"""The base class of comparisons of a field with a value: the operators, and the SQL of each.

A negative operator (``!=``, ``IS NULL`` …) holds for exactly those records for which the positive one does not. So an
unset value is not equal to anything, and does not contain anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons.value_expressions import ValueExpression
from dealwright.crm.integration.model import Field
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import dumps

IS_SET = "IS NOT NULL"
NULL_LABELS: Mapping[str, str] = {"IS NULL": "is empty", IS_SET: "is not empty"}
EQUALITY_LABELS: Mapping[str, str] = {"=": "is", "!=": "is not"}

NEGATIONS: Mapping[str, str] = {
    "!=": "=",
    "IS NULL": IS_SET,
    "NOT LIKE '%$%'": "LIKE '%$%'",
    "NOT LIKE '$%'": "LIKE '$%'",
    "NOT LIKE '%$'": "LIKE '%$'",
    "does_not_end_at": "ends_at",
    "not_contains": "contains",
}
"""Each negative operator with its opposite."""

OPERATOR_FUNCTIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class FieldLookup(NamedTuple):
    """One test of a field, whose values are those of ``expression``.

    ``extra`` narrows it, for example to a part of an address.
    """

    crm: UnitOfWork
    object: RecordTypeName
    field: Field
    expression: ValueExpression
    operator: str
    value: Json = None
    extra: str | None = None


class Comparison:
    """A comparison for the values of some fields. ``labels`` are the operators to offer, each with its label.

    Whether there is a value can be tested with every comparison, though some do not offer that.
    """

    deprecated: Mapping[str, str] = {}
    """Operators that stored filters may have, and new ones may not."""

    def __init__(self, name: str, labels: Mapping[str, str]) -> None:
        self.name = name
        self.labels = labels

    def criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        """Returns the criterion for records that pass a test. Raises `Invalid` for an invalid operator or value."""
        if not any(lookup.operator in known for known in (self.labels, self.deprecated, NULL_LABELS)):
            raise Invalid(f"operator {lookup.operator} is not for fields of type {self.name}")
        self.check_extra(lookup)
        if lookup.operator in NEGATIONS:
            held = self.positive_criterion(lookup._replace(operator=NEGATIONS[lookup.operator]))
            return sa.not_(sa.func.coalesce(held, sa.false()))
        return self.positive_criterion(lookup)

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        """Returns the criterion for records that pass a test with a positive operator. Raises `Invalid`."""
        if lookup.operator == IS_SET:
            return lookup.expression.any(self.stored_value(lookup).is_not(None))
        return lookup.expression.any(
            OPERATOR_FUNCTIONS[lookup.operator](self.stored_value(lookup), self.parse_value(lookup))
        )

    def stored_value(self, lookup: FieldLookup) -> sa.ColumnElement[Any]:
        """Returns the value of a record, as it is compared."""
        return lookup.expression.text()

    def parse_value(self, lookup: FieldLookup) -> Any:
        """Returns the value of a condition, as it is compared. Raises `Invalid`."""
        raise NotImplementedError

    def check_extra(self, lookup: FieldLookup) -> None:
        """Raises `Invalid` for an ``extra_value`` that has no meaning here."""
        if lookup.extra:
            raise Invalid(f"extra_value {lookup.extra!r} is not for fields of type {self.name}")


class PresenceComparison(Comparison):
    """For values that can only be tested for being set."""

    def __init__(self, name: str) -> None:
        super().__init__(name, NULL_LABELS)


class KeyComparison(Comparison):
    """For values that are keys: ids of records, and of options."""

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        return (
            lookup.expression.has(self.parse_value(lookup))
            if lookup.operator == "="
            else super().positive_criterion(lookup)
        )

    def stored_value(self, lookup: FieldLookup) -> sa.ColumnElement[Any]:
        return lookup.expression.number()


def invalid_value(lookup: FieldLookup, expected: str) -> Invalid:
    """Returns the error for a value that is not ``expected``."""
    match lookup.value:
        case None | "":
            given = "no value"
        case str(text):
            given = f"'{text}'"
        case other:
            given = dumps(other)
    return Invalid(f"{given[:100]} is not {expected}")
