"""Pipelines over HTTP, in both versions, and the deals on their boards."""

from __future__ import annotations

import pytest

from tests.api import Api
from tests.company import add_user


def new_pipeline(api: Api, name: str, *stages: str) -> tuple[int, list[int]]:
    """Creates a pipeline with stages; returns their ids."""
    id = api.post("/api/v2/pipelines", {"name": name}).data["id"]
    return id, [api.post("/api/v2/stages", {"name": stage, "pipeline_id": id}).data["id"] for stage in stages]


def names(api: Api) -> list[str]:
    """Returns the names of the pipelines in their order."""
    listed = api.get("/v1/pipelines").data
    assert [pipeline["order_nr"] for pipeline in listed] == list(range(len(listed)))
    return [pipeline["name"] for pipeline in listed]


def test_the_same_pipeline_in_both_versions(api: Api) -> None:
    new = api.post("/api/v2/pipelines", {"name": "Key accounts", "is_deal_probability_enabled": True}).data
    assert new == {
        "id": new["id"],
        "name": "Key accounts",
        "order_nr": 1,
        "is_deleted": False,
        "is_deal_probability_enabled": True,
        "add_time": "2026-03-02T10:00:00Z",
        "update_time": "2026-03-02T10:00:00Z",
    }
    assert api.get(f"/api/v2/pipelines/{new['id']}").data == new
    assert api.get(f"/v1/pipelines/{new['id']}").data == {
        "id": new["id"],
        "name": "Key accounts",
        "url_title": "Key-accounts",
        "order_nr": 1,
        "active": True,
        "deal_probability": True,
        "add_time": "2026-03-02 10:00:00",
        "update_time": "2026-03-02 10:00:00",
        "selected": False,
    }
    api.clock.advance(hours=1)
    path = f"/v1/pipelines/{new['id']}"
    changed = api.put(path, {"deal_probability": "0"}).data
    assert (changed["name"], changed["deal_probability"]) == ("Key accounts", False)
    assert changed["update_time"] == "2026-03-02 11:00:00"
    assert api.patch(f"/api/v2{path[3:]}", {"name": "Others"}).data["name"] == "Others"
    assert api.patch(f"/api/v2{path[3:]}", {"order_nr": 0}).status == 400


def test_the_order_of_pipelines(api: Api) -> None:
    for name in ("B", "C"):
        api.post("/v1/pipelines", {"name": name})
    ids = {pipeline["name"]: pipeline["id"] for pipeline in api.get("/v1/pipelines").data}
    assert names(api) == ["Pipeline", "B", "C"]
    api.put(f"/v1/pipelines/{ids['C']}", {"order_nr": 0})
    assert names(api) == ["C", "Pipeline", "B"]
    api.put(f"/v1/pipelines/{ids['C']}", {"order_nr": 99})
    assert names(api) == ["Pipeline", "B", "C"]
    api.post("/v1/pipelines", {"name": "D", "order_nr": 1})
    assert names(api) == ["Pipeline", "D", "B", "C"]
    by_id = api.get("/api/v2/pipelines", sort_direction="desc", limit=2)
    assert [pipeline["name"] for pipeline in by_id.data] == ["D", "C"]
    rest = api.get("/api/v2/pipelines", cursor=by_id.next_cursor)
    assert [pipeline["name"] for pipeline in rest.data] == ["B", "Pipeline"]


def test_deleting_a_pipeline_deletes_its_stages_and_open_deals(api: Api) -> None:
    id, (stage,) = new_pipeline(api, "Second", "Only")
    for status in ("open", "won"):
        api.post("/v1/deals", {"title": status, "stage_id": stage, "status": status})
    api.post("/v1/deals", {"title": "elsewhere"})
    assert api.delete(f"/api/v2/pipelines/{id}").data == {"id": id}
    assert names(api) == ["Pipeline"]
    assert [deal["title"] for deal in api.get("/v1/deals").data] == ["won", "elsewhere"]
    assert api.get(f"/api/v2/stages/{stage}").status == 404
    gone = (api.get(f"/api/v2/pipelines/{id}"), *(api.delete(f"{v}/pipelines/{id}") for v in ("/v1", "/api/v2")))
    for answer in (*gone, api.put(f"/v1/pipelines/{id}", {"name": "x"})):
        assert (answer.status, answer.error) == (404, "Pipeline not found")
    assert api.get(f"/v1/pipelines/{id}").data["active"] is False
    for path in ("/v1/deals", "/api/v2/deals"):
        assert api.post(path, {"title": "x", "pipeline_id": id}).status == 400
        assert api.post(path, {"title": "x", "stage_id": stage}).status == 400
    # Closed deals stay, and can be moved to another pipeline.
    won = api.get("/api/v2/deals", pipeline_id=id).data[0]["id"]
    assert api.patch(f"/api/v2/deals/{won}", {"pipeline_id": 1}).data["stage_id"] == 1


