"""What every comparison of a field with a value knows: its operators, and the SQL of each.

A negative operator (``!=``, ``IS NULL`` …) holds for exactly those records for which the positive one does not. So what is
not set is not equal to anything, and does not contain anything.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons.places import Place
from dealwright.crm.kinds import Object
from dealwright.crm.settings import Field
from dealwright.crm.unit import Crm

IS_SET = "IS NOT NULL"
NULL_TESTS: Mapping[str, str] = {"IS NULL": "is empty", IS_SET: "is not empty"}
EQUALITY: Mapping[str, str] = {"=": "is", "!=": "is not"}

NEGATIONS: Mapping[str, str] = {
    "!=": "=",
    "IS NULL": IS_SET,
    "NOT LIKE '%$%'": "LIKE '%$%'",
    "NOT LIKE '$%'": "LIKE '$%'",
    "NOT LIKE '%$'": "LIKE '%$'",
    "does_not_end_at": "ends_at",
    "not_contains": "contains",
}
"""Each negative operator with the one that it is the opposite of."""

ORDER: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Test(NamedTuple):
    """One test of a field: its values lie at ``place``. ``extra`` says more about what is tested, such as the part of an address."""

    crm: Crm
    object: Object
    field: Field
    place: Place
    operator: str
    value: Json = None
    extra: str | None = None


class Comparison:
    """How the values of some fields are compared. ``labels`` are its operators, each with its name for people."""

    deprecated: Mapping[str, str] = {}
    """Operators that are understood, but no longer offered."""

    def __init__(self, name: str, labels: Mapping[str, str]) -> None:
        self.name = name
        self.labels = labels

    def criterion(self, test: Test) -> sa.ColumnElement[bool]:
        """What a record must meet for a test to hold. Raises `Invalid` for an operator or a value that does not fit."""
        if test.operator not in self.labels and test.operator not in self.deprecated:
            raise Invalid(f"operator {test.operator} is not for fields of type {self.name}")
        self.check_extra(test)
        if test.operator in NEGATIONS:
            held = self.holds(test._replace(operator=NEGATIONS[test.operator]))
            return sa.not_(sa.func.coalesce(held, sa.false()))
        return self.holds(test)

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        """What a record must meet for a test with a positive operator to hold. Raises `Invalid`."""
        if test.operator == IS_SET:
            return test.place.any(self.stored(test).is_not(None))
        return test.place.any(ORDER[test.operator](self.stored(test), self.read(test)))

    def stored(self, test: Test) -> sa.ColumnElement[Any]:
        """The value of a record, as it is compared."""
        return test.place.text()

    def read(self, test: Test) -> Any:
        """The value that a condition gives, as it is compared. Raises `Invalid`."""
        raise NotImplementedError

    def check_extra(self, test: Test) -> None:
        """Raises `Invalid` for an ``extra_value`` that says nothing here."""
        if test.extra:
            raise Invalid(f"extra_value {test.extra!r} is not for fields of type {self.name}")


class PresenceComparison(Comparison):
    """For values that can only be there or not."""

    def __init__(self, name: str) -> None:
        super().__init__(name, NULL_TESTS)


def unfit(test: Test, what: str) -> Invalid:
    """The failure for a value that is not what it should be."""
    given = "no value" if test.value is None or test.value == "" else repr(test.value)[:100]
    return Invalid(f"{given} is not {what}")
