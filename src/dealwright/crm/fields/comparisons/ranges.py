"""Comparisons of ranges, which have a start and an end: the common part for dates and times of day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.comparison import IS_SET, NULL_LABELS, Comparison, FieldLookup

END_OPERATORS: Mapping[str, str] = {
    "ends_at": "=",
    "ends_before": "<",
    "ends_e_before": "<=",
    "ends_after": ">",
    "ends_e_after": ">=",
}
"""Operators about the end of a range, with the equivalent ones for a single value."""

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
    **NULL_LABELS,
}


class RangeComparison(Comparison):
    """For ranges."""

    def __init__(self, name: str) -> None:
        super().__init__(name, LABELS)

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        first, last = lookup.expression.part("value").text(), lookup.expression.part("until").text()
        if lookup.operator == IS_SET:
            return first.is_not(None)
        if lookup.operator == "includes":
            return self.includes(lookup, first, last)
        if lookup.operator in END_OPERATORS:
            return self.compare(lookup._replace(operator=END_OPERATORS[lookup.operator]), last)
        return self.compare(lookup, first)

    def compare(self, lookup: FieldLookup, value: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Returns the criterion that the start or the end of a range compares so with the value. Raises `Invalid`."""
        raise NotImplementedError

    def includes(
        self, lookup: FieldLookup, first: sa.ColumnElement[Any], last: sa.ColumnElement[Any]
    ) -> sa.ColumnElement[bool]:
        """Returns the criterion that the value lies between a start and an end. Raises `Invalid`."""
        raise NotImplementedError
