"""Organizations over HTTP, in both versions."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.server.integration.filtering import conditions

PARTS = {"value": "3 Main St, Springfield", "route": "Main St", "street_number": "3", "country": "USA"}


def names(records: object) -> list[str]:
    assert isinstance(records, list)
    return [organization["name"] for organization in records]


def test_an_address_in_both_versions(api: Api) -> None:
    new = api.post("/api/v2/organizations", {"name": "Acme", "address": PARTS}).data
    assert {name: value for name, value in new["address"].items() if value is not None} == PARTS
    path = f"/v1/organizations/{new['id']}"
    old = api.get(path).data
    assert (old["address"], old["address_route"], old["address_locality"]) == (PARTS["value"], "Main St", "")
    # A new address empties the parts of the old one.
    changed = api.put(path, {"address": "Elsewhere 1"}).data
    assert (changed["address"], changed["address_route"]) == ("Elsewhere 1", "")
    assert api.put(path, {"address": ""}).data["address"] is None
    assert api.get(f"/api/v2/organizations/{new['id']}").data["address"] is None


def test_the_parts_of_an_address_make_up_the_whole(api: Api) -> None:
    parts = {"route": "Main St", "street_number": "3", "postal_code": "12345", "locality": "Springfield"}
    address = api.post("/api/v2/organizations", {"name": "Acme", "address": parts}).data["address"]
    assert address["value"] == "Main St 3, 12345 Springfield"


def test_the_same_organization_in_both_versions(api: Api) -> None:
    created = api.post("/v1/organizations", {"name": "Öl", "visible_to": "7"}).data
    assert (created["first_char"], created["visible_to"], created["active_flag"]) == ("ö", "7", True)
    assert (created["owner_id"]["value"], created["owner_name"]) == (1, "Ada Admin")
    api.post(f"/api/v2/organizations/{created['id']}/followers", {"user_id": 1})
    answer = api.get(f"/v1/organizations/{created['id']}")
    assert (answer.data["next_activity"], answer.data["last_activity"]) == (None, None)
    assert (created["edit_name"], answer.data["edit_name"]) == (True, True)
    assert answer.body["additional_data"]["followers"]["1"]["name"] == "Ada Admin"
    new = api.get(f"/api/v2/organizations/{created['id']}", include_fields="followers_count").data
    assert (new["name"], new["owner_id"], new["visible_to"], new["followers_count"]) == ("Öl", 1, 7, 1)


def test_next_and_last_activity(api: Api) -> None:
    id = api.post("/v1/organizations", {"name": "Acme"}).data["id"]
    api.post("/v1/activities", {"subject": "Past", "org_id": id, "due_date": "2026-03-01", "done": 1})
    api.post("/v1/activities", {"subject": "Next", "org_id": id, "due_date": "2026-03-05"})
    found = api.get(f"/v1/organizations/{id}").data
    assert (found["last_activity"]["subject"], found["next_activity"]["subject"]) == ("Past", "Next")
    assert found["next_activity_date"] == "2026-03-05"
    listed = api.get(f"/v1/organizations/{id}/activities", done=0)
    assert [activity["subject"] for activity in listed.data] == ["Next"]
    assert listed.body["additional_data"]["activity_distribution"]["1"]["activity_count"] == 1


def test_bad_input_changes_nothing(api: Api) -> None:
    id = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    path = f"/api/v2/organizations/{id}"
    for body in ({"owner_id": 99}, {"name": ""}, {"name": " "}, {"label_ids": [99]}, {"address": "text"}, {"nme": "x"}):
        assert api.patch(path, {"visible_to": 7, **body}).status == 400
    assert (api.get(path).data["visible_to"], api.get(path).data["name"]) == (3, "Acme")
    assert api.post("/v1/organizations", {"address": "Main St"}).status == 400
    assert api.patch("/api/v2/organizations/99", {"name": "x"}).error == "Organization not found"


def test_a_deleted_organization(api: Api) -> None:
    ids = [api.post("/v1/organizations", {"name": name}).data["id"] for name in ("A", "B")]
    person = api.post("/v1/persons", {"name": "Mary", "org_id": ids[0]}).data["id"]
    assert api.delete("/v1/organizations", ids=f"{ids[0]},99").status == 404
    assert api.delete("/v1/organizations", ids=ids[0]).data == {"id": [ids[0]]}
    assert api.get(f"/v1/organizations/{ids[0]}").data["active_flag"] is False
    assert api.get(f"/api/v2/organizations/{ids[0]}").status == 404
    assert names(api.get("/v1/organizations").data) == ["B"]
    # Its persons stay as they are, and may be written back as they were read.
    assert api.get(f"/v1/persons/{person}").data["org_id"]["active_flag"] is False
    assert api.patch(f"/api/v2/persons/{person}", {"org_id": ids[0], "name": "Ann"}).data["org_id"] == ids[0]


def test_deals_of_an_organization(api: Api) -> None:
    org, other = (api.post("/v1/organizations", {"name": name}).data["id"] for name in ("A", "B"))
    person = api.post("/v1/persons", {"name": "Mary", "org_id": org}).data["id"]
    api.post("/v1/deals", {"title": "Own", "org_id": org})
    api.post("/v1/deals", {"title": "Its person's", "org_id": other, "person_id": person})
    path = f"/v1/organizations/{org}/deals"
    assert [deal["title"] for deal in api.get(path).data] == ["Own", "Its person's"]
    assert [deal["title"] for deal in api.get(path, only_primary_association=1).data] == ["Own"]
    assert api.get(path, status="won").data is None

    def counts() -> list[int]:
        found = api.get(f"/v1/organizations/{org}").data
        return [found["open_deals_count"], found["related_open_deals_count"]]

    assert counts() == [1, 2]
    api.put(f"/v1/persons/{person}", {"org_id": other})
    assert counts() == [1, 1]


def test_deals_that_name_an_organization_in_a_custom_field(api: Api) -> None:
    field = api.post("/api/v2/dealFields", {"field_name": "Partner", "field_type": "org"}).data["field_code"]
    org = api.post("/v1/organizations", {"name": "Acme"}).data["id"]
    api.post("/api/v2/deals", {"title": "Named", "custom_fields": {field: org}})
    path = f"/v1/organizations/{org}/deals"
    assert [deal["title"] for deal in api.get(path).data] == ["Named"]
    assert api.get(path, only_primary_association=1).data is None


def test_lists(api: Api) -> None:
    for name in ("beta", "Alpha", "Gamma"):
        api.post("/v1/organizations", {"name": name})
        api.clock.advance(minutes=1)
    assert names(api.get("/v1/organizations", sort="name DESC", limit=2).data) == ["Gamma", "beta"]
    assert names(api.get("/v1/organizations", first_char="a").data) == ["Alpha"]
    assert names(api.get("/v1/organizations", user_id=2).data or []) == []
    assert names(api.get("/api/v2/organizations", updated_since="2026-03-02T10:01:00Z").data) == ["Alpha", "Gamma"]
    assert names(api.get("/api/v2/organizations", ids="3,1").data) == ["beta", "Gamma"]
    first = api.get("/api/v2/organizations", sort_by="add_time", sort_direction="desc", limit=2)
    assert names(first.data) == ["Gamma", "Alpha"]
    assert names(api.get("/api/v2/organizations", cursor=first.next_cursor).data) == ["beta"]
    assert names(api.get("/v1/organizations/collection", since="2026-03-02 10:02:00").data) == ["Gamma"]


def test_custom_fields_and_labels(api: Api) -> None:
    code = api.post("/api/v2/organizationFields", {"field_name": "Motto", "field_type": "varchar"}).data["field_code"]
    labels = [option["id"] for option in _label_options(api)][:2]
    body = {"name": "Acme", "label_ids": labels, "custom_fields": {code: "On and on"}}
    id = api.post("/api/v2/organizations", body).data["id"]
    old = api.get(f"/v1/organizations/{id}").data
    assert (old[code], old["label"], old["label_ids"]) == ("On and on", labels[0], labels)
    path = f"/v1/organizations/{id}"
    assert api.put(path, {"label": labels[0], "label_ids": labels}).data["label_ids"] == labels
    assert api.put(path, {"label": labels[1]}).data["label_ids"] == [labels[1]]
    assert api.put(path, {"label": None, code: None}).data["label_ids"] == []
    new = api.get(f"/api/v2/organizations/{id}", custom_fields=code).data
    assert new["custom_fields"] == {code: None}
    assert api.patch(f"/api/v2/organizations/{id}", {"custom_fields": {"0" * 40: 1}}).status == 400


def _label_options(api: Api) -> list[dict[str, int]]:
    fields = api.get("/v1/organizationFields").data
    found: list[dict[str, int]] = next(field["options"] for field in fields if field["key"] == "label_ids")
    return found


def test_what_is_known_of_a_company(api: Api) -> None:
    known = {
        "website": "https://acme.example",
        "linkedin": "https://linkedin.example/acme",
        "industry": 2,
        "annual_revenue": 12_000_000_000,
        "employee_count": 250,
    }
    unknown = dict.fromkeys(known)
    made = api.post("/api/v2/organizations", {"name": "Acme", **known}).data
    other = api.post("/api/v2/organizations", {"name": "Other"}).data
    assert (made.items() >= known.items(), other.items() >= unknown.items()) == (True, True)
    path = f"/api/v2/organizations/{made['id']}"
    changed = api.patch(path, {"employee_count": 0, "website": None}).data
    assert changed.items() >= (known | {"employee_count": 0, "website": None}).items()
    assert api.get(path).data == changed
    assert api.get("/api/v2/organizations", ids=made["id"]).data == [changed]
    refused = (
        {"employee_count": -1},
        {"annual_revenue": 1.5},
        {"industry": "Steel"},
        {"industry": 99},
        {"linkedin": 5},
    )
    for body in refused:
        assert api.patch(path, body).status == 400
    assert api.get(path).data == changed
    # They are fields, and filters know them.
    fields = {field["field_code"]: field for field in api.get("/api/v2/organizationFields", limit=500).data}
    assert fields.keys() >= known.keys()
    assert {option["id"]: option["label"] for option in fields["industry"]["options"]}[2] == "Mining and quarrying"
    tests: list[dict[str, Any]] = [
        {"object": "organization", "field_id": "industry", "operator": "=", "value": 2},
        {"object": "organization", "field_id": "annual_revenue", "operator": ">", "value": 1_000_000},
        {"object": "organization", "field_id": "linkedin", "operator": "LIKE '%$%'", "value": "acme"},
    ]
    filter = api.post("/v1/filters", {"name": "Mines", "type": "org", "conditions": conditions(*tests)}).data
    assert names(api.get("/api/v2/organizations", filter_id=filter["id"]).data) == ["Acme"]
    # The survivor of a merge takes what it has not.
    merged = api.put(f"/v1/organizations/{made['id']}/merge", {"merge_with_id": other["id"]})
    assert merged.status == 200
    survivor = api.get(f"/api/v2/organizations/{other['id']}").data
    assert (survivor["annual_revenue"], survivor["industry"]) == (12_000_000_000, 2)
