"""Values of custom fields over HTTP: writing and reading the same records in both versions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api


def create_field(api: Api, field_type: str, object: str = "deal", options: tuple[str, ...] = ()) -> str:
    """Creates a custom field; returns its key."""
    body = {"name": field_type, "field_type": field_type, "options": [{"label": label} for label in options]}
    key: str = api.post(f"/v1/{object}Fields", body).data["key"]
    return key


def option_ids(api: Api, key: str, object: str = "deal") -> list[int]:
    return [option["id"] for option in api.get(f"/api/v2/{object}Fields/{key}").data["options"]]


@pytest.mark.parametrize(
    ("field_type", "v1", "v2"),
    [
        ("varchar", {"": "Hi"}, "Hi"),
        ("text", {"": "x" * 1000}, "x" * 1000),
        ("phone", {"": "+1 23"}, "+1 23"),
        ("double", {"": 1.5}, 1.5),
        ("monetary", {"": 500, "_currency": "USD"}, {"value": 500, "currency": "USD"}),
        ("date", {"": "2026-02-28"}, "2026-02-28"),
        ("daterange", {"": "2026-01-01", "_until": "2026-02-01"}, {"value": "2026-01-01", "until": "2026-02-01"}),
        (
            "time",
            {"": "09:00:00", "_timezone_id": 455},
            {"value": "09:00:00", "timezone_id": 455, "timezone_name": "Europe/London"},
        ),
        (
            "timerange",
            {"": "23:00:00", "_until": "01:00:00", "_timezone_id": 455},
            {"value": "23:00:00", "until": "01:00:00", "timezone_id": 455, "timezone_name": "Europe/London"},
        ),
        ("user", {"": 1}, 1),
    ],
)
def test_values_in_both_versions(api: Api, field_type: str, v1: dict[str, Any], v2: Any) -> None:
    key = create_field(api, field_type)
    flat = {key + ending: value for ending, value in v1.items()}
    ids = [
        api.post("/v1/deals", {"title": "One", **flat}).data["id"],
        api.post("/api/v2/deals", {"title": "Two", "custom_fields": {key: v2}}).data["id"],
    ]
    for id in ids:
        assert api.get(f"/v1/deals/{id}").data.items() >= flat.items()
        assert api.get(f"/api/v2/deals/{id}").data["custom_fields"] == {key: v2}
    cleared = api.put(f"/v1/deals/{ids[0]}", {key: ""}).data
    assert {cleared[name] for name in flat} == {None}
    assert api.patch(f"/api/v2/deals/{ids[1]}", {"custom_fields": {key: None}}).data["custom_fields"] == {key: None}


def test_choices(api: Api) -> None:
    one, many = create_field(api, "enum", options=("S", "L")), create_field(api, "set", options=("Red", "Blue, dark"))
    (small, large), (red, blue) = option_ids(api, one), option_ids(api, many)
    deal = api.post("/v1/deals", {"title": "Deal", one: "L", many: ["Red", "Blue, dark"]}).data
    assert (deal[one], deal[many]) == (str(large), f"{red},{blue}")
    path = f"/v1/deals/{deal['id']}"
    assert api.put(path, {one: str(small), many: f"{blue}"}).data[many] == str(blue)
    v2 = f"/api/v2/deals/{deal['id']}"
    assert api.get(v2).data["custom_fields"] == {one: small, many: [blue]}
    refused = api.patch(v2, {"custom_fields": {one: str(small)}})
    assert refused.error == (
        f"Validation failed: custom_fields: Expected 'number' as value for single option custom field '{one}'"
    )
    wrong: list[dict[str, Any]] = [{one: 77}, {many: []}, {many: [77]}, {many: str(red)}, {one: True}]
    for value in wrong:
        assert api.patch(v2, {"custom_fields": value}).status == 400
    for body in ({one: "XL"}, {one: 77}, {many: f"{red},77"}):
        assert api.put(path, body).status == 400


def test_a_deleted_option_is_not_shown(api: Api) -> None:
    one, many = create_field(api, "enum", options=("S", "L")), create_field(api, "set", options=("Red", "Blue"))
    (small, _), (red, blue) = option_ids(api, one), option_ids(api, many)
    deal = api.post("/api/v2/deals", {"title": "Deal", "custom_fields": {one: small, many: [red, blue]}}).data
    api.call("DELETE", f"/api/v2/dealFields/{one}/options", [{"id": small}])
    api.call("DELETE", f"/api/v2/dealFields/{many}/options", [{"id": red}])
    assert api.get(f"/api/v2/deals/{deal['id']}").data["custom_fields"] == {one: None, many: [blue]}
    shown = api.get(f"/v1/deals/{deal['id']}").data
    assert (shown[one], shown[many]) == (None, str(blue))


def test_addresses(api: Api) -> None:
    key = create_field(api, "address", "person")
    person = api.post("/v1/persons", {"name": "Mary", key: "Main 1", f"{key}_country": "EE"}).data
    assert (person[key], person[f"{key}_country"], person[f"{key}_route"]) == ("Main 1", "EE", None)
    v2 = api.get(f"/api/v2/persons/{person['id']}").data["custom_fields"][key]
    assert (v2["value"], v2["country"], v2["postal_code"]) == ("Main 1", "EE", None)
    # A new address does not keep parts of the old one.
    changed = api.put(f"/v1/persons/{person['id']}", {key: "Side 2"}).data
    assert (changed[key], changed[f"{key}_country"]) == ("Side 2", None)
    assert api.patch(f"/api/v2/persons/{person['id']}", {"custom_fields": {key: "Main 1"}}).status == 400


def test_records_in_fields_must_exist(api: Api) -> None:
    org, people = create_field(api, "org", "organization"), create_field(api, "people", "organization")
    org_id = api.post("/api/v2/organizations", {"name": "Org"}).data["id"]
    person_id = api.post("/api/v2/persons", {"name": "Mary"}).data["id"]
    values = {org: org_id, people: person_id}
    path = (
        f"/api/v2/organizations/{api.post('/api/v2/organizations', {'name': 'X', 'custom_fields': values}).data['id']}"
    )
    assert api.get(path).data["custom_fields"] == values
    for value in ({org: 77}, {people: 77}, {org: "1"}):
        assert api.patch(path, {"custom_fields": value}).status == 400


def test_defaults_of_the_actor(api: Api) -> None:
    money, time = create_field(api, "monetary"), create_field(api, "time")
    deal = api.post("/v1/deals", {"title": "Deal", money: "12.5", time: "09:30"}).data
    assert (deal[money], deal[f"{money}_currency"], deal[time]) == (12.5, "EUR", "09:30:00")
    named = {time: {"value": "09:30", "timezone_name": "Europe/London"}, money: {"value": 1}}
    shown = api.patch(f"/api/v2/deals/{deal['id']}", {"custom_fields": named}).data["custom_fields"]
    assert (shown[time]["timezone_name"], shown[money]["currency"]) == ("Europe/London", "EUR")
    # The ids of time zones may be those of another company, so the name decides.
    other = {time: {"value": "09:30", "timezone_id": 318, "timezone_name": "Europe/Paris"}}
    shown = api.post("/api/v2/deals", {"title": "Deal", "custom_fields": other}).data["custom_fields"]
    assert (shown[time]["timezone_name"], shown[time]["timezone_id"]) == ("Europe/Paris", 465)


def test_only_what_is_given_changes(api: Api) -> None:
    first, second = create_field(api, "varchar"), create_field(api, "varchar")
    path = f"/api/v2/deals/{api.post('/v1/deals', {'title': 'Deal', first: 'a', second: 'b'}).data['id']}"
    assert api.patch(path, {"custom_fields": {first: "c"}}).data["custom_fields"] == {first: "c", second: "b"}
    assert api.get(path, custom_fields=second).data["custom_fields"] == {second: "b"}
    assert api.patch(path, {"custom_fields": {}}).data["custom_fields"] == {first: "c", second: "b"}


def test_unknown_keys(api: Api) -> None:
    unknown = "0" * 40
    refused = api.post("/api/v2/deals", {"title": "Deal", "custom_fields": {unknown: 1}})
    assert refused.error == f"Validation failed: custom_fields: Parameter '{unknown}' is not allowed for this request"
    assert api.post("/api/v2/deals", {"title": "Deal", unknown: 1}).status == 400
    refused = api.post("/v1/deals", {"title": "Deal", unknown: 1})
    assert (refused.status, refused.error) == (400, f"Unknown field '{unknown}' in your request.")
    key = create_field(api, "varchar")
    assert api.post("/v1/deals", {"title": "Deal", f"{key}_currency": "EUR"}).status == 400


def test_a_deleted_field(api: Api) -> None:
    key = create_field(api, "monetary")
    deal = api.post("/v1/deals", {"title": "Deal", key: 5}).data
    api.delete(f"/api/v2/dealFields/{key}")
    assert not any(name.startswith(key) for name in api.get(f"/v1/deals/{deal['id']}").data)
    assert api.get(f"/api/v2/deals/{deal['id']}").data["custom_fields"] == {}
    assert api.put(f"/v1/deals/{deal['id']}", {"title": "New", key: 6, f"{key}_currency": "EUR"}).data["title"] == "New"
    assert api.patch(f"/api/v2/deals/{deal['id']}", {"custom_fields": {key: None}}).status == 400


def test_fields_of_other_kinds_of_records_stay_apart(api: Api) -> None:
    key = create_field(api, "varchar", "person")
    assert api.post("/api/v2/deals", {"title": "Deal", "custom_fields": {key: "x"}}).status == 400
    assert key not in api.post("/v1/deals", {"title": "Deal"}).data


def test_deleted_labels_cannot_be_given(api: Api) -> None:
    label = next(field for field in api.get("/v1/personFields").data if field["key"] == "label")
    id = label["options"][0]["id"]
    assert api.post("/api/v2/persons", {"name": "Mary", "label_ids": [id]}).data["label_ids"] == [id]
    api.call("DELETE", "/api/v2/personFields/label_ids/options", [{"id": id}])
    assert api.post("/api/v2/persons", {"name": "Mary", "label_ids": [id]}).status == 400
