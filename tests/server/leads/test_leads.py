"""Leads over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_role, add_user

UNKNOWN = "adf21080-0e10-11eb-879b-05d71fb426ec"


@pytest.fixture
def person(api: Api) -> int:
    id: int = api.post("/v1/persons", {"name": "Mary"}).data["id"]
    return id


def new_lead(api: Api, person: int, **values: object) -> dict[str, Any]:
    lead: dict[str, Any] = api.post("/v1/leads", {"title": "Lead", "person_id": person, **values}).data
    return lead


def titles(api: Api, path: str = "/v1/leads", **query: object) -> list[str]:
    return [lead["title"] for lead in api.get(path, **query).data]


def test_a_new_lead(api: Api, person: int) -> None:
    lead = new_lead(api, person)
    assert api.get(f"/v1/leads/{lead['id'].upper()}").data == lead
    code = lead.pop("cc_email").partition("@")[0].removeprefix("tests+1+lead")
    assert len(code) == 22
    assert lead == {
        "id": lead["id"],
        "title": "Lead",
        "owner_id": 1,
        "creator_id": 1,
        "label_ids": [],
        "person_id": person,
        "organization_id": None,
        "source_name": "API",
        "origin": "API",
        "origin_id": None,
        "channel": None,
        "channel_id": None,
        "source_deal_id": None,
        "is_archived": False,
        "was_seen": False,
        "value": None,
        "expected_close_date": None,
        "next_activity_id": None,
        "add_time": "2026-03-02T10:00:00.000Z",
        "update_time": "2026-03-02T10:00:00.000Z",
        "visible_to": "3",
    }


def test_all_values_given(api: Api, person: int) -> None:
    label = api.get("/v1/leadLabels").data[0]["id"]
    body = {
        "value": {"amount": 200.5, "currency": "USD"},
        "expected_close_date": "2026-04-01",
        "label_ids": [label.upper(), label],
        "visible_to": "7",
        "was_seen": True,
        "origin_id": "import 7",
        "channel": 52,
        "channel_id": "billboards",
    }
    lead = new_lead(api, person, **body)
    assert {name: lead[name] for name in body} == {**body, "label_ids": [label]}


def test_only_what_is_given_changes_and_null_empties(api: Api, person: int) -> None:
    org = api.post("/v1/organizations", {"name": "Acme"}).data["id"]
    lead = new_lead(api, person, value={"amount": 200, "currency": "USD"}, organization_id=org)
    path = f"/v1/leads/{lead['id']}"
    api.clock.advance(milliseconds=250)
    changed = api.patch(path, {"title": "Renamed", "person_id": None}).data
    assert changed == {**lead, "title": "Renamed", "person_id": None, "update_time": "2026-03-02T10:00:00.250Z"}
    assert api.patch(path, {"value": None}).data["value"] is None
    # No document has PUT, and n8n sends it.
    assert api.put(path, {"title": "Put"}).data.items() >= {"title": "Put", "person_id": None}.items()
    api.put(path, {"title": "Renamed"})
    api.clock.advance(hours=1)
    assert api.patch(path, {"title": "Renamed"}).data["update_time"] == "2026-03-02T10:00:00.250Z"


@pytest.mark.parametrize(
    "values",
    [
        {"person_id": None},
        {"person_id": 99},
        {"organization_id": 99},
        {"owner_id": 99},
        {"title": None},
        {"title": ""},
        {"label_ids": [UNKNOWN]},
        {"value": {"amount": 5}},
        {"value": {"amount": 5, "currency": "XXX"}},
        {"visible_to": 2},
        {"0123456789012345678901234567890123456789": "x"},
    ],
)
def test_invalid_values_are_refused(api: Api, person: int, values: dict[str, object]) -> None:
    assert api.post("/v1/leads", {"title": "Lead", "person_id": person, **values}).status == 400
    assert api.get("/v1/leads").data == []
    lead = new_lead(api, person)
    assert api.patch(f"/v1/leads/{lead['id']}", {"was_seen": True, **values}).status == 400
    assert api.get(f"/v1/leads/{lead['id']}").data == lead


def test_custom_fields_are_those_of_deals_and_there_only_when_set(api: Api, person: int) -> None:
    def field(type: str) -> str:
        key: str = api.post("/v1/dealFields", {"name": type, "field_type": type}).data["key"]
        return key

    text, money = field("varchar"), field("monetary")
    lead = new_lead(api, person, **{text: "x"})
    assert (lead[text], money in lead) == ("x", False)
    path = f"/v1/leads/{lead['id']}"
    changed = api.patch(path, {money: 5, f"{money}_currency": "USD"}).data
    assert (changed[money], changed[f"{money}_currency"], changed[text]) == (5, "USD", "x")
    # A currency that is not given stays.
    assert api.patch(path, {money: 7}).data[f"{money}_currency"] == "USD"
    emptied = api.patch(path, {money: None, text: ""}).data
    assert not {text, money, f"{money}_currency"} & set(emptied)


def test_archived_leads_have_a_list_of_their_own(api: Api, person: int) -> None:
    id = new_lead(api, person)["id"]
    new_lead(api, person, title="Other")
    assert api.get("/v1/leads/archived").data == []
    assert api.patch(f"/v1/leads/{id}", {"is_archived": True}).data["is_archived"] is True
    assert (titles(api), titles(api, "/v1/leads/archived")) == (["Other"], ["Lead"])
    api.patch(f"/v1/leads/{id}", {"is_archived": False})
    assert titles(api) == ["Lead", "Other"]


def test_a_deleted_lead_is_gone(api: Api, person: int) -> None:
    id = new_lead(api, person)["id"]
    assert api.delete(f"/v1/leads/{id}").data == {"id": id}
    for gone in (id, UNKNOWN):
        answers = (
            api.get(f"/v1/leads/{gone}"),
            api.patch(f"/v1/leads/{gone}", {"title": "x"}),
            api.delete(f"/v1/leads/{gone}"),
        )
        for answer in answers:
            assert (answer.status, answer.error) == (404, "requested lead not found")
            assert answer.body["error_info"] == "Object was not found."
    assert api.get("/v1/leads/1").status == 400
    assert api.get("/v1/leads").data == []


def test_lists_are_narrowed_sorted_and_paged(api: Api, person: int) -> None:
    org = api.post("/v1/organizations", {"name": "Acme"}).data["id"]
    rep = add_user(api, "Rep")
    new_lead(api, person, title="bob", owner_id=rep.principal.user_id)
    api.clock.advance(seconds=1)
    ids = [new_lead(api, person, title="Ann", organization_id=org)["id"]]
    ids.append(api.post("/v1/leads", {"title": "Cyd", "organization_id": org}).data["id"])
    assert titles(api) == ["bob", "Ann", "Cyd"]
    assert titles(api, owner_id=rep.principal.user_id) == ["bob"]
    assert titles(api, person_id=person) == ["bob", "Ann"]
    assert titles(api, organization_id=org, sort="add_time DESC, title DESC") == ["Cyd", "Ann"]
    assert titles(api, updated_since="2026-03-02T10:00:01Z") == ["Ann", "Cyd"]
    assert titles(api, updated_since="2026-03-02T10:00:02Z") == []
    assert api.get("/v1/leads", updated_since="lately").status == 400
    assert titles(api, sort="title") == ["Ann", "bob", "Cyd"]
    assert [lead["id"] for lead in api.get("/v1/leads", organization_id=org, sort="id").data] == sorted(ids)
    assert api.get("/v1/leads", sort="nme").status == 400
    assert api.get("/v1/leads", filter_id=99).error == "Filter not found"
    page = api.get("/v1/leads", start=1, limit=1)
    assert [lead["title"] for lead in page.data] == ["Ann"]
    assert page.body["additional_data"]["pagination"] == {
        "start": 1,
        "limit": 1,
        "more_items_in_collection": True,
        "next_start": 2,
    }


def test_the_next_activity_of_a_lead(api: Api, person: int) -> None:
    id, other = (new_lead(api, person)["id"] for _ in range(2))

    def next_activity_id(lead: str) -> object:
        return api.get(f"/v1/leads/{lead}").data["next_activity_id"]

    later = api.post("/v1/activities", {"lead_id": id.upper(), "due_date": "2026-03-05"}).data["id"]
    earlier = api.post("/api/v2/activities", {"lead_id": id, "due_date": "2026-03-04"}).data
    assert (earlier["lead_id"], next_activity_id(id), next_activity_id(other)) == (id, earlier["id"], None)
    path = f"/api/v2/activities/{earlier['id']}"
    api.patch(path, {"done": True})
    assert next_activity_id(id) == later
    api.patch(path, {"done": False, "lead_id": other})
    assert (next_activity_id(id), next_activity_id(other)) == (later, earlier["id"])
    api.delete(path)
    assert next_activity_id(other) is None
    assert [one["id"] for one in api.get("/api/v2/activities", lead_id=id.upper()).data] == [later]


def test_leads_of_notes_and_activities_must_exist(api: Api, person: int) -> None:
    id = new_lead(api, person)["id"]
    note = api.post("/v1/notes", {"content": "x", "lead_id": id.upper(), "pinned_to_lead_flag": 1}).data
    assert (note["lead_id"], note["pinned_to_lead_flag"]) == (id, True)
    assert [one["id"] for one in api.get("/v1/notes", lead_id=id, pinned_to_lead_flag=1).data] == [note["id"]]
    api.delete(f"/v1/leads/{id}")
    for gone in (id, UNKNOWN):
        assert api.post("/v1/notes", {"content": "x", "lead_id": gone}).error == "lead_id: Lead not found"
        assert api.post("/api/v2/activities", {"lead_id": gone}).status == 400


def test_visibility_of_a_lead_and_its_notes(api: Api) -> None:
    sales = add_role(api, "Sales", lead_default_visibility=1)
    boss, peer = (add_user(api, name, role_id=sales) for name in ("Boss", "Peer"))
    person = api.post("/v1/persons", {"name": "Mary", "visible_to": 7}).data["id"]
    lead = new_lead(boss, person)
    path = f"/v1/leads/{lead['id']}"
    note = boss.post("/v1/notes", {"content": "x", "lead_id": lead["id"]}).data["id"]
    assert lead["visible_to"] == "1"
    assert (peer.get(path).status, peer.patch(path, {"title": "x"}).status, peer.get("/v1/leads").data) == (
        404,
        404,
        [],
    )
    assert peer.get(f"/v1/notes/{note}").status == 404
    assert peer.post("/v1/notes", {"content": "x", "lead_id": lead["id"]}).status == 400
    api.patch(path, {"visible_to": 3})
    assert (peer.get(path).status, titles(peer), peer.get(f"/v1/notes/{note}").status) == (200, ["Lead"], 200)


def test_a_former_owner_no_longer_sees_a_lead(api: Api) -> None:
    role = add_role(api, "Support")
    rep = add_user(api, "Rep", role_id=role)
    person = rep.post("/v1/persons", {"name": "Mary"}).data["id"]
    lead = new_lead(rep, person, owner_id=1, visible_to=1)
    assert (lead["owner_id"], lead["creator_id"]) == (1, rep.principal.user_id)
    assert rep.get(f"/v1/leads/{lead['id']}").status == 404
