"""Fields of projects over HTTP, and their values in both versions."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.company import add_user

FIELDS = "/api/v2/projectFields"
PROJECTS = "/api/v2/projects"


def create(api: Api, type: str, *labels: str) -> dict[str, Any]:
    """Creates a field with these options; returns it."""
    options = {"options": [{"label": label} for label in labels]} if labels else {}
    found: dict[str, Any] = api.post(FIELDS, {"field_name": type, "field_type": type, **options}).data
    return found


def test_the_fields_of_the_system(api: Api) -> None:
    fields = {field["field_code"]: field for field in api.get(FIELDS).data}
    shown = api.get(f"{PROJECTS}/{api.post(PROJECTS, {'title': 'x'}).data['id']}").data
    assert fields.keys() == (shown.keys() - {"custom_fields"}) | {"visible_to"}
    assert [option["label"] for option in fields["health_status"]["options"]] == ["On track", "At risk", "Off track"]
    assert fields["title"]["required_fields"] == {"enabled": True}
    assert fields["title"]["important_fields"] == {"enabled": False, "stage_ids": []}
    assert api.get(f"{FIELDS}/title").data == fields["title"]
    assert (fields["board_id"]["field_type"], fields["phase_id"]["field_type"]) == ("projects_board", "projects_phase")
    assert api.get(f"{FIELDS}/title").data["is_custom_field"] is False
    assert api.delete(f"{FIELDS}/title").status == 403


def test_labels_are_options(api: Api) -> None:
    [new] = api.post(f"{FIELDS}/label_ids/options", [{"label": "Urgent"}]).data
    id = api.post(PROJECTS, {"title": "x", "label_ids": [new["id"]]}).data["id"]
    assert api.get(f"/v1/projects/{id}").data["labels"] == [new["id"]]
    assert api.put(f"/v1/projects/{id}", {"labels": f"[{new['id']}]"}).data["labels"] == [new["id"]]
    assert api.call("DELETE", f"{FIELDS}/label_ids/options", [{"id": new["id"]}]).data == [new]
    assert api.get(f"{PROJECTS}/{id}").data["label_ids"] == []


def test_a_custom_field_from_beginning_to_end(api: Api) -> None:
    field = create(api, "enum", "Internal", "External")
    code, options = field["field_code"], [option["id"] for option in field["options"]]
    assert field["ui_visibility"] == {"add_visible_flag": False, "details_visible_flag": True}
    changed = api.patch(f"{FIELDS}/{code}", {"field_name": "Kind", "important_fields": {"enabled": True}}).data
    assert (changed["field_name"], changed["important_fields"]) == ("Kind", {"enabled": True, "stage_ids": []})
    [added] = api.post(f"{FIELDS}/{code}/options", [{"label": "Research"}]).data
    renamed = api.patch(f"{FIELDS}/{code}/options", [{"id": added["id"], "label": "R & D"}]).data
    assert renamed == [{"id": added["id"], "label": "R & D"}]
    id = api.post(PROJECTS, {"title": "x", "custom_fields": {code: options[0]}}).data["id"]
    assert api.get(f"{PROJECTS}/{id}").data["custom_fields"] == {code: options[0]}
    assert api.get(f"/v1/projects/{id}").data[code] == str(options[0])
    assert api.put(f"/v1/projects/{id}", {code: "R & D"}).data[code] == str(added["id"])
    assert api.patch(f"{PROJECTS}/{id}", {"custom_fields": {code: 99}}).status == 400
    assert api.patch(f"{PROJECTS}/{id}", {"custom_fields": {code: None}}).data["custom_fields"] == {code: None}
    assert api.delete(f"{FIELDS}/{code}").data["field_code"] == code
    assert api.get(f"{FIELDS}/{code}").status == 404
    assert api.get(f"{PROJECTS}/{id}").data["custom_fields"] == {}


def test_values_with_parts(api: Api) -> None:
    code = create(api, "monetary")["field_code"]
    id = api.post("/v1/projects", {"title": "x", code: 100, f"{code}_currency": "USD"}).data["id"]
    assert api.get(f"{PROJECTS}/{id}").data["custom_fields"][code] == {"value": 100, "currency": "USD"}
    assert api.put(f"/v1/projects/{id}", {code: 200}).data[f"{code}_currency"] == "USD"


def test_links_of_custom_fields_move_with_merged_persons(api: Api) -> None:
    code = create(api, "people")["field_code"]
    people = [api.post("/api/v2/persons", {"name": name}).data["id"] for name in "ab"]
    id = api.post(PROJECTS, {"title": "x", "custom_fields": {code: people[0]}}).data["id"]
    api.put(f"/v1/persons/{people[0]}/merge", {"merge_with_id": people[1]})
    assert api.get(f"{PROJECTS}/{id}").data["custom_fields"][code] == people[1]


def test_who_may_change_fields(api: Api) -> None:
    user = add_user(api, "Uma")
    code = create(api, "varchar")["field_code"]
    assert user.get(f"{FIELDS}/{code}").status == 200
    assert user.post(FIELDS, {"field_name": "x", "field_type": "varchar"}).status == 403
    assert user.patch(f"{FIELDS}/{code}", {"field_name": "x"}).status == 403
    assert user.delete(f"{FIELDS}/{code}").status == 403
