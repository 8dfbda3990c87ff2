"""Comparing ranges, which have a start and an end: what dates and times of day have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.kind import IS_SET, NULL_TESTS, Comparison, Test

ENDS: Mapping[str, str] = {
    "ends_at": "=",
    "ends_before": "<",
    "ends_e_before": "<=",
    "ends_after": ">",
    "ends_e_after": ">=",
}
"""Operators about the end of a range, with those that mean the same of a single value."""

LABELS = {
    "=": "starts at",
    "!=": "does not start at",
    "ends_at": "ends at",
    "does_not_end_at": "does not end at",
    "<": "starts before",
    "<=": "starts at or before",
    "ends_before": "ends before",
    "ends_e_before": "ends at or before",
    ">": "starts after",
    "ends_after": "ends after",
    ">=": "starts at or after",
    "ends_e_after": "ends at or after",
    "includes": "includes",
    **NULL_TESTS,
}


class RangeComparison(Comparison):
    """For ranges."""

    def __init__(self, name: str) -> None:
        super().__init__(name, LABELS)

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        first, last = test.place.part("value").text(), test.place.part("until").text()
        if test.operator == IS_SET:
            return first.is_not(None)
        if test.operator == "includes":
            return self.includes(test, first, last)
        if test.operator in ENDS:
            return self.compared(test._replace(operator=ENDS[test.operator]), last)
        return self.compared(test, first)

    def compared(self, test: Test, stored: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether the start or the end of a range stands so to the value. Raises `Invalid`."""
        raise NotImplementedError

    def includes(self, test: Test, first: sa.ColumnElement[Any], last: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether the value lies between a start and an end. Raises `Invalid`."""
        raise NotImplementedError
