"""Words for relative dates, alone and in filters."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dealwright.crm.fields import relative_dates
from dealwright.crm.fields.relative_dates import INTERVALS, POINTS, parse_span
from tests.api import Api
from tests.server.integration.filtering import Fields, filtered_names

TUESDAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("last_quarter", "2025-10-01", "2025-12-31"),
        ("this_quarter", "2026-01-01", "2026-03-31"),
        ("last_month", "2026-02-01", "2026-02-28"),
        ("this_month", "2026-03-01", "2026-03-31"),
        ("next_month", "2026-04-01", "2026-04-30"),
        ("last_week", "2026-03-23", "2026-03-29"),
        ("this_week", "2026-03-30", "2026-04-05"),
        ("next_week", "2026-04-06", "2026-04-12"),
        ("6_months_ago", "2025-09-30", "2025-09-30"),
        ("1_months_ago", "2026-02-28", "2026-02-28"),
        ("3_weeks_ago", "2026-03-10", "2026-03-10"),
        ("1_week_ago", "2026-03-24", "2026-03-24"),
        ("yesterday", "2026-03-30", "2026-03-30"),
        ("before_today", None, "2026-03-30"),
        ("today", "2026-03-31", "2026-03-31"),
        ("now", "2026-03-31", "2026-03-31"),
        ("later_or_today", "2026-03-31", None),
        ("before_tomorrow", None, "2026-03-31"),
        ("tomorrow", "2026-04-01", "2026-04-01"),
        ("later_or_tomorrow", "2026-04-01", None),
        ("in_1_week", "2026-04-07", "2026-04-07"),
        ("in_3_weeks", "2026-04-21", "2026-04-21"),
        ("in_1_month", "2026-04-30", "2026-04-30"),
        ("in_6_months", "2026-09-30", "2026-09-30"),
    ],
)
def test_words(word: str, first: str | None, last: str | None) -> None:
    found = parse_span(word, TUESDAY)
    assert found
    assert [day and day.isoformat() for day in found] == [first, last]


def test_every_word_means_something_on_every_day() -> None:
    for today in (date(2024, 2, 29), date(2025, 1, 1), date(2025, 12, 31), date(2026, 3, 2)):
        assert all(parse_span(word, today) for word in {**INTERVALS, **POINTS})
        assert parse_span(relative_dates.ROTTEN, today) is None
        assert parse_span("in_7_months", today) is None


@pytest.mark.parametrize(
    ("operator", "word", "expected"),
    [
        ("=", "this_week", ["Mon", "Sun"]),
        ("!=", "this_week", ["Fri", "Next", "Unset"]),
        (">", "this_week", ["Next"]),
        (">=", "this_week", ["Mon", "Sun", "Next"]),
        ("<", "this_week", ["Fri"]),
        ("<=", "this_week", ["Fri", "Mon", "Sun"]),
        ("=", "before_today", ["Fri"]),
        ("<", "before_today", []),
        ("<=", "before_today", ["Fri"]),
        (">=", "before_today", ["Fri", "Mon", "Sun", "Next"]),
        ("=", "later_or_tomorrow", ["Sun", "Next"]),
        (">", "later_or_tomorrow", []),
        ("=", "in_1_week", ["Next"]),
        ("<=", "now", ["Fri", "Mon"]),
    ],
)
def test_filters_of_dates(api: Api, operator: str, word: str, expected: list[str]) -> None:
    days = {"Fri": "2026-02-27", "Mon": "2026-03-02", "Sun": "2026-03-08", "Next": "2026-03-09", "Unset": None}
    for title, day in days.items():
        api.post("/api/v2/deals", {"title": title, "expected_close_date": day})
    assert (
        filtered_names(api, "deals", Fields(api).condition("deal", "expected_close_date", operator, word)) == expected
    )


def test_a_day_begins_and_ends_in_the_time_zone_of_the_user(api: Api) -> None:
    # In Tallinn the day began at 22:00 UTC.
    for hour, minute in ((21, 59), (22, 0), (23, 30)):
        api.clock.now = datetime(2026, 3, 1, hour, minute, tzinfo=UTC)
        api.post("/api/v2/deals", {"title": f"{hour}:{minute:02d}"})
    condition = Fields(api).condition("deal", "add_time", "=", "today")
    assert filtered_names(api, "deals", condition) == ["22:00", "23:30"]
    assert filtered_names(api, "deals", {**condition, "value": "2026-03-01"}) == ["21:59"]
    assert filtered_names(api, "deals", {**condition, "operator": "<", "value": "now"}) == ["21:59", "22:00"]
    assert filtered_names(api, "deals", {**condition, "value": "now"}) == ["23:30"]
    # The same filter moves with the current date.
    api.clock.advance(days=1)
    assert filtered_names(api, "deals", condition) == []
    assert filtered_names(api, "deals", {**condition, "value": "yesterday"}) == ["22:00", "23:30"]


def test_when_deals_begin_to_rot(api: Api) -> None:
    api.patch("/api/v2/stages/2", {"is_deal_rot_enabled": True, "days_to_rotten": 3})
    for title, stage, next_date in (("Fresh", 2, "2026-03-04"), ("Rotting", 2, "2026-03-05"), ("Never", 1, None)):
        deal = api.post("/api/v2/deals", {"title": title, "stage_id": stage}).data["id"]
        if next_date:
            body = {"deal_id": deal, "due_date": next_date}
            api.post("/api/v2/activities", body)
    condition = Fields(api).condition("deal", "next_activity_date", ">=", "rotten_time")
    assert filtered_names(api, "deals", condition) == ["Rotting"]
    assert filtered_names(api, "deals", {**condition, "operator": "="}) == ["Rotting"]
    assert filtered_names(api, "deals", {**condition, "operator": "!="}) == ["Fresh", "Never"]
    added = Fields(api).condition("deal", "add_time", "<", "rotten_time")
    assert filtered_names(api, "deals", added) == ["Fresh", "Rotting"]
