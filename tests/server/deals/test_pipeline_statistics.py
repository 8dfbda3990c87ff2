"""How deals move through a pipeline, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user, set_permissions

MARCH = {"start_date": "2026-03-01", "end_date": "2026-03-31"}


@pytest.fixture
def stage_ids(api: Api) -> list[int]:
    """Returns the stages of the first pipeline, without the last two."""
    ids = [stage["id"] for stage in api.get("/api/v2/stages").data]
    for id in ids[3:]:
        api.delete(f"/api/v2/stages/{id}")
    return ids[:3]


def add(api: Api, stage_id: int, **values: object) -> int:
    id: int = api.post("/v1/deals", {"title": "x", "stage_id": stage_id, "currency": "EUR", **values}).data["id"]
    return id


def change(api: Api, id: int, **values: object) -> None:
    assert api.patch(f"/api/v2/deals/{id}", values).status == 200


def conversions(api: Api, **query: object) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/v1/pipelines/1/conversion_statistics", **(MARCH | query)).data
    return found


def movements(api: Api, **query: object) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/v1/pipelines/1/movement_statistics", **(MARCH | query)).data
    return found


def conversion_rates(statistics: dict[str, Any]) -> list[int]:
    return [one["conversion_rate"] for one in statistics["stage_conversions"]]


def test_the_share_of_deals_that_went_on(api: Api, stage_ids: list[int]) -> None:
    ids = [add(api, stage_ids[0]) for _ in range(3)]
    add(api, stage_ids[1])
    change(api, ids[0], stage_id=stage_ids[1])
    change(api, ids[1], stage_id=stage_ids[2])
    change(api, ids[1], stage_id=stage_ids[0])
    found = conversions(api)
    assert [(one["from_stage_id"], one["to_stage_id"]) for one in found["stage_conversions"]] == [
        (stage_ids[0], stage_ids[1]),
        (stage_ids[1], stage_ids[2]),
    ]
    # Two of three came to the second stage or further; of the two that stood in it, none did.
    assert conversion_rates(found) == [67, 0]
    assert conversion_rates(conversions(api, start_date="2026-02-01", end_date="2026-03-01")) == [0, 0]


def test_the_share_of_deals_that_were_won_and_lost(api: Api, stage_ids: list[int]) -> None:
    add(api, stage_ids[0], status="won")
    add(api, stage_ids[0], status="lost")
    add(api, stage_ids[0])
    late = add(api, stage_ids[0])
    api.clock.advance(days=31)
    change(api, late, status="won")
    found = conversions(api)
    assert (found["won_conversion"], found["lost_conversion"]) == (25, 25)
    april = conversions(api, start_date="2026-04-01", end_date="2026-04-30")
    assert (april["won_conversion"], april["lost_conversion"]) == (100, 0)
    empty = conversions(api, start_date="2025-04-01", end_date="2025-04-30")
    assert (empty["won_conversion"], empty["lost_conversion"]) == (0, 0)


def test_movements_of_deals(api: Api, stage_ids: list[int]) -> None:
    before = add(api, stage_ids[0], value=1, add_time="2026-02-01 10:00:00")
    still_open = add(api, stage_ids[0], value=10)
    won = add(api, stage_ids[0], value=100, currency="USD")
    lost = add(api, stage_ids[0], value=1000)
    change(api, before, stage_id=stage_ids[1])
    change(api, won, stage_id=stage_ids[2], status="won")
    change(api, lost, status="lost")
    found = movements(api)
    assert found["movements_between_stages"] == {"count": 2}
    assert found["new_deals"] == {
        "count": 3,
        "deals_ids": [still_open, won, lost],
        "values": {"EUR": 1010, "USD": 100},
        "formatted_values": {"EUR": "€1,010", "USD": "$100"},
    }
    assert found["deals_left_open"]["deals_ids"] == [before, still_open]
    assert found["won_deals"]["deals_ids"] == [won]
    assert found["lost_deals"]["values"] == {"EUR": 1000}
    february = movements(api, start_date="2026-02-01", end_date="2026-02-28")
    assert february["new_deals"]["deals_ids"] == february["deals_left_open"]["deals_ids"] == [before]
    assert february["movements_between_stages"] == {"count": 0}


def test_what_was_closed_after_the_period_was_open_in_it(api: Api, stage_ids: list[int]) -> None:
    id = add(api, stage_ids[0])
    api.clock.advance(days=40)
    change(api, id, status="lost")
    assert movements(api)["deals_left_open"]["deals_ids"] == [id]
    april = movements(api, start_date="2026-04-01", end_date="2026-04-30")
    assert (april["deals_left_open"]["count"], april["lost_deals"]["deals_ids"]) == (0, [id])


def test_the_average_age_of_deals(api: Api, stage_ids: list[int]) -> None:
    one, other = add(api, stage_ids[0]), add(api, stage_ids[0])
    api.clock.advance(days=2)
    change(api, one, stage_id=stage_ids[1])
    api.clock.advance(days=4)
    change(api, one, status="won")
    api.clock.advance(days=4)
    # The first was in its first stage for 2 days, then for 4 in the next; the second has been in the first for 10.
    assert movements(api)["average_age_in_days"] == {
        "across_all_stages": 8,
        "by_stages": [
            {"stage_id": stage_ids[0], "value": 6},
            {"stage_id": stage_ids[1], "value": 4},
            {"stage_id": stage_ids[2], "value": 0},
        ],
    }
    # At the end of the period, the second one was two days old.
    early = movements(api, end_date="2026-03-04")["average_age_in_days"]
    assert early["by_stages"][0] == {"stage_id": stage_ids[0], "value": 2}
    change(api, other, status="lost")


def test_whose_deals_count(api: Api, stage_ids: list[int]) -> None:
    rep = add_user(api, "Rep")
    other = add_user(api, "Other")
    deal_of_rep = add(rep, stage_ids[0], visible_to=1, status="won")
    own = add(api, stage_ids[0])
    api.delete(f"/api/v2/deals/{add(api, stage_ids[0])}")
    change(api, add(api, stage_ids[0]), is_archived=True)
    pipeline = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "Only", "pipeline_id": pipeline}).data["id"]
    add(api, stage)
    assert movements(api)["new_deals"]["deals_ids"] == [own]
    assert conversions(rep)["won_conversion"] == 100
    assert conversions(api)["won_conversion"] == 0
    user_id = rep.principal.user_id
    set_permissions(api, "can_see_other_users_statistics")
    assert movements(api, user_id=user_id)["new_deals"]["deals_ids"] == [deal_of_rep]
    assert movements(other, user_id=user_id)["new_deals"] == {
        "count": 0,
        "deals_ids": [],
        "values": {},
        "formatted_values": {},
    }


@pytest.mark.parametrize("name", ["conversion_statistics", "movement_statistics"])
def test_only_periods_of_pipelines_that_are_there(api: Api, name: str) -> None:
    assert api.get(f"/v1/pipelines/99/{name}", **MARCH).status == 404
    assert api.get(f"/v1/pipelines/1/{name}", start_date="2026-03-01").status == 400
    assert api.get(f"/v1/pipelines/1/{name}", start_date="2026-03-02", end_date="2026-03-01").status == 400
