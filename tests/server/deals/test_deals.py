"""Deals over HTTP, in both versions: their properties and lists. The effects of changes are in `test_deal_rules`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user


def titles(api: Api, path: str = "/api/v2/deals", **query: object) -> list[str]:
    return [deal["title"] for deal in api.get(path, **query).data or []]


def new_deal(api: Api, **values: object) -> int:
    id: int = api.post("/api/v2/deals", {"title": "Deal", **values}).data["id"]
    return id


@pytest.fixture
def contacts(api: Api) -> tuple[int, int]:
    """Returns a person, and the organization that it belongs to."""
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    return api.post("/api/v2/persons", {"name": "Mary Lee", "org_id": org}).data["id"], org


def test_a_new_deal_has_defaults(api: Api) -> None:
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data
    assert deal == {
        "id": deal["id"],
        "title": "Deal",
        "creator_user_id": 1,
        "owner_id": 1,
        "value": 0,
        "currency": "EUR",
        "person_id": None,
        "org_id": None,
        "stage_id": 1,
        "pipeline_id": 1,
        "add_time": "2026-03-02T10:00:00Z",
        "update_time": "2026-03-02T10:00:00Z",
        "stage_change_time": None,
        "status": "open",
        "is_archived": False,
        "archive_time": None,
        "is_deleted": False,
        "probability": None,
        "lost_reason": None,
        "visible_to": 3,
        "close_time": None,
        "won_time": None,
        "lost_time": None,
        "local_won_date": None,
        "local_lost_date": None,
        "local_close_date": None,
        "expected_close_date": None,
        "label_ids": [],
        "origin": "API",
        "origin_id": None,
        "channel": None,
        "channel_id": None,
        "acv": None,
        "arr": None,
        "mrr": None,
        "custom_fields": {},
    }


def test_all_values_given(api: Api, contacts: tuple[int, int]) -> None:
    person, org = contacts
    owner = add_user(api, "Rep").principal.user_id
    body = {
        "title": "Deal",
        "owner_id": owner,
        "person_id": person,
        "org_id": org,
        "stage_id": 3,
        "value": 1250.5,
        "currency": "USD",
        "probability": 40,
        "visible_to": 7,
        "expected_close_date": "2026-04-01",
    }
    deal = api.post("/api/v2/deals", body).data
    assert {name: deal[name] for name in body} == body
    assert (deal["pipeline_id"], deal["creator_user_id"]) == (1, 1)


def test_the_same_deal_in_v1(api: Api, contacts: tuple[int, int]) -> None:
    person, org = contacts
    id = new_deal(api, person_id=person, org_id=org, value=5000, stage_id=2, probability=50)
    answer = api.get(f"/v1/deals/{id}")
    deal = answer.data
    assert (deal["person_id"]["value"], deal["person_id"]["name"], deal["person_name"]) == (
        person,
        "Mary Lee",
        "Mary Lee",
    )
    assert (deal["org_id"]["value"], deal["org_name"]) == (org, "Acme")
    assert (deal["user_id"]["value"], deal["user_id"]["has_pic"], deal["owner_name"]) == (1, False, "Ada Admin")
    assert (deal["add_time"], deal["visible_to"], deal["label"]) == ("2026-03-02 10:00:00", "3", None)
    assert (deal["active"], deal["deleted"], deal["stage_order_nr"]) == (True, False, 1)
    assert (deal["formatted_value"], deal["weighted_value"], deal["formatted_weighted_value"]) == (
        "€5,000",
        2500,
        "€2,500",
    )
    assert deal["cc_email"] == answer.body["additional_data"]["dropbox_email"]
    assert set(answer.body["related_objects"]) >= {"user", "person", "organization"}
    assert answer.body["related_objects"]["organization"][str(org)]["name"] == "Acme"


def test_v1_takes_text_for_numbers_and_its_own_names(api: Api, contacts: tuple[int, int]) -> None:
    person, org = contacts
    body = {
        "title": "Deal",
        "value": "12.5",
        "user_id": "1",
        "person_id": str(person),
        "org_id": org,
        "visible_to": "7",
    }
    made = api.post("/v1/deals", body)
    assert (made.status, made.data["value"], made.data["visible_to"]) == (201, 12.5, "7")
    assert made.data["person_id"]["value"] == person
    sent_back = {"title": "Renamed", "value": "", "org_id": None, "expected_close_date": ""}
    changed = api.put(f"/v1/deals/{made.data['id']}", sent_back).data
    assert (changed["title"], changed["value"], changed["org_id"]) == ("Renamed", 0, None)
    imported = api.post("/v1/deals", {"title": "Old", "add_time": "2020-01-02T03:04:05", "origin_id": "7"}).data
    assert (imported["add_time"], imported["origin_id"]) == ("2020-01-02 03:04:05", "7")


def test_labels(api: Api) -> None:
    options = [{"label": "Hot"}, {"label": "Cold"}]
    made = api.post("/api/v2/dealFields/label_ids/options", options)
    hot, cold = (option["id"] for option in made.data)
    deal = api.post("/v1/deals", {"title": "Deal", "label": f"{hot}, {cold}"}).data
    assert deal["label"] == f"{hot},{cold}"
    assert api.get(f"/api/v2/deals/{deal['id']}").data["label_ids"] == [hot, cold]
    assert api.put(f"/v1/deals/{deal['id']}", {"label": cold}).data["label"] == str(cold)
    assert api.patch(f"/api/v2/deals/{deal['id']}", {"label_ids": []}).data["label_ids"] == []
    assert api.patch(f"/api/v2/deals/{deal['id']}", {"label_ids": [99999]}).status == 400


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "values",
    [
        {"owner_id": 99},
        {"person_id": 99},
        {"org_id": 99},
        {"stage_id": 99},
        {"pipeline_id": 99},
        {"currency": "XXX"},
        {"probability": 101},
        {"visible_to": 2},
        {"title": ""},
    ],
)
def test_invalid_values_are_refused_and_nothing_is_written(api: Api, values: dict[str, Any]) -> None:
    assert api.post("/api/v2/deals", {"title": "Deal", **values}).status == 400
    renamed = {"user_id" if name == "owner_id" else name: value for name, value in values.items()}
    assert api.post("/v1/deals", {"title": "Deal", **renamed}).status == 400
    assert api.get("/api/v2/deals").data == []
    id = new_deal(api)
    before = api.get(f"/api/v2/deals/{id}").data
    assert api.patch(f"/api/v2/deals/{id}", {"value": 5, **values}).status == 400
    assert api.get(f"/api/v2/deals/{id}").data == before


def test_only_what_is_given_changes(api: Api, contacts: tuple[int, int]) -> None:
    person, _ = contacts
    id = new_deal(api, value=100, person_id=person, probability=10, expected_close_date="2026-04-01")
    before = api.get(f"/api/v2/deals/{id}").data
    api.clock.advance(hours=1)
    changed = api.patch(f"/api/v2/deals/{id}", {"value": 200}).data
    assert changed == {**before, "value": 200, "update_time": "2026-03-02T11:00:00Z"}
    emptied = {"person_id": None, "probability": None, "expected_close_date": None}
    assert api.patch(f"/api/v2/deals/{id}", emptied).data == {**changed, **emptied}
    api.clock.advance(hours=1)
    # A change to the same values is not recorded.
    assert api.patch(f"/api/v2/deals/{id}", {"value": 200}).data["update_time"] == "2026-03-02T11:00:00Z"


def test_additional_fields_on_request(api: Api, contacts: tuple[int, int]) -> None:
    id = new_deal(api, person_id=contacts[0], status="won")
    api.post(f"/api/v2/deals/{id}/followers", {"user_id": 1})
    deal = api.get(f"/api/v2/deals/{id}", include_fields="followers_count,participants_count,first_won_time").data
    assert (deal["followers_count"], deal["participants_count"]) == (1, 1)
    assert deal["first_won_time"] == "2026-03-02T10:00:00Z"
    listed = api.get("/api/v2/deals", include_fields="smart_bcc_email,next_activity_id").data[0]
    assert (listed["next_activity_id"], "followers_count" in listed) == (None, False)
    assert f"+deal{id}@" in listed["smart_bcc_email"]
    assert api.get("/api/v2/deals", include_fields="title").status == 400


def test_a_deleted_deal(api: Api) -> None:
    id = new_deal(api)
    assert api.delete(f"/api/v2/deals/{id}").data == {"id": id}
    old = api.get(f"/v1/deals/{id}").data
    assert (old["deleted"], old["active"], old["status"]) == (True, False, "deleted")
    for answer in (
        api.get(f"/api/v2/deals/{id}"),
        api.patch(f"/api/v2/deals/{id}", {"title": "x"}),
        api.put(f"/v1/deals/{id}", {"title": "x"}),
        api.delete(f"/v1/deals/{id}"),
    ):
        assert (answer.status, answer.error) == (404, "Deal not found")
    assert (titles(api), api.get("/v1/deals").data) == ([], None)
    assert titles(api, status="deleted") == titles(api, "/v1/deals", status="deleted") == ["Deal"]
    api.clock.advance(days=31)
    assert titles(api, status="deleted") == []


def test_many_are_deleted_or_none(api: Api) -> None:
    ids = [new_deal(api, title=title) for title in "ABC"]
    assert api.delete("/v1/deals", ids=f"{ids[0]},99").status == 404
    assert titles(api) == ["A", "B", "C"]
    assert api.delete("/v1/deals", ids=f"{ids[0]},{ids[2]},{ids[0]}").data == {"id": [ids[0], ids[2]]}
    assert titles(api) == ["B"]


def test_lists_are_narrowed(api: Api, contacts: tuple[int, int]) -> None:
    person, org = contacts
    rep = add_user(api, "Rep")
    second = api.post("/api/v2/pipelines", {"name": "Second"}).data["id"]
    stage = api.post("/api/v2/stages", {"name": "First", "pipeline_id": second}).data["id"]
    ids = [
        new_deal(api, title="person", person_id=person),
        new_deal(api, title="org", org_id=org),
        new_deal(api, title="won", status="won"),
        new_deal(api, title="second", pipeline_id=second),
        new_deal(rep, title="rep"),
    ]
    api.clock.advance(hours=1)
    api.patch(f"/api/v2/deals/{ids[1]}", {"value": 1})
    assert titles(api, person_id=person) == ["person"]
    assert titles(api, org_id=org) == ["org"]
    assert (
        titles(api, owner_id=rep.principal.user_id)
        == titles(api, "/v1/deals", user_id=rep.principal.user_id)
        == ["rep"]
    )
    assert titles(api, pipeline_id=second) == titles(api, stage_id=stage) == ["second"]
    assert titles(api, "/v1/deals", stage_id=stage) == ["second"]
    assert titles(api, status="won") == titles(api, "/v1/deals", status="won") == ["won"]
    assert titles(api, status="won,open", ids=f"{ids[2]},{ids[0]},99") == ["person", "won"]
    assert titles(api, updated_since="2026-03-02T11:00:00Z") == ["org"]
    assert "org" not in titles(api, updated_until="2026-03-02T11:00:00Z")
    assert titles(rep, "/v1/deals", owned_by_you=1, user_id=1) == ["rep"]
    assert titles(api, "/v1/deals", sort="title DESC", limit=2) == ["won", "second"]
    for path in ("/api/v2/deals", "/v1/deals", "/v1/deals/archived"):
        assert api.get(path, filter_id=99).error == "Filter not found"


def test_the_collection(api: Api) -> None:
    new_deal(api, title="A", value=5)
    api.clock.advance(hours=1)
    new_deal(api, title="B", status="lost")
    first = api.get("/v1/deals/collection", limit=1)
    assert [(deal["title"], deal["user_id"], deal["person_id"]) for deal in first.data] == [("A", 1, None)]
    assert titles(api, "/v1/deals/collection", cursor=first.next_cursor) == ["B"]
    assert titles(api, "/v1/deals/collection", since="2026-03-02 11:00:00") == ["B"]
    assert titles(api, "/v1/deals/collection", until="2026-03-02 11:00:00", status="open", stage_id=1) == ["A"]
    assert add_user(api, "Rep").get("/v1/deals/collection").status == 403
