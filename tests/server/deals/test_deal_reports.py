"""Sums over deals over HTTP: the summary and the timeline."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user

TIMELINE = {"start_date": "2026-03-01", "interval": "month", "amount": 2, "field_key": "expected_close_date"}


def add(api: Api, title: str = "x", **values: object) -> int:
    id: int = api.post("/v1/deals", {"title": title, "currency": "EUR", **values}).data["id"]
    return id


def get_timeline(api: Api, path: str = "/v1/deals/timeline", **query: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(path, **(TIMELINE | query)).data
    return found


def titles(interval: dict[str, Any]) -> list[str]:
    return [deal["title"] for deal in interval["deals"]]


def test_the_summary_adds_up_by_currency_and_converts_the_sums(api: Api) -> None:
    add(api, value=100, probability=10)
    add(api, value=50.5)
    add(api, value=10, currency="USD", probability=50)
    summary = api.get("/v1/deals/summary").data
    assert summary["values_total"]["EUR"] == {
        "value": 150.5,
        "count": 2,
        "value_converted": 150.5,
        "value_formatted": "€150.5",
        "value_converted_formatted": "€150.5",
    }
    dollars = summary["values_total"]["USD"]
    assert (dollars["value"], dollars["count"], dollars["value_formatted"]) == (10, 1, "$10")
    assert 5 < dollars["value_converted"] < 10
    assert summary["weighted_values_total"]["EUR"] == {"value": 60.5, "count": 2, "value_formatted": "€60.5"}
    assert summary["weighted_values_total"]["USD"]["value"] == 5
    assert summary["total_count"] == 3
    assert summary["total_currency_converted_value"] == pytest.approx(150.5 + dollars["value_converted"])
    weighted = 60.5 + dollars["value_converted"] / 2
    assert summary["total_weighted_currency_converted_value"] == pytest.approx(weighted, abs=0.02)


def test_without_a_probability_of_its_own_a_deal_has_that_of_its_stage(api: Api) -> None:
    id = add(api, value=1000)
    stage_id = api.get(f"/api/v2/deals/{id}").data["stage_id"]
    api.patch(f"/api/v2/stages/{stage_id}", {"deal_probability": 30})
    assert api.get("/v1/deals/summary").data["weighted_values_total"]["EUR"]["value"] == 300


def test_a_summary_of_nothing(api: Api) -> None:
    assert api.get("/v1/deals/summary").data == {
        "values_total": {},
        "weighted_values_total": {},
        "total_count": 0,
        "total_currency_converted_value": 0,
        "total_weighted_currency_converted_value": 0,
        "total_currency_converted_value_formatted": "€0",
        "total_weighted_currency_converted_value_formatted": "€0",
    }


def test_what_a_summary_is_about(api: Api) -> None:
    rep = add_user(api, "Rep")
    stages = [stage["id"] for stage in api.get("/api/v2/stages").data]
    add(api, value=1, stage_id=stages[0])
    add(api, value=2, stage_id=stages[1], status="won")
    add(rep, value=4, stage_id=stages[1], visible_to=1)
    api.delete(f"/api/v2/deals/{add(api, value=8)}")
    api.patch(f"/api/v2/deals/{add(api, value=16)}", {"is_archived": True})

    def value(client: Api = api, path: str = "/v1/deals/summary", **query: object) -> float:
        total: float = client.get(path, **query).data["total_currency_converted_value"]
        return total

    assert value() == 7
    assert value(status="won") == 2
    assert value(stage_id=stages[1]) == 6
    assert value(user_id=rep.principal.user_id) == 4
    assert value(pipeline_id=1) == 7
    assert value(pipeline_id=99) == 0
    assert value(path="/v1/deals/summary/archived") == 16
    other = add_user(api, "Other")
    assert value(other) == 3


def test_a_filter_takes_the_place_of_the_user_only(api: Api) -> None:
    rep = add_user(api, "Rep")
    add(api, value=1)
    add(api, value=2, status="won")
    add(rep, value=4)
    field = next(field for field in api.get("/v1/dealFields", limit=500).data if field["key"] == "value")
    condition = {"object": "deal", "field_id": field["id"], "operator": "<", "value": "4", "extra_value": None}
    groups = [{"glue": "and", "conditions": [condition]}, {"glue": "or", "conditions": []}]
    filter = {"name": "Small", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    id = api.post("/v1/filters", filter).data["id"]

    def count(**query: object) -> int:
        found: int = api.get("/v1/deals/summary", filter_id=id, **query).data["total_count"]
        return found

    assert count() == count(user_id=rep.principal.user_id) == 2
    assert count(status="won") == 1
    assert api.get("/v1/deals/summary", filter_id=99).status in (400, 404)


def test_deals_fall_into_the_intervals_of_a_date(api: Api) -> None:
    add(api, "last day", value=100, probability=50, expected_close_date="2026-03-31")
    add(api, "first day", value=10, expected_close_date="2026-03-01", status="won")
    add(api, "dollars", value=7, currency="USD", expected_close_date="2026-04-01")
    add(api, "lost", expected_close_date="2026-04-01", status="lost")
    add(api, "too late", expected_close_date="2026-05-01")
    add(api, "never")
    march, april = get_timeline(api)
    assert (march["period_start"], march["period_end"]) == ("2026-03-01 00:00:00", "2026-03-31 23:59:59")
    assert (april["period_start"], april["period_end"]) == ("2026-04-01 00:00:00", "2026-04-30 23:59:59")
    assert [titles(march), titles(april)] == [["first day", "last day"], ["dollars"]]
    assert march["deals"][0]["user_id"] == 1
    assert march["totals"] == {
        "count": 2,
        "values": {"EUR": 110},
        "weighted_values": {"EUR": 60},
        "open_count": 1,
        "open_values": {"EUR": 100},
        "weighted_open_values": {"EUR": 50},
        "won_count": 1,
        "won_values": {"EUR": 10},
    }
    assert april["totals"]["values"] == {"USD": 7}
    assert "totals_converted" not in march


def test_the_lengths_of_intervals(api: Api) -> None:
    def starts(interval: str, start: str, amount: int = 3) -> list[str]:
        return [
            one["period_start"][:10] for one in get_timeline(api, interval=interval, start_date=start, amount=amount)
        ]

    assert starts("day", "2026-02-27") == ["2026-02-27", "2026-02-28", "2026-03-01"]
    assert starts("week", "2026-02-20") == ["2026-02-20", "2026-02-27", "2026-03-06"]
    assert starts("month", "2025-12-31") == ["2025-12-31", "2026-01-31", "2026-02-28"]
    assert starts("quarter", "2025-11-15") == ["2025-11-15", "2026-02-15", "2026-05-15"]
    last = get_timeline(api, interval="month", start_date="2025-12-31", amount=3)[1]["period_end"]
    assert last == "2026-02-27 23:59:59"


def test_a_timeline_by_times_and_by_custom_dates(api: Api) -> None:
    key = api.post("/v1/dealFields", {"name": "Kick-off", "field_type": "date"}).data["key"]
    add(api, "now", value=5, **{key: "2026-04-15"})
    api.clock.advance(hours=-10, seconds=-1)
    add(api, "a day before")
    days = get_timeline(api, interval="day", field_key="add_time")
    assert [titles(day) for day in days] == [["a day before"], ["now"]]
    assert [titles(month) for month in get_timeline(api, field_key=key)] == [[], ["now"]]
    assert get_timeline(api, field_key=key)[1]["totals"]["values"] == {"EUR": 5}


def test_sums_alone_and_converted(api: Api) -> None:
    add(api, value=10, expected_close_date="2026-03-01")
    add(api, value=10, currency="USD", expected_close_date="2026-03-01")
    dollars = add_user(api, "Dollars", currency="USD")
    march, april = get_timeline(dollars, exclude_deals=1, totals_convert_currency="default_currency")
    assert "deals" not in march
    assert list(march["totals_converted"]["values"]) == ["USD"]
    assert march["totals_converted"]["count"] == 2
    assert march["totals_converted"]["values"]["USD"] > 20
    assert april["totals_converted"]["values"] == {}


def test_what_a_timeline_is_about(api: Api) -> None:
    rep = add_user(api, "Rep")
    date = "2026-03-05"
    add(api, "mine", expected_close_date=date)
    add(rep, "theirs", expected_close_date=date, visible_to=1)
    api.patch(f"/api/v2/deals/{add(api, 'stored away', expected_close_date=date)}", {"is_archived": True})
    api.delete(f"/api/v2/deals/{add(api, 'gone', expected_close_date=date)}")
    assert titles(get_timeline(api)[0]) == ["mine", "theirs"]
    assert titles(get_timeline(api, user_id=rep.principal.user_id)[0]) == ["theirs"]
    assert titles(get_timeline(api, pipeline_id=99)[0]) == []
    assert titles(get_timeline(add_user(api, "Other"))[0]) == ["mine"]
    assert titles(get_timeline(api, "/v1/deals/timeline/archived")[0]) == ["stored away"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"field_key": "title"},
        {"field_key": "nothing"},
        {"interval": "year"},
        {"amount": 0},
        {"amount": 1001},
        {"start_date": "9999-12-01"},
        {"totals_convert_currency": "XXX"},
    ],
)
def test_invalid_timelines_are_refused(api: Api, wrong: dict[str, object]) -> None:
    assert api.get("/v1/deals/timeline", **(TIMELINE | wrong)).status == 400
