"""Comparisons of dates and times with days, and of date ranges. A day begins and ends in the time zone of the actor."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.fields import relative_dates
from dealwright.crm.fields.comparisons.comparison import (
    EQUALITY_LABELS,
    IS_SET,
    NULL_LABELS,
    OPERATOR_FUNCTIONS,
    Comparison,
    FieldLookup,
    invalid_value,
)
from dealwright.crm.fields.comparisons.ranges import RangeComparison
from dealwright.crm.fields.parsing import parse_date
from dealwright.crm.fields.relative_dates import NOW, ROTTEN
from dealwright.crm.kernel import sql_functions
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import format_time
from dealwright.storage.tables import deals

DATE_LABELS = {
    **EQUALITY_LABELS,
    ">": "is after",
    "<": "is before",
    ">=": "is on or after",
    "<=": "is on or before",
}

MIN_YEAR, MAX_YEAR = 1000, 9998
"""Days beyond these years may have no times in UTC."""


class Bounds(NamedTuple):
    """The first time or day, and the one after the last, as text; None where a side is open."""

    begin: str | None
    end: str | None


class DateComparison(Comparison):
    """For dates, and for times, which are compared by their dates."""

    def positive_criterion(self, lookup: FieldLookup) -> sa.ColumnElement[bool]:
        stored = self.stored_value(lookup)
        if lookup.operator == IS_SET:
            return super().positive_criterion(lookup)
        if lookup.value == ROTTEN:
            stored = sql_functions.to_date_text(lookup.crm.dialect, stored) if lookup.expression.is_datetime else stored
            return lookup.expression.any(
                OPERATOR_FUNCTIONS[lookup.operator](sa.cast(stored, sa.Text), _rot_date(lookup))
            )
        return lookup.expression.any(
            compare_with_bounds(stored, lookup.operator, parse_bounds(lookup, as_times=lookup.expression.is_datetime))
        )


class DateRangeComparison(RangeComparison):
    """For date ranges. The end of a range with an open end is unknown."""

    def compare(self, lookup: FieldLookup, value: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return compare_with_bounds(value, lookup.operator, parse_bounds(lookup, as_times=False))

    def includes(
        self, lookup: FieldLookup, first: sa.ColumnElement[Any], last: sa.ColumnElement[Any]
    ) -> sa.ColumnElement[bool]:
        begin, end = parse_bounds(lookup, as_times=False)
        if begin is None or end is None:
            return sa.false()
        return (first <= begin) & (sa.func.coalesce(last, "9999-12-31") >= _previous_day(end))


def compare_with_bounds(value: sa.ColumnElement[Any], operator: str, bounds: Bounds) -> sa.ColumnElement[bool]:
    """Returns the criterion that a date or a time lies within bounds (``=``), or on one side of them."""
    begin, end = bounds
    after_begin = value.is_not(None) if begin is None else value >= begin
    before_end = value.is_not(None) if end is None else value < end
    if operator == "=":
        return sa.and_(after_begin, before_end)
    if operator == ">":
        return sa.false() if end is None else value >= end
    if operator == "<":
        return sa.false() if begin is None else value < begin
    return after_begin if operator == ">=" else before_end


def parse_bounds(lookup: FieldLookup, *, as_times: bool) -> Bounds:
    """Returns the days that a condition names by a date or a word, or with ``as_times`` their times.

    Raises `Invalid`.
    """
    crm, zone = lookup.crm, ZoneInfo(lookup.crm.actor.timezone_name)
    if as_times and lookup.value == NOW:
        return Bounds(crm.now, format_time(crm.time + timedelta(seconds=1)))
    first, last = _parse_span(crm, lookup, crm.time.astimezone(zone).date())
    after = last + timedelta(days=1) if last else None
    if as_times:
        return Bounds(_start_of_day(first, zone), _start_of_day(after, zone))
    return Bounds(first.isoformat() if first else None, after.isoformat() if after else None)


def _parse_span(crm: UnitOfWork, lookup: FieldLookup, today: date) -> relative_dates.Span:
    raw = lookup.value
    found = relative_dates.parse_span(raw, today) if isinstance(raw, str) else None
    if found:
        return found
    only = parse_date(raw)
    if only is None or not MIN_YEAR <= only.year <= MAX_YEAR:
        raise invalid_value(lookup, "a date, YYYY-MM-DD, or a relative date")
    return relative_dates.Span(only, only)


def _start_of_day(day: date | None, zone: ZoneInfo) -> str | None:
    """Returns the time at which a day begins."""
    return format_time(datetime.combine(day, time(), zone).astimezone(UTC)) if day else None


def _previous_day(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _rot_date(lookup: FieldLookup) -> sa.ColumnElement[str]:
    """Returns the day on which a deal begins to rot: some days after its last change.

    It is null unless the deal is open and in a stage where deals rot.
    """
    if lookup.object != "deal":
        raise Invalid(f"{ROTTEN} is for deals only")
    stages = lookup.crm.company_data.stages.values()
    days = {stage.id: stage.days_to_rotten for stage in stages if stage.is_deal_rot_enabled and stage.days_to_rotten}
    if not days:
        return sa.cast(sa.null(), sa.Text)
    after = sa.case(days, value=deals.c.stage_id)
    begins = sql_functions.add_days(lookup.crm.dialect, deals.c.update_time, after)
    return sa.case((deals.c.status == "open", begins))


DATE = DateComparison("date", {**DATE_LABELS, **NULL_LABELS})
DATE_RANGE = DateRangeComparison("daterange")
