"""Comparing dates and moments with days, and date ranges. A day begins and ends in the time zone of the actor."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from dealwright.crm import dialects
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import relative_dates
from dealwright.crm.fields.comparisons.kind import EQUALITY, IS_SET, NULL_TESTS, ORDER, Comparison, Test, unfit
from dealwright.crm.fields.comparisons.ranges import RangeComparison
from dealwright.crm.fields.reading import day
from dealwright.crm.fields.relative_dates import NOW, ROTTEN
from dealwright.crm.unit import Crm
from dealwright.crm.values import moment
from dealwright.storage.tables import deals

ORDERED = {
    **EQUALITY,
    ">": "is after",
    "<": "is before",
    ">=": "is on or after",
    "<=": "is on or before",
}

FIRST_YEAR, LAST_YEAR = 1000, 9998
"""Beyond these a day may have no moments in UTC."""


class Bounds(NamedTuple):
    """From a moment or a day until just before another one, as text; None where there is no end to that side."""

    begin: str | None
    end: str | None


class DateComparison(Comparison):
    """For dates, and for moments, which are compared by their dates."""

    def holds(self, test: Test) -> sa.ColumnElement[bool]:
        stored = self.stored(test)
        if test.operator == IS_SET:
            return super().holds(test)
        if test.value == ROTTEN:
            stored = dialects.as_day(test.crm.dialect, stored) if test.place.is_moment else stored
            return test.place.any(ORDER[test.operator](sa.cast(stored, sa.Text), _rotting(test)))
        return test.place.any(compared(stored, test.operator, bounds(test, moments=test.place.is_moment)))


class DateRangeComparison(RangeComparison):
    """For date ranges. Of a range with an open end it is not known when it ends."""

    def compared(self, test: Test, stored: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return compared(stored, test.operator, bounds(test, moments=False))

    def includes(self, test: Test, first: sa.ColumnElement[Any], last: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        begin, end = bounds(test, moments=False)
        if begin is None or end is None:
            return sa.false()
        return (first <= begin) & (sa.func.coalesce(last, "9999-12-31") >= _before(end))


def compared(stored: sa.ColumnElement[Any], operator: str, bounds: Bounds) -> sa.ColumnElement[bool]:
    """Whether a date or a moment lies within some bounds (``=``), or on a side of them."""
    begin, end = bounds
    after_begin = stored.is_not(None) if begin is None else stored >= begin
    before_end = stored.is_not(None) if end is None else stored < end
    if operator == "=":
        return sa.and_(after_begin, before_end)
    if operator == ">":
        return sa.false() if end is None else stored >= end
    if operator == "<":
        return sa.false() if begin is None else stored < begin
    return after_begin if operator == ">=" else before_end


def bounds(test: Test, *, moments: bool) -> Bounds:
    """What a condition means by a day or a word for some: days, or the ``moments`` of them. Raises `Invalid`."""
    crm, zone = test.crm, ZoneInfo(test.crm.actor.timezone_name)
    if moments and test.value == NOW:
        return Bounds(crm.now, moment(crm.time + timedelta(seconds=1)))
    first, last = _span(crm, test, crm.time.astimezone(zone).date())
    after = last + timedelta(days=1) if last else None
    if moments:
        return Bounds(_beginning(first, zone), _beginning(after, zone))
    return Bounds(first.isoformat() if first else None, after.isoformat() if after else None)


def _span(crm: Crm, test: Test, today: date) -> relative_dates.Span:
    given = test.value
    found = relative_dates.span(given, today) if isinstance(given, str) else None
    if found:
        return found
    only = day(given)
    if only is None or not FIRST_YEAR <= only.year <= LAST_YEAR:
        raise unfit(test, "a date, YYYY-MM-DD, or a relative date")
    return relative_dates.Span(only, only)


def _beginning(day: date | None, zone: ZoneInfo) -> str | None:
    """The moment at which a day begins."""
    return moment(datetime.combine(day, time(), zone).astimezone(UTC)) if day else None


def _before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).isoformat()


def _rotting(test: Test) -> sa.ColumnElement[str]:
    """The day on which a deal begins to rot: some days after its last change, for an open one in a stage where deals do."""
    if test.object != "deal":
        raise Invalid(f"{ROTTEN} is for deals only")
    stages = test.crm.settings.stages.values()
    days = {stage.id: stage.days_to_rotten for stage in stages if stage.is_deal_rot_enabled and stage.days_to_rotten}
    if not days:
        return sa.cast(sa.null(), sa.Text)
    after = sa.case(days, value=deals.c.stage_id)
    begins = dialects.days_later(test.crm.dialect, deals.c.update_time, after)
    return sa.case((deals.c.status == "open", begins))


DATE = DateComparison("date", {**ORDERED, **NULL_TESTS})
DATE_RANGE = DateRangeComparison("daterange")
