"""Values of custom fields over HTTP: writing and reading the same records in both versions."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from dealwright.crm.fields.types import TYPES
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
            {"": "09:00:00", "_timezone_id": 318},
            {"value": "09:00:00", "timezone_id": 318, "timezone_name": "Europe/London"},
        ),
        (
            "timerange",
            {"": "23:00:00", "_until": "01:00:00", "_timezone_id": 318},
            {"value": "23:00:00", "until": "01:00:00", "timezone_id": 318, "timezone_name": "Europe/London"},
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
    label = next(field for field in api.get("/v1/personFields").data if field["key"] == "label_ids")
    id = label["options"][0]["id"]
    assert api.post("/api/v2/persons", {"name": "Mary", "label_ids": [id]}).data["label_ids"] == [id]
    api.call("DELETE", "/api/v2/personFields/label_ids/options", [{"id": id}])
    assert api.post("/api/v2/persons", {"name": "Mary", "label_ids": [id]}).status == 400


COMPOSITES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "monetary": ({"": 5.5, "_currency": "USD"}, {"value": 5.5, "currency": "USD"}),
    "daterange": ({"": "2026-01-01", "_until": "2026-02-01"}, {"value": "2026-01-01", "until": "2026-02-01"}),
    "time": ({"": "09:00:00", "_timezone_id": 318}, {"value": "09:00", "timezone_id": 318}),
    "timerange": ({"": "09:00:00", "_until": "10:00:00"}, {"value": "09:00", "until": "10:00"}),
    "address": ({"": "Main 1", "_postal_code": "53111"}, {"value": "Main 1", "postal_code": 53111}),
}


def test_every_type_with_parts_has_a_case() -> None:
    assert {name for name, kind in TYPES.items() if kind.parts} == set(COMPOSITES)


@pytest.mark.parametrize("field_type", COMPOSITES)
@pytest.mark.parametrize(("path", "name"), [("deals", "title"), ("persons", "name"), ("products", "name")])
def test_v1_takes_the_parts_of_a_value_in_an_object(api: Api, path: str, name: str, field_type: str) -> None:
    """As v2 shows them: an object, its JSON in a text, or brackets in a form."""
    key = create_field(api, field_type, path.removesuffix("s"))
    flat, whole = COMPOSITES[field_type]
    expected = {key + ending: value for ending, value in flat.items()}
    text = orjson.dumps(whole).decode()
    pairs = [(f"{key}[{part}]", str(value)) for part, value in whole.items()]
    for answer in (
        api.post(f"/v1/{path}", {name: "x", key: whole}),
        api.post(f"/v1/{path}", {name: "x", key: text}),
        api.form("POST", f"/v1/{path}", {name: "x", key: text}),
        api.form("POST", f"/v1/{path}", {name: "x", **dict(pairs)}),
    ):
        assert answer.data.items() >= expected.items()
    for wrong in ({**whole, "nothing": 1}, {**whole, "value": {"value": 1}}, {**whole, "value": True}):
        refused = api.post(f"/v1/{path}", {name: "x", key: wrong})
        assert refused.status == 400
        assert key in refused.error


@pytest.mark.parametrize("text", ['{"value": "\\u0000"}', '{"value": "x", "nothing": 1}', "{}", "{x}", '{"value"}'])
def test_other_texts_in_braces_stay_texts(api: Api, text: str) -> None:
    key = create_field(api, "address")
    assert api.post("/v1/deals", {"title": "x", key: text}).data[key] == text


@pytest.mark.parametrize("number", [2**53, 10**400, 1e300])
def test_numbers_in_the_json_of_parts_have_bounds(api: Api, number: float) -> None:
    key = create_field(api, "monetary")
    assert api.post("/v1/deals", {"title": "x", key: f'{{"value": {number}}}'}).status == 400


def test_no_part_of_a_value_is_lost(api: Api) -> None:
    """What v1 sends without the value itself is stored with the present one, makes one, or is refused."""
    for field_type in ("daterange", "timerange"):
        key = create_field(api, field_type)
        flat, _ = COMPOSITES[field_type]
        end = {f"{key}_until": flat["_until"]}
        refused = api.post("/v1/deals", {"title": "x", **end})
        assert refused.status == 400
        assert f"needs a beginning, as '{key}'" in refused.error
        deal = api.post("/v1/deals", {"title": "x", key: flat[""]}).data["id"]
        assert api.put(f"/v1/deals/{deal}", end).data.items() >= {key: flat[""], **end}.items()
    key = create_field(api, "address")
    deal = api.post("/v1/deals", {"title": "x", f"{key}_locality": "Bonn", f"{key}_postal_code": 53111}).data
    assert (deal[key], deal[f"{key}_locality"]) == ("53111 Bonn", "Bonn")
    # There is nothing to lose of these: clients send them with all that they do not know.
    for field_type, ending, value in (("monetary", "_currency", "EUR"), ("time", "_timezone_id", 318)):
        key = create_field(api, field_type)
        assert api.post("/v1/deals", {"title": "x", key + ending: value}).data[key] is None


def test_zero_is_no_record(api: Api) -> None:
    for field_type in ("user", "org", "people"):
        key = create_field(api, field_type)
        for zero in (0, "0"):
            assert api.post("/v1/deals", {"title": "x", key: zero}).data[key] is None
        assert api.post("/api/v2/deals", {"title": "x", "custom_fields": {key: 0}}).status == 400


@pytest.mark.parametrize(
    ("object", "noun"), [("deal", "deals"), ("person", "persons"), ("organization", "organizations")]
)
def test_options_and_labels_with_their_names(api: Api, object: str, noun: str) -> None:
    one, many = create_field(api, "enum", object, ("Red",)), create_field(api, "set", object, ("Chess", "Go"))
    text = create_field(api, "varchar", object)
    red, chess, go = *option_ids(api, one, object), *option_ids(api, many, object)
    (added,) = api.post(f"/api/v2/{object}Fields/label_ids/options", [{"label": "Old friend"}]).data
    label_id, label = added["id"], added["label"]
    body = {
        "title" if object == "deal" else "name": "One",
        "label_ids": [label_id],
        "custom_fields": {one: red, many: [chess, go], text: "Hi"},
    }
    path = f"/api/v2/{noun}"
    id = api.post(path, body).data["id"]
    plain = api.get(f"{path}/{id}").data
    assert (plain["custom_fields"], "labels" in plain) == (body["custom_fields"], False)
    named = {
        one: {"id": red, "label": "Red"},
        many: [{"id": chess, "label": "Chess"}, {"id": go, "label": "Go"}],
        text: "Hi",
    }
    for shown in (
        api.get(f"{path}/{id}", include_labels=True, include_option_labels=True).data,
        *api.get(path, include_labels=True, include_option_labels=True).data,
    ):
        assert shown == plain | {"custom_fields": named, "labels": [{"id": label_id, "label": label}]}
    assert api.get(f"{path}/{id}", include_labels=True).data == plain | {"labels": [{"id": label_id, "label": label}]}
    some = api.get(path, include_option_labels=True, custom_fields=one).data[0]
    assert some["custom_fields"] == {one: named[one]}
    # What was renamed is shown with its new name, and what was never set as null.
    field = api.get(f"/api/v2/{object}Fields/{one}").data
    assert api.patch(f"/api/v2/{object}Fields/{one}/options", [{"id": red, "label": "Crimson"}]).status == 200
    assert field["field_code"] == one
    assert api.get(path, include_option_labels=True).data[0]["custom_fields"][one]["label"] == "Crimson"
    api.patch(f"{path}/{id}", {"label_ids": [], "custom_fields": {one: None, many: None}})
    emptied = api.get(f"{path}/{id}", include_labels=True, include_option_labels=True).data
    assert (emptied["labels"], emptied["custom_fields"]) == ([], {one: None, many: None, text: "Hi"})
