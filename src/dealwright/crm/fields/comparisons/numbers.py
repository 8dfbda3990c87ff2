"""Comparisons of numbers and amounts."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons.choices import CURRENCY
from dealwright.crm.fields.comparisons.comparison import (
    EQUALITY_LABELS,
    NULL_LABELS,
    Comparison,
    FieldLookup,
    invalid_value,
)
from dealwright.crm.fields.parsing import parse_number

LABELS = {
    **EQUALITY_LABELS,
    ">": "is greater than",
    "<": "is less than",
    ">=": "is at least",
    "<=": "is at most",
    **NULL_LABELS,
}


class NumberComparison(Comparison):
    """For numbers."""

    def __init__(self, name: str) -> None:
        super().__init__(name, LABELS)

    def stored_value(self, lookup: FieldLookup) -> sa.ColumnElement[Any]:
        return lookup.expression.number()

    def parse_value(self, lookup: FieldLookup) -> Any:
        given = parse_number(lookup.value)
        if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given):
            raise invalid_value(lookup, "a number")
        # A whole number may be too large for the integers of a column.
        return sa.literal(float(given), sa.Double)


class MonetaryComparison(NumberComparison):
    """For amounts, in any currency; with ``currency`` as ``extra_value``, for the currency itself."""

    def criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        if lookup.extra == "currency":
            return CURRENCY.criterion(lookup._replace(expression=lookup.expression.part("currency"), extra=None))
        return super().criterion(lookup._replace(expression=lookup.expression.part("value")))

    def check_extra(self, lookup: FieldLookup) -> None:
        if lookup.extra:
            raise Invalid(f"extra_value {lookup.extra!r} is not 'currency'")


INT = NumberComparison("int")
DOUBLE = NumberComparison("double")
MONETARY = MonetaryComparison("monetary")
