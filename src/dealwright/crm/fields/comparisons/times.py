"""Comparisons of times of day, and of ranges of them. Their time zones do not count."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.comparison import (
    EQUALITY_LABELS,
    NULL_LABELS,
    OPERATOR_FUNCTIONS,
    Comparison,
    FieldLookup,
    invalid_value,
)
from dealwright.crm.fields.comparisons.ranges import RangeComparison
from dealwright.crm.fields.parsing import parse_time_of_day

LABELS = {
    **EQUALITY_LABELS,
    "<": "is before",
    ">": "is after",
    ">=": "is at or after",
    "<=": "is at or before",
    **NULL_LABELS,
}


class TimeComparison(Comparison):
    """For times of day."""

    def stored_value(self, lookup: FieldLookup) -> sa.ColumnElement[Any]:
        return lookup.expression.part("value").text()

    def parse_value(self, lookup: FieldLookup) -> str:
        return parse_lookup_time(lookup)


class TimeRangeComparison(RangeComparison):
    """For ranges of times of day, whose end may be on the next day. The end of a range with an open end is unknown."""

    def compare(self, lookup: FieldLookup, value: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        found: sa.ColumnElement[bool] = OPERATOR_FUNCTIONS[lookup.operator](value, parse_lookup_time(lookup))
        return found

    def includes(
        self, lookup: FieldLookup, first: sa.ColumnElement[Any], last: sa.ColumnElement[Any]
    ) -> sa.ColumnElement[bool]:
        time = parse_lookup_time(lookup)
        until = sa.func.coalesce(last, "23:59:59")
        over_midnight = (until < first) & ((first <= time) | (until >= time))
        return ((first <= time) & (until >= time)) | over_midnight


def parse_lookup_time(lookup: FieldLookup) -> str:
    """Returns the time of day in a condition. Raises `Invalid`."""
    found = parse_time_of_day(lookup.value)
    if found is None:
        raise invalid_value(lookup, "a time, HH:MM or HH:MM:SS")
    return found


TIME = TimeComparison("time", LABELS)
TIME_RANGE = TimeRangeComparison("timerange")
