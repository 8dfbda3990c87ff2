"""Words for days relative to today, such as ``today``, ``last_week`` and ``in_2_months``."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple


class Span(NamedTuple):
    """Days from a first to a last one; None where a side is open."""

    first: date | None
    last: date | None


INTERVALS: Mapping[str, str] = {
    "last_quarter": "last quarter",
    "this_quarter": "this quarter",
    "last_month": "last month",
    "this_month": "this month",
    "last_week": "last week",
    "this_week": "this week",
    "next_week": "next week",
    "next_month": "next month",
}
"""Words for several days in a row, with their labels. Weeks begin on Monday."""

NOW = "now"
"""The word for the current time, and for today where there is no time of day."""

ROTTEN = "rotten_time"
"""The word for the day on which a deal begins to rot, which differs from deal to deal."""

POINTS: Mapping[str, str] = {
    **{f"{months}_months_ago": f"{months} months ago" for months in (6, 5, 4, 3, 2)},
    "1_months_ago": "1 month ago",
    "3_weeks_ago": "3 weeks ago",
    "2_weeks_ago": "2 weeks ago",
    "1_week_ago": "1 week ago",
    "yesterday": "yesterday",
    "before_today": "before today",
    "today": "today",
    NOW: "now",
    "later_or_today": "today or later",
    "before_tomorrow": "before tomorrow",
    "tomorrow": "tomorrow",
    "later_or_tomorrow": "tomorrow or later",
    "in_1_week": "in 1 week",
    "in_2_weeks": "in 2 weeks",
    "in_3_weeks": "in 3 weeks",
    "in_1_month": "in 1 month",
    **{f"in_{months}_months": f"in {months} months" for months in (2, 3, 4, 5, 6)},
}
"""Words for one day, or for all days on one side of it, with their labels."""

DEAL_WORDS: Mapping[str, str] = {ROTTEN: "when it begins to rot"}
"""Words that are valid for deals only."""


def parse_span(word: str, today: date) -> Span | None:
    """Returns the days that a word stands for; None for other words, and for those whose days depend on the record."""
    if word in INTERVALS:
        which, unit = word.split("_")
        distance = {"last": -1, "this": 0, "next": 1}[which]
        return (
            _week_span(today, distance)
            if unit == "week"
            else _months_span(today, distance, 3 if unit == "quarter" else 1)
        )
    if word in ("today", NOW):
        return Span(today, today)
    if word in ("yesterday", "tomorrow"):
        return _day_span(today, -1 if word == "yesterday" else 1)
    if word in ("before_today", "before_tomorrow"):
        return Span(None, today - timedelta(days=1 if word == "before_today" else 0))
    if word in ("later_or_today", "later_or_tomorrow"):
        return Span(today + timedelta(days=0 if word == "later_or_today" else 1), None)
    return _offset_span(word, today) if word in POINTS else None


def _offset_span(word: str, today: date) -> Span:
    """Returns the day of a word such as ``3_weeks_ago`` or ``in_2_months``."""
    parts = word.split("_")
    number, unit = (int(parts[1]), parts[2]) if parts[0] == "in" else (-int(parts[0]), parts[1])
    if unit.startswith("week"):
        return _day_span(today, 7 * number)
    day = _add_months(today, number)
    return Span(day, day)


def _day_span(today: date, days: int) -> Span:
    day = today + timedelta(days=days)
    return Span(day, day)


def _week_span(today: date, distance: int) -> Span:
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=distance)
    return Span(monday, monday + timedelta(days=6))


def _months_span(today: date, distance: int, size: int) -> Span:
    """Returns the month or quarter (``size`` months) that is ``distance`` such periods away from the current one."""
    first = today.replace(day=1, month=(today.month - 1) // size * size + 1)
    begin = _add_months(first, distance * size)
    return Span(begin, _add_months(begin, size) - timedelta(days=1))


def _add_months(day: date, months: int) -> date:
    """Returns the same day some months later; the last day of a month that is too short for it."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
