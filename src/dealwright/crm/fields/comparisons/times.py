"""Comparing times of day, and ranges of them. Their time zones do not count."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright.crm.fields.comparisons.kind import EQUALITY, NULL_TESTS, ORDER, Comparison, Test, unfit
from dealwright.crm.fields.comparisons.ranges import RangeComparison
from dealwright.crm.fields.reading import time_of_day

LABELS = {
    **EQUALITY,
    "<": "is before",
    ">": "is after",
    ">=": "is at or after",
    "<=": "is at or before",
    **NULL_TESTS,
}


class TimeComparison(Comparison):
    """For times of day."""

    def stored(self, test: Test) -> sa.ColumnElement[Any]:
        return test.place.part("value").text()

    def read(self, test: Test) -> str:
        return read(test)


class TimeRangeComparison(RangeComparison):
    """For times of day from one to another, which may lie on the next day. It is not known when one with an open end ends."""

    def compared(self, test: Test, stored: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        found: sa.ColumnElement[bool] = ORDER[test.operator](stored, read(test))
        return found

    def includes(self, test: Test, first: sa.ColumnElement[Any], last: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        time = read(test)
        until = sa.func.coalesce(last, "23:59:59")
        over_midnight = (until < first) & ((first <= time) | (until >= time))
        return ((first <= time) & (until >= time)) | over_midnight


def read(test: Test) -> str:
    """The time that a condition gives. Raises `Invalid`."""
    found = time_of_day(test.value)
    if found is None:
        raise unfit(test, "a time, HH:MM or HH:MM:SS")
    return found


TIME = TimeComparison("time", LABELS)
TIME_RANGE = TimeRangeComparison("timerange")
