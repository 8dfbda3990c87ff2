"""What happened to records: changelogs and flows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api, Response
from tests.company import add_user


def add(api: Api, kind: str, **values: object) -> int:
    name = {"title" if kind == "deals" else "name": "One"}
    id: int = api.post(f"/api/v2/{kind}", name | values).data["id"]
    return id


def changes(answer: Response) -> list[tuple[Any, ...]]:
    return [(change["field_key"], change["old_value"], change["new_value"]) for change in answer.data]


def items(answer: Response, *members: str) -> list[tuple[Any, ...]]:
    return [(item["object"], *(item["data"][member] for member in members)) for item in answer.data or []]


def test_a_changelog_has_a_row_for_each_changed_field_the_newest_first(api: Api) -> None:
    id = add(api, "deals", value=10)
    api.clock.advance(minutes=1)
    api.put(f"/v1/deals/{id}", {"title": "Two", "value": 12.5})
    api.clock.advance(minutes=1)
    api.patch(f"/api/v2/deals/{id}", {"status": "won"})
    answer = api.get(f"/v1/deals/{id}/changelog")
    assert changes(answer) == [
        ("status", "open", "won"),
        ("won_time", None, "2026-03-02 10:02:00"),
        ("close_time", None, "2026-03-02 10:02:00"),
        ("title", "One", "Two"),
        ("value", "10", "12.5"),
        ("add_time", None, "2026-03-02 10:00:00"),
    ]
    change = answer.data[3]
    assert (change["actor_user_id"], change["time"], change["change_source"]) == (1, "2026-03-02 10:01:00", "api")
    assert change["is_bulk_update_flag"] is False


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_a_changelog_is_read_page_by_page(api: Api, limit: int) -> None:
    id = add(api, "deals")
    for number in range(1, 4):
        api.put(f"/v1/deals/{id}", {"title": f"Title {number}", "value": number, "probability": number})
        # Changes of the record that are not changes of a field.
        api.post("/v1/notes", {"content": "Text", "deal_id": id})
    found, cursor = [], None
    while True:
        answer = api.get(f"/v1/deals/{id}/changelog", limit=limit, cursor=cursor)
        assert len(answer.data) <= limit
        found += changes(answer)
        cursor = answer.next_cursor
        if cursor is None:
            break
    assert found == changes(api.get(f"/v1/deals/{id}/changelog"))
    assert len(found) == 10
    assert api.get(f"/v1/deals/{id}/changelog", cursor="nonsense").status == 400


def test_fields_go_by_their_v1_keys_and_values_are_texts(api: Api) -> None:
    api.post("/v1/pipelines", {"name": "Second"})
    stage = api.post("/v1/stages", {"name": "First", "pipeline_id": 2}).data["id"]
    person = add(api, "persons", emails=[{"value": "a@example.com"}])
    labels = [option["id"] for option in api.get("/v1/personFields/9005").data["options"]][:2]
    api.put(f"/v1/persons/{person}", {"email": ["b@example.com", "c@example.com"], "label_ids": labels})
    assert changes(api.get(f"/v1/persons/{person}/changelog"))[:2] == [
        ("email", "a@example.com", "b@example.com,c@example.com"),
        ("label_ids", None, f"{labels[0]},{labels[1]}"),
    ]
    deal = add(api, "deals")
    bob = add_user(api, "Bob").principal.user_id
    api.patch(f"/api/v2/deals/{deal}", {"owner_id": bob, "stage_id": stage, "is_archived": True})
    logged = changes(api.get(f"/v1/deals/{deal}/changelog"))
    assert {("user_id", "1", str(bob)), ("pipeline", "1", "2"), ("is_archived", "false", "true")} <= set(logged)
    organization = add(api, "organizations")
    api.put(f"/v1/organizations/{organization}", {"address": "Main St 1", "visible_to": "7"})
    api.delete(f"/v1/organizations/{organization}")
    assert changes(api.get(f"/v1/organizations/{organization}/changelog"))[:3] == [
        ("active_flag", "true", "false"),
        ("visible_to", "3", "7"),
        ("address", None, "Main St 1"),
    ]
    api.delete(f"/v1/deals/{deal}")
    assert changes(api.get(f"/v1/deals/{deal}/changelog"))[0] == ("status", "open", "deleted")


def test_custom_fields_with_parts_have_a_row_for_each_part(api: Api) -> None:
    key = api.post("/v1/dealFields", {"name": "Fee", "field_type": "monetary"}).data["key"]
    id = add(api, "deals", custom_fields={key: {"value": 5, "currency": "EUR"}})
    api.put(f"/v1/deals/{id}", {key: 7})
    api.put(f"/v1/deals/{id}", {f"{key}_currency": "USD"})
    api.put(f"/v1/deals/{id}", {key: None})
    assert changes(api.get(f"/v1/deals/{id}/changelog"))[:4] == [
        (key, "7", None),
        (f"{key}_currency", "USD", None),
        (f"{key}_currency", "EUR", "USD"),
        (key, "5", "7"),
    ]
    flow = api.get(f"/v1/deals/{id}/flow", all_changes=1, items="dealChange")
    assert items(flow, "field_key", "old_value", "new_value")[:3] == [
        ("dealChange", key, "7", None),
        ("dealChange", f"{key}_currency", "EUR", "USD"),
        ("dealChange", key, "5", "7"),
    ]
    assert items(api.get(f"/v1/deals/{id}/flow", items="dealChange"), "field_key") == [("dealChange", "add_time")]


def test_the_flow_of_a_deal_has_all_related_events(api: Api) -> None:
    person = add(api, "persons")
    id = add(api, "deals", person_id=person)
    api.post(f"/v1/deals/{id}/followers", {"user_id": 1})
    api.clock.advance(minutes=1)
    api.put(f"/v1/deals/{id}", {"stage_id": 2})
    api.clock.advance(minutes=1)
    note = api.post("/v1/notes", {"content": "Text", "deal_id": id}).data["id"]
    api.clock.advance(minutes=1)
    comment = api.post(f"/v1/notes/{note}/comments", {"content": "Yes"}).data["uuid"]
    api.clock.advance(minutes=1)
    done = api.post("/v1/activities", {"subject": "Call", "deal_id": id, "done": 1}).data["id"]
    body = {"subject": "Call", "deal_id": id, "due_date": "2026-03-01", "due_time": "09:30"}
    planned = api.post("/v1/activities", body).data["id"]
    answer = api.get(f"/v1/deals/{id}/flow")
    assert [(item["object"], item["timestamp"]) for item in answer.data] == [
        ("activity", "2026-03-02 10:04:00"),
        ("comment", "2026-03-02 10:03:00"),
        ("note", "2026-03-02 10:02:00"),
        ("dealChange", "2026-03-02 10:01:00"),
        ("dealChange", "2026-03-02 10:01:00"),
        ("dealFollower", "2026-03-02 10:00:00"),
        ("participant", "2026-03-02 10:00:00"),
        ("dealChange", "2026-03-02 10:00:00"),
        ("plannedActivity", "2026-03-01 09:30:00"),
    ]
    assert [answer.data[index]["data"]["id"] for index in (0, 2, 8)] == [done, note, planned]
    assert answer.data[1]["data"]["uuid"] == comment
    change = answer.data[3]["data"]
    assert (change["item_id"], change["field_key"], change["old_value"], change["new_value"]) == (id, "stage_id", 1, 2)
    assert change["additional_data"]["new_value_formatted"] == "Contact Made"
    assert len({item["data"]["id"] for item in answer.data if item["object"] == "dealChange"}) == 3
    assert answer.data[6]["data"]["person_id"] == person
    assert set(answer.body["related_objects"]) == {"user", "person", "deal"}


def test_the_flow_comes_in_pages_and_can_be_narrowed(api: Api) -> None:
    id = add(api, "deals")
    api.post(f"/v1/deals/{id}/followers", {"user_id": 1})
    for number in range(5):
        api.clock.advance(minutes=1)
        api.put(f"/v1/deals/{id}", {"value": number + 1, "title": f"Title {number}"})
        api.post("/v1/notes", {"content": "Text", "deal_id": id})
    path = f"/v1/deals/{id}/flow"
    whole = api.get(path).data
    assert len(whole) == 17
    paged = [item for start in range(0, 17, 4) for item in api.get(path, start=start, limit=4).data]
    assert paged == whole
    assert api.get(path, start=4, limit=4).body["additional_data"]["pagination"]["next_start"] == 8
    assert items(api.get(path, items="note")) == [("note",)] * 5
    changes_only = [("dealChange",)] * 10 + [("dealFollower",), ("dealChange",)]
    assert items(api.get(path, items="change,dealFollower")) == changes_only
    assert api.get(path, items="call").data is None
    assert api.get(path, items="nonsense").status == 400


def test_the_flow_of_contacts_has_their_deals(api: Api) -> None:
    organization = add(api, "organizations")
    person = add(api, "persons", org_id=organization)
    deal = add(api, "deals", person_id=person, org_id=organization)
    api.post("/v1/activities", {"subject": "Call", "participants": [{"person_id": person}], "done": 1})
    flow = api.get(f"/v1/persons/{person}/flow", items="deal,activity,personChange")
    assert sorted(items(flow)) == [("activity",), ("deal",), ("personChange",)]
    assert items(api.get(f"/v1/organizations/{organization}/flow", items="deal"), "id", "user_id") == [
        ("deal", deal, 1)
    ]
    api.put(f"/v1/persons/{person}", {"org_id": None})
    change = api.get(f"/v1/persons/{person}/flow", items="personChange", limit=1).data[0]["data"]
    assert (change["old_value"], change["additional_data"]) == (organization, {"old_value_formatted": "One"})


def test_invisible_records_are_left_out(api: Api) -> None:
    hidden = add(api, "organizations", name="Secret", visible_to=1)
    person = add(api, "persons", visible_to=7, org_id=hidden)
    add(api, "deals", person_id=person, visible_to=1)
    api.put(f"/v1/persons/{person}", {"org_id": None})
    bob = add_user(api, "Bob")
    answer = bob.get(f"/v1/persons/{person}/flow")
    assert "deal" not in {item["object"] for item in answer.data}
    assert "Secret" not in str(answer.body)
    assert bob.get(f"/v1/organizations/{hidden}/flow").status == 404
    assert bob.get(f"/v1/organizations/{hidden}/changelog").status == 404
