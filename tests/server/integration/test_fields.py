"""Definitions of fields over HTTP, in both versions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests import company
from tests.api import Api

OBJECTS = ("deal", "person", "organization", "product")


def fields_by_key(api: Api, path: str, **query: object) -> dict[str, Any]:
    return {field["key"]: field for field in api.get(path, limit=500, **query).data}


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        (
            "/v1/dealFields",
            {"id", "title", "stage_id", "status", "value", "currency", "label", "weighted_value_currency"},
        ),
        ("/v1/personFields", {"id", "name", "phone", "email", "label_ids", "org_id", "postal_address_country"}),
        ("/v1/organizationFields", {"id", "name", "address", "address_route", "label_ids", "people_count"}),
        ("/v1/productFields", {"id", "name", "code", "unit", "tax", "category"}),
        ("/v1/activityFields", {"id", "subject", "type", "due_date", "done", "location_country"}),
        ("/v1/noteFields", {"content", "pinned_to_deal_flag"}),
        ("/v1/leadFields", {"title", "owner_id", "organization_id", "value", "currency"}),
    ],
)
def test_a_new_company_has_the_fields_of_the_system(api: Api, path: str, keys: set[str]) -> None:
    fields = fields_by_key(api, path)
    assert keys <= fields.keys()
    assert not any(field["edit_flag"] for field in fields.values())


def test_parts_of_a_field_are_rows_without_an_id(api: Api) -> None:
    fields = api.get("/v1/dealFields").data
    index = next(index for index, field in enumerate(fields) if field["key"] == "weighted_value")
    assert fields[index]["id"] == 12455
    assert fields[index + 1] == {
        "id": None,
        "key": "weighted_value_currency",
        "name": "Currency of Weighted value",
        "field_type": "varchar",
        "active_flag": True,
        "edit_flag": False,
        "mandatory_flag": True,
        "is_subfield": True,
        "parent_id": 12455,
        "id_suffix": "currency",
    }
    page = api.get("/v1/dealFields", start=index, limit=2)
    assert [field["key"] for field in page.data] == ["weighted_value", "weighted_value_currency"]
    assert page.body["additional_data"]["pagination"]["next_start"] == index + 2


def test_labels_that_a_company_starts_with(api: Api) -> None:
    assert fields_by_key(api, "/v1/dealFields")["label"]["options"] == []
    for path in ("/v1/personFields", "/v1/organizationFields"):
        options = fields_by_key(api, path)["label_ids"]["options"]
        assert [(option["label"], option["color"]) for option in options] == [
            ("Customer", "green"),
            ("Hot lead", "red"),
            ("Warm lead", "yellow"),
            ("Cold lead", "blue"),
        ]
    types = fields_by_key(api, "/v1/activityFields")["type"]["options"]
    assert {"id": "call", "label": "Call"} in types


def test_fields_in_v2_have_codes(api: Api) -> None:
    codes: list[str] = []
    cursor = None
    while True:
        page = api.get("/api/v2/dealFields", limit=20, cursor=cursor)
        codes += [field["field_code"] for field in page.data]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert len(codes) == len(set(codes)) == 44
    assert {"owner_id", "pipeline_id", "label_ids", "title", "value"} <= set(codes)
    value = api.get("/api/v2/dealFields/value", include_fields="ui_visibility,required_fields").data
    assert value["subfields"] == [
        {"field_code": "value", "field_name": "Amount of Value", "field_type": "double"},
        {"field_code": "currency", "field_name": "Currency of Value", "field_type": "varchar"},
    ]
    assert value["required_fields"] == {"enabled": False, "stage_ids": [], "statuses": {}}
    assert value["ui_visibility"]["show_in_pipelines"] == {"show_in_all": True, "pipeline_ids": []}
    assert "important_fields" not in value
    assert api.get("/api/v2/dealFields/activities_count").data["is_optional_response_field"] is True
    assert api.get("/api/v2/personFields/emails").data["field_code"] == "emails"
    assert api.get("/api/v2/activityFields/owner_id", include_fields="ui_visibility").data["field_type"] == "user"
    assert api.get("/api/v2/dealFields/nothing").status == 404


@pytest.mark.parametrize("object", OBJECTS)
def test_a_custom_field_from_creation_to_deletion(api: Api, object: str) -> None:
    path = f"/v1/{object}Fields"
    created = api.post(path, {"name": "Size", "field_type": "enum", "options": [{"label": "S"}, {"label": "L"}]}).data
    assert re.fullmatch(r"[0-9a-f]{40}", created["key"])
    assert (created["edit_flag"], created["add_visible_flag"]) == (True, True)
    assert created["created_by_user_id"] == created["last_updated_by_user_id"] == 1
    small, large = created["options"]
    one = f"{path}/{created['id']}"
    assert api.get(one).data == created
    api.clock.advance(hours=1)
    # Only the given options stay, in the given order.
    options = [{"label": "M", "color": "red"}, {"id": large["id"], "label": "XL"}]
    changed = api.put(one, {"name": "Sizes", "options": options}).data
    assert changed["name"] == "Sizes"
    assert [option["label"] for option in changed["options"]] == ["M", "XL"]
    assert changed["options"][0]["color"] == "red"
    assert changed["options"][1]["id"] == large["id"]
    assert changed["options_deleted"] == [small]
    assert changed["update_time"] > created["update_time"]
    # A change without options leaves them unchanged.
    assert api.put(one, {"add_visible_flag": False}).data["options"] == changed["options"]
    assert api.delete(one).data == {"id": created["id"]}
    assert created["key"] not in fields_by_key(api, path)
    gone = api.get(one)
    assert (gone.status, gone.error) == (
        (410, "The field is not found") if object == "product" else (404, "Field not found")
    )


def test_many_fields_are_deleted_together_or_not_at_all(api: Api) -> None:
    ids = [api.post("/v1/dealFields", {"name": name, "field_type": "text"}).data["id"] for name in "AB"]
    title = fields_by_key(api, "/v1/dealFields")["title"]["id"]
    assert api.delete("/v1/dealFields", ids=f"{ids[0]},{title}").status == 403
    assert api.delete("/v1/dealFields", ids=f"{ids[0]},77").status == 404
    assert api.get(f"/v1/dealFields/{ids[0]}").status == 200
    assert api.delete("/v1/dealFields", ids=f"{ids[0]},{ids[1]}").data == {"id": ids}


def test_options_may_be_json_in_a_text(api: Api) -> None:
    form = {"name": "Size", "field_type": "set", "options": '[{"label":"S"},{"label":"L"}]', "add_visible_flag": "0"}
    created = api.form("POST", "/v1/personFields", form).data
    assert [option["label"] for option in created["options"]] == ["S", "L"]
    assert created["add_visible_flag"] is False
    assert api.form("POST", "/v1/personFields", form | {"options": "[{}"}).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"field_name": "", "field_type": "text"},
        {"field_name": "X"},
        {"field_name": "X", "field_type": "visible_to"},
        {"field_name": "X", "field_type": "enum"},
        {"field_name": "X", "field_type": "set", "options": []},
        {"field_name": "X", "field_type": "text", "options": [{"label": "S"}]},
        {"field_name": "X", "field_type": "enum", "options": [{"label": "S"}, {"label": "S"}]},
        {"field_name": "X", "field_type": "enum", "options": [{"label": "S", "color": "red"}]},
        {"field_name": "X", "field_type": "text", "important_fields": {"enabled": True, "stage_ids": [77]}},
        {"field_name": "X", "field_type": "text", "required_fields": {"enabled": True, "statuses": {"77": ["won"]}}},
        {"field_name": "X", "field_type": "text", "ui_visibility": {"show_in_pipelines": {"pipeline_ids": [77]}}},
        {"name": "X", "field_type": "text"},
    ],
)
def test_what_v2_refuses_to_create(api: Api, body: dict[str, Any]) -> None:
    refused = api.post("/api/v2/dealFields", body)
    assert refused.status == 400
    assert refused.body["code"] == "ERR_SCHEMA_VALIDATION_FAILED"


def test_a_field_in_v2(api: Api) -> None:
    body = {"field_name": "Size", "field_type": "enum", "options": [{"label": "S"}], "description": "How big"}
    created = api.post("/api/v2/dealFields", body).data
    path = f"/api/v2/dealFields/{created['field_code']}"
    assert created["options"][0]["color"] is None
    assert created["ui_visibility"]["add_visible_flag"] is False
    assert created["required_fields"] == {"enabled": False, "stage_ids": [], "statuses": {}}
    important = {"enabled": True, "stage_ids": [1, 2]}
    changed = api.patch(path, {"field_name": "Sizes", "description": None, "important_fields": important}).data
    assert (changed["field_name"], changed["description"], changed["important_fields"]) == ("Sizes", None, important)
    assert api.patch(path, {}).status == 400
    assert api.patch(path, {"field_type": "text"}).status == 400
    deleted = api.delete(path).data
    assert (deleted["field_code"], deleted["field_name"]) == (created["field_code"], "Sizes")
    assert "ui_visibility" not in deleted
    assert api.get(path).status == 404


def test_options_in_v2_change_together_or_not_at_all(api: Api) -> None:
    body = {"field_name": "Size", "field_type": "enum", "options": [{"label": "S"}]}
    created = api.post("/api/v2/organizationFields", body).data
    field = f"/api/v2/organizationFields/{created['field_code']}"
    path = f"{field}/options"
    first = created["options"][0]["id"]
    added = api.post(path, [{"label": "M"}, {"label": "L"}])
    assert [option["label"] for option in added.data] == ["M", "L"]
    assert added.body["additional_data"] is None
    middle, large = (option["id"] for option in added.data)
    assert api.patch(path, [{"id": middle, "label": "Medium"}, {"id": 77, "label": "X"}]).status == 400
    assert api.post(path, [{"label": "XL"}, {"label": "S"}]).status == 400
    assert api.call("DELETE", path, [{"id": first}, {"id": 77}]).status == 400
    assert [option["label"] for option in api.get(field).data["options"]] == ["S", "M", "L"]
    # Two options may swap their labels.
    swap = [{"id": first, "label": "L"}, {"id": large, "label": "S"}]
    assert api.patch(path, swap).data == swap
    assert api.call("DELETE", path, [{"id": middle}]).data == [{"id": middle, "label": "M"}]
    assert [option["label"] for option in api.get(field).data["options"]] == ["L", "S"]


def test_fields_of_the_system(api: Api) -> None:
    fields = fields_by_key(api, "/v1/personFields")
    label, name = fields["label_ids"], fields["name"]
    options = [*label["options"][:1], {"label": "Partner", "color": "pink"}]
    changed = api.put(f"/v1/personFields/{label['id']}", {"options": options}).data
    assert [(option["label"], option["color"]) for option in changed["options"]] == [
        ("Customer", "green"),
        ("Partner", "pink"),
    ]
    assert api.put(f"/v1/personFields/{name['id']}", {"name": "Called"}).status == 403
    assert api.put(f"/v1/personFields/{name['id']}", {"options": [{"label": "X"}]}).status == 400
    assert api.delete(f"/v1/personFields/{name['id']}").status == 403
    assert api.delete("/api/v2/personFields/name").status == 403
    assert api.patch("/api/v2/personFields/name", {"ui_visibility": {"add_visible_flag": False}}).status == 400
    assert api.post("/api/v2/dealFields/status/options", [{"label": "Maybe"}]).status == 400
    assert api.post("/api/v2/dealFields/lost_reason/options", [{"label": "Price"}]).data[0]["label"] == "Price"


def test_an_important_field_must_be_shown_in_its_pipelines(api: Api) -> None:
    api.post("/api/v2/pipelines", {"name": "Second"})
    body = {"field_name": "X", "field_type": "text", "important_fields": {"enabled": True, "stage_ids": [1]}}
    path = f"/api/v2/dealFields/{api.post('/api/v2/dealFields', body).data['field_code']}"
    other_pipeline = {"show_in_pipelines": {"show_in_all": False, "pipeline_ids": [2]}}
    assert api.patch(path, {"ui_visibility": other_pipeline}).status == 400
    unmarked = {"ui_visibility": other_pipeline, "important_fields": {"enabled": False}}
    changed = api.patch(path, unmarked).data
    assert changed["important_fields"] == {"enabled": False, "stage_ids": []}
    assert changed["ui_visibility"]["show_in_pipelines"] == {"show_in_all": False, "pipeline_ids": [2]}
    assert changed["ui_visibility"]["details_visible_flag"] is True


def test_positions_in_dialogs_are_assigned_in_order(api: Api) -> None:
    shown = {"show_in_add_deal_dialog": {"show": True, "order": 9}}
    paths = []
    for position, name in enumerate("AB", 1):
        created = api.post(
            "/api/v2/personFields", {"field_name": name, "field_type": "text", "ui_visibility": shown}
        ).data
        assert created["ui_visibility"]["show_in_add_deal_dialog"] == {"show": True, "order": position}
        paths.append(f"/api/v2/personFields/{created['field_code']}")
    hidden = {"ui_visibility": {"show_in_add_deal_dialog": {"show": False}}}
    assert api.patch(paths[0], hidden).data["ui_visibility"]["show_in_add_deal_dialog"] == {
        "show": False,
        "order": None,
    }


def test_only_admins_change_fields(api: Api) -> None:
    user = company.add_user(api, "Rita")
    id = api.post("/v1/dealFields", {"name": "X", "field_type": "text"}).data["id"]
    assert user.get(f"/v1/dealFields/{id}").status == 200
    assert user.post("/v1/dealFields", {"name": "X", "field_type": "text"}).status == 403
    assert user.put(f"/v1/dealFields/{id}", {"name": "Y"}).status == 403
    assert user.delete(f"/v1/dealFields/{id}").status == 403
    assert user.post("/api/v2/dealFields/lost_reason/options", [{"label": "Price"}]).status == 403


FIELD_NOUNS = ("dealFields", "personFields", "organizationFields", "productFields")


@pytest.mark.parametrize("noun", FIELD_NOUNS)
def test_fields_of_every_kind_of_record_in_v1(api: Api, noun: str) -> None:
    path = f"/v1/{noun}"
    body = {"name": "Colour", "field_type": "enum", "options": [{"label": "Red"}, {"label": "Blue"}]}
    made = api.post(path, body).data
    red, _ = made["options"]
    assert api.get(f"{path}/{made['id']}").data["name"] == "Colour"
    changes = {"name": "Shade", "options": [{"id": red["id"], "label": "Crimson"}, {"label": "Green"}]}
    changed = api.put(f"{path}/{made['id']}", changes).data
    assert (changed["name"], [one["label"] for one in changed["options"]]) == ("Shade", ["Crimson", "Green"])
    assert made["id"] in [field["id"] for field in api.get(path, limit=500).data]
    others = [api.post(path, {"name": name, "field_type": "double"}).data["id"] for name in "ab"]
    assert api.delete(f"{path}/{made['id']}").data == {"id": made["id"]}
    assert api.delete(path, ids=f"{others[0]},{others[1]}").data == {"id": others}
    assert {made["id"], *others}.isdisjoint(field["id"] for field in api.get(path, limit=500).data)


@pytest.mark.parametrize("noun", FIELD_NOUNS)
def test_fields_of_every_kind_of_record_in_v2(api: Api, noun: str) -> None:
    path = f"/api/v2/{noun}"
    made = api.post(path, {"field_name": "Colour", "field_type": "set", "options": [{"label": "Red"}]}).data
    field = f"{path}/{made['field_code']}"
    [red] = made["options"]
    assert api.patch(field, {"field_name": "Shade"}).data["field_name"] == "Shade"
    [blue] = api.post(f"{field}/options", [{"label": "Blue"}]).data
    assert api.patch(f"{field}/options", [{"id": red["id"], "label": "Crimson"}]).data[0]["label"] == "Crimson"
    shown = api.get(field).data
    assert [(one["id"], one["label"]) for one in shown["options"]] == [(red["id"], "Crimson"), (blue["id"], "Blue")]
    assert api.call("DELETE", f"{field}/options", [{"id": blue["id"]}]).data[0]["id"] == blue["id"]
    assert [one["id"] for one in api.get(field).data["options"]] == [red["id"]]
    assert api.delete(field).data["field_code"] == made["field_code"]
    assert made["field_code"] not in [one["field_code"] for one in api.get(path, limit=500).data]