def test_v1_deactivates_and_reactivates_a_pipeline(api: Api) -> None:
    id, (stage,) = new_pipeline(api, "Second", "Only")
    new_pipeline(api, "Third")
    deal = api.post("/v1/deals", {"title": "Kept", "stage_id": stage}).data["id"]
    path = f"/v1/pipelines/{id}"
    assert api.put(path, {"active": 0}).data["active"] is False
    assert [one["name"] for one in api.get("/api/v2/pipelines").data] == ["Pipeline", "Third"]
    assert (api.get(path).data["active"], api.get(f"/api/v2/pipelines/{id}").status) == (False, 404)
    # Deals cannot be added to an inactive pipeline, but those that are in it can be changed.
    assert api.post("/v1/deals", {"title": "x", "stage_id": stage}).error == "stage_id: Stage not found"
    assert api.patch(f"/api/v2/deals/{deal}", {"value": 5}).data["status"] == "open"
    shown = api.put(path, {"active": "1", "name": "Back"}).data
    assert (shown["active"], shown["name"]) == (True, "Back")
    assert names(api) == ["Pipeline", "Third", "Back"]
    assert api.post("/v1/deals", {"title": "x", "stage_id": stage}).status == 201


def test_without_pipelines_there_are_no_new_deals(api: Api) -> None:
    api.delete("/api/v2/pipelines/1")
    assert (api.get("/v1/pipelines").data, api.get("/api/v2/pipelines").data) == (None, [])
    assert api.post("/api/v2/deals", {"title": "x"}).status == 400
    id, (stage,) = new_pipeline(api, "New", "First")
    assert api.post("/api/v2/deals", {"title": "x"}).data["stage_id"] == stage
    assert api.get(f"/v1/pipelines/{id}").data["selected"] is True


@pytest.mark.parametrize("path", ["/v1/pipelines", "/api/v2/pipelines"])
def test_only_admins_change_pipelines(api: Api, path: str) -> None:
    rep = add_user(api, "Rep")
    change = rep.put if path.startswith("/v1") else rep.patch
    for answer in (rep.post(path, {"name": "x"}), change(f"{path}/1", {"name": "x"}), rep.delete(f"{path}/1")):
        assert (answer.status, answer.error) == (403, "You do not have permissions to do this.")
    assert rep.get(f"{path}/1").data["name"] == "Pipeline"
    assert names(api) == ["Pipeline"]


def test_the_deals_on_a_board(api: Api) -> None:
    rep = add_user(api, "Rep")
    id, (first, last) = new_pipeline(api, "Second", "First", "Last")
    for client, title, values in (
        (api, "mine", {"stage_id": first}),
        (api, "mine, last", {"stage_id": last}),
        (rep, "theirs", {"stage_id": first, "visible_to": "7"}),
        (api, "won", {"stage_id": first, "status": "won"}),
        (api, "elsewhere", {}),
    ):
        client.post("/v1/deals", {"title": title, **values})

    def board(path: str, **query: object) -> list[str]:
        return [deal["title"] for deal in api.get(path, **query).data or []]

    for path, expected in (
        (f"/v1/pipelines/{id}/deals", ["mine", "mine, last"]),
        (f"/v1/stages/{first}/deals", ["mine"]),
    ):
        assert board(path) == expected
        assert board(path, user_id=rep.principal.user_id) == ["theirs"]
        assert sorted(board(path, everyone=1, user_id=rep.principal.user_id)) == sorted([*expected, "theirs"])
        assert api.get(path, everyone=1).data[0]["user_id"] == 1
    assert board(f"/v1/pipelines/{id}/deals", stage_id=last) == ["mine, last"]
    assert api.get("/v1/pipelines/99/deals").status == api.get("/v1/stages/99/deals").status == 404


def test_the_sums_of_a_board(api: Api) -> None:
    id, (first, last) = new_pipeline(api, "Second", "First", "Last")
    api.patch(f"/api/v2/stages/{last}", {"deal_probability": 50})
    for stage, value, currency in ((first, 100, "EUR"), (first, 50.5, "EUR"), (last, 1000, "EUR"), (last, 10, "USD")):
        api.post("/v1/deals", {"title": "x", "stage_id": stage, "value": value, "currency": currency})
    api.post("/v1/deals", {"title": "x", "stage_id": last, "value": 10, "probability": 10, "currency": "USD"})
    page = api.get(f"/v1/pipelines/{id}/deals", get_summary=1, limit=1, totals_convert_currency="EUR")
    summary = page.body["additional_data"]["deals_summary"]
    assert summary["total_count"] == 5
    assert summary["per_stages"][str(first)] == {
        "EUR": {
            "count": 2,
            "value": 150.5,
            "value_formatted": "€150.5",
            "weighted_value": 150.5,
            "weighted_value_formatted": "€150.5",
        }
    }
    dollars = summary["per_stages"][str(last)]["USD"]
    assert (dollars["count"], dollars["value"], dollars["weighted_value"]) == (2, 20, 6)
    assert summary["per_currency"]["EUR"]["weighted_value"] == 650.5
    assert summary["per_stages_converted"][str(last)]["EUR"]["count"] == 3
    assert 1150.5 < summary["total_currency_converted_value"] < 1180
    assert "deals_summary" not in api.get(f"/v1/pipelines/{id}/deals").body["additional_data"]
    assert api.get(f"/v1/pipelines/{id}/deals", get_summary=1, totals_convert_currency="XXX").status == 400
