"""Comparing numbers and amounts."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons.choices import CURRENCY
from dealwright.crm.fields.comparisons.kind import EQUALITY, NULL_TESTS, Comparison, Test, unfit
from dealwright.crm.fields.reading import number

LABELS = {
    **EQUALITY,
    ">": "is greater than",
    "<": "is less than",
    ">=": "is at least",
    "<=": "is at most",
    **NULL_TESTS,
}


class NumberComparison(Comparison):
    """For numbers."""

    def __init__(self, name: str) -> None:
        super().__init__(name, LABELS)

    def stored(self, test: Test) -> sa.ColumnElement[Any]:
        return test.place.number()

    def read(self, test: Test) -> Any:
        given = number(test.value)
        if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
            raise unfit(test, "a number")
        # A whole number may be too large for the integers of a column.
        return sa.literal(float(given), sa.Double)


class MonetaryComparison(NumberComparison):
    """For amounts, whatever their currency; with ``currency`` as what is tested, for that."""

    def criterion(self, test: Test) -> sa.ColumnElement[bool]:
        if test.extra == "currency":
            return CURRENCY.criterion(test._replace(place=test.place.part("currency"), extra=None))
        return super().criterion(test._replace(place=test.place.part("value")))

    def check_extra(self, test: Test) -> None:
        if test.extra:
            raise Invalid(f"extra_value {test.extra!r} is not 'currency'")


INT = NumberComparison("int")
DOUBLE = NumberComparison("double")
MONETARY = MonetaryComparison("monetary")
