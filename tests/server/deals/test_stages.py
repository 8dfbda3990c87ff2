"""Stages over HTTP, in both versions."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user

INITIAL_STAGES = ["Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started"]


def names(api: Api, pipeline_id: int = 1) -> list[str]:
    """Returns the names of the stages of a pipeline in their order."""
    return [stage["name"] for stage in api.get("/v1/stages", pipeline_id=pipeline_id).data or []]


def order_numbers(api: Api, pipeline_id: int = 1) -> list[int]:
    listed = api.get("/api/v2/stages", pipeline_id=pipeline_id, sort_by="order_nr").data
    return [stage["order_nr"] for stage in listed]


def test_the_same_stage_in_both_versions(api: Api) -> None:
    new = api.post("/api/v2/stages", {"name": "Signed", "pipeline_id": 1, "deal_probability": 90}).data
    assert new == {
        "id": new["id"],
        "order_nr": 5,
        "name": "Signed",
        "is_deleted": False,
        "deal_probability": 90,
        "pipeline_id": 1,
        "is_deal_rot_enabled": False,
        "days_to_rotten": None,
        "add_time": "2026-03-02T10:00:00Z",
        "update_time": "2026-03-02T10:00:00Z",
    }
    assert api.get(f"/api/v2/stages/{new['id']}").data == new
    old = {
        "id": new["id"],
        "order_nr": 5,
        "name": "Signed",
        "active_flag": True,
        "deal_probability": 90,
        "pipeline_id": 1,
        "rotten_flag": False,
        "rotten_days": None,
        "add_time": "2026-03-02 10:00:00",
        "update_time": "2026-03-02 10:00:00",
    }
    assert api.get(f"/v1/stages/{new['id']}").data == old
    of_pipeline = {"pipeline_name": "Pipeline", "pipeline_deal_probability": True}
    assert api.get("/v1/stages").data[-1] == old | of_pipeline
    api.clock.advance(hours=1)
    changed = api.put(f"/v1/stages/{new['id']}", {"rotten_flag": "1", "rotten_days": "7"}).data
    assert changed == old | {"rotten_flag": True, "rotten_days": 7, "update_time": "2026-03-02 11:00:00"}
    emptied = api.patch(f"/api/v2/stages/{new['id']}", {"days_to_rotten": None}).data
    assert (emptied["days_to_rotten"], emptied["is_deal_rot_enabled"]) == (None, True)
    defaults = api.post("/v1/stages", {"name": "x", "pipeline_id": 1}).data
    assert (defaults["deal_probability"], defaults["rotten_flag"], defaults["rotten_days"]) == (100, False, None)


def test_the_order_of_stages(api: Api) -> None:
    assert names(api) == INITIAL_STAGES
    api.put("/v1/stages/5", {"order_nr": 1})
    assert names(api) == ["Qualified", "Negotiations Started", *INITIAL_STAGES[1:4]]
    api.put("/v1/stages/5", {"order_nr": 99})
    assert names(api) == INITIAL_STAGES
    # After a deletion, a new one is still the last, with an order number of its own.
    api.delete("/api/v2/stages/2")
    api.post("/api/v2/stages", {"name": "Signed", "pipeline_id": 1})
    assert names(api) == [INITIAL_STAGES[0], *INITIAL_STAGES[2:], "Signed"]
    assert len(set(order_numbers(api))) == 5


def test_a_stage_moves_to_another_pipeline_with_its_deals(api: Api) -> None:
    second = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    api.post("/api/v2/stages", {"name": "First", "pipeline_id": second})
    deal = api.post("/api/v2/deals", {"title": "Deal", "stage_id": 2}).data["id"]
    moved = api.patch("/api/v2/stages/2", {"pipeline_id": second}).data
    assert (moved["pipeline_id"], moved["order_nr"]) == (second, 1)
    assert (names(api, second), names(api)) == (["First", "Contact Made"], [INITIAL_STAGES[0], *INITIAL_STAGES[2:]])
    assert api.get(f"/api/v2/deals/{deal}").data["pipeline_id"] == second
    assert api.patch("/api/v2/stages/2", {"pipeline_id": 99}).status == 400


def test_deleting_a_stage_deletes_its_open_deals(api: Api) -> None:
    for status in ("open", "won"):
        api.post("/v1/deals", {"title": status, "stage_id": 2, "status": status})
    assert api.delete("/api/v2/stages/2").data == {"id": 2}
    assert [deal["title"] for deal in api.get("/v1/deals").data] == ["won"]
    for path in ("/v1/stages/2", "/api/v2/stages/2"):
        for answer in (api.get(path), api.delete(path)):
            assert (answer.status, answer.error) == (404, "Stage not found")
    assert api.delete("/v1/stages", ids="1,2").status == 404
    assert api.delete("/v1/stages", ids="1,3").data == {"id": [1, 3]}
    assert names(api) == INITIAL_STAGES[3:]


def test_lists_are_sorted_and_paged(api: Api) -> None:
    api.clock.advance(hours=1)
    api.patch("/api/v2/stages/3", {"name": "Demo"})
    second = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    api.post("/api/v2/stages", {"name": "First", "pipeline_id": second})
    page = api.get("/v1/stages", start=1, limit=2)
    assert [stage["name"] for stage in page.data] == ["Contact Made", "Demo"]
    assert page.body["additional_data"]["pagination"]["next_start"] == 3
    assert [stage["name"] for stage in api.get("/api/v2/stages", pipeline_id=second).data] == ["First"]
    assert (api.get("/v1/stages", pipeline_id=99).data, api.get("/api/v2/stages", pipeline_id=99).data) == (None, [])
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        answer = api.get("/api/v2/stages", sort_by="order_nr", sort_direction="desc", limit=2, cursor=cursor or None)
        found += [stage["name"] for stage in answer.data]
        cursor = answer.next_cursor
    assert found == [*INITIAL_STAGES[:2:-1], "Demo", "Contact Made", "First", "Qualified"]
    assert api.get("/api/v2/stages", sort_by="name").status == 400


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "values",
    [
        {"name": ""},
        {"name": None},
        {"name": "x" * 256},
        {"pipeline_id": 99},
        {"pipeline_id": None},
        {"deal_probability": 101},
        {"deal_probability": -1},
        {"deal_probability": 2.5},
        {"days_to_rotten": 0},
        {"days_to_rotten": 2**40},
    ],
)
def test_invalid_values_are_refused(api: Api, values: dict[str, object]) -> None:
    assert api.post("/api/v2/stages", {"name": "New", "pipeline_id": 1, **values}).status == 400
    assert api.patch("/api/v2/stages/1", {"name": "Other", **values}).status == 400
    assert names(api) == INITIAL_STAGES


@pytest.mark.parametrize("path", ["/v1/stages", "/api/v2/stages"])
def test_only_admins_change_stages(api: Api, path: str) -> None:
    rep = add_user(api, "Rep")
    change = rep.put if path.startswith("/v1") else rep.patch
    new = {"name": "x", "pipeline_id": 1}
    for answer in (rep.post(path, new), change(f"{path}/1", {"name": "x"}), rep.delete(f"{path}/1")):
        assert (answer.status, answer.error) == (403, "You do not have permissions to do this.")
    assert rep.get(f"{path}/1").data["name"] == "Qualified"
