"""Persons over HTTP, in both versions."""

from __future__ import annotations

import pytest

from tests.api import Api

EMPTY = [{"value": "", "primary": True}]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ({"name": "Mary Ann Lee"}, ("Mary Ann Lee", "Mary Ann", "Lee")),
        ({"name": " Cher "}, ("Cher", "Cher", None)),
        ({"first_name": "Mary", "last_name": "van Lee"}, ("Mary van Lee", "Mary", "van Lee")),
        ({"last_name": "Lee"}, ("Lee", None, "Lee")),
        ({"name": "Mary van Lee", "first_name": "Mary", "last_name": "van Lee"}, ("Mary van Lee", "Mary", "van Lee")),
        ({"name": "Ann Ray", "first_name": "Mary", "last_name": "Lee"}, ("Ann Ray", "Ann", "Ray")),
    ],
)
def test_names_are_split_and_joined(api: Api, body: dict[str, str], shown: tuple[str, str | None, str | None]) -> None:
    person = api.post("/api/v2/persons", body).data
    assert (person["name"], person["first_name"], person["last_name"]) == shown


def test_a_change_of_one_name_keeps_the_other(api: Api) -> None:
    id = api.post("/api/v2/persons", {"name": "Mary Lee"}).data["id"]
    assert api.patch(f"/api/v2/persons/{id}", {"last_name": "Ray"}).data["name"] == "Mary Ray"
    assert api.patch(f"/api/v2/persons/{id}", {"first_name": None}).data["name"] == "Ray"
    refused = api.patch(f"/api/v2/persons/{id}", {"last_name": " ", "job_title": "Boss"})
    assert (refused.status, refused.error) == (400, "Validation failed: name: is required")
    assert api.get(f"/api/v2/persons/{id}").data["job_title"] is None


def test_a_person_needs_a_name(api: Api) -> None:
    for body in ({}, {"first_name": "", "last_name": ""}, {"name": "  "}):
        assert api.post("/api/v2/persons", body).status == 400
    assert api.post("/v1/persons", {"email": "a@example.com"}).status == 400


def test_contacts_in_v1(api: Api) -> None:
    person = api.post("/v1/persons", {"name": "Mary", "email": "m@example.com", "phone": ["1", {"value": "2"}]}).data
    assert person["email"] == [{"value": "m@example.com", "primary": True, "label": "work"}]
    assert [phone["value"] for phone in person["phone"]] == ["1", "2"]
    assert person["primary_email"] == "m@example.com"
    path = f"/v1/persons/{person['id']}"
    changed = api.put(path, {"email": [{"value": "a@b.cc"}, {"value": "d@e.ff", "primary": "true"}], "phone": ""}).data
    assert [email["primary"] for email in changed["email"]] == [False, True]
    assert (changed["primary_email"], changed["phone"]) == ("d@e.ff", EMPTY)
    # What was read can be sent back.
    assert api.put(path, {"email": EMPTY}).data["email"] == EMPTY


def test_contacts_in_v2(api: Api) -> None:
    emails = [{"value": "a@b.cc"}, {"value": "d@e.ff", "label": "home"}]
    person = api.post("/api/v2/persons", {"name": "Mary", "emails": emails}).data
    assert person["emails"] == [
        {"value": "a@b.cc", "primary": True, "label": "work"},
        {"value": "d@e.ff", "primary": False, "label": "home"},
    ]
    assert person["phones"] == []
    path = f"/api/v2/persons/{person['id']}"
    assert api.patch(path, {"emails": [{"value": "g@h.ii"}]}).data["emails"][0]["value"] == "g@h.ii"
    assert api.patch(path, {"emails": None}).data["emails"] == []
    two = [{"value": "1", "primary": True}, {"value": "2", "primary": True}]
    assert api.patch(path, {"phones": two}).status == 400
    assert api.patch(path, {"emails": "a@b.cc"}).status == 400
    assert "not allowed" in api.patch(path, {"email": "a@b.cc"}).error


def test_a_marketing_status_changes_in_one_direction_and_needs_an_email(api: Api) -> None:
    def status(person: dict[str, object]) -> object:
        return person["marketing_status"]

    assert status(api.post("/v1/persons", {"name": "A", "marketing_status": "subscribed"}).data) == "no_consent"
    person = api.post("/v1/persons", {"name": "B", "email": "b@example.com", "marketing_status": "subscribed"}).data
    path = f"/v1/persons/{person['id']}"
    assert status(person) == "subscribed"
    assert status(api.put(path, {"marketing_status": "no_consent"}).data) == "subscribed"
    assert status(api.put(path, {"marketing_status": "unsubscribed"}).data) == "unsubscribed"
    assert status(api.put(path, {"marketing_status": "subscribed"}).data) == "unsubscribed"


def test_the_same_person_in_both_versions(api: Api) -> None:
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    id = api.post("/api/v2/persons", {"name": "Mary Lee", "org_id": org, "visible_to": 7}).data["id"]
    answer = api.get(f"/v1/persons/{id}")
    old = answer.data
    assert (old["org_id"]["value"], old["org_id"]["name"], old["org_name"]) == (org, "Acme", "Acme")
    assert (old["owner_id"]["value"], old["owner_id"]["has_pic"], old["owner_name"]) == (1, 0, "Ada Admin")
    assert (old["visible_to"], old["first_char"], old["active_flag"]) == ("7", "m", True)
    assert old["add_time"] == "2026-03-02 10:00:00"
    related = answer.body["related_objects"]
    assert (related["user"]["1"]["id"], related["organization"][str(org)]["id"]) == (1, org)
    assert "value" not in related["organization"][str(org)]
    new = api.get(f"/api/v2/persons/{id}", include_fields="marketing_status,open_deals_count").data
    assert (new["org_id"], new["owner_id"], new["visible_to"], new["open_deals_count"]) == (org, 1, 7, 0)
    assert (new["add_time"], new["label_ids"], new["custom_fields"]) == ("2026-03-02T10:00:00Z", [], {})


def test_links_must_exist(api: Api) -> None:
    gone = api.post("/api/v2/organizations", {"name": "Gone"}).data["id"]
    api.delete(f"/api/v2/organizations/{gone}")
    for body in ({"org_id": 99}, {"org_id": gone}, {"owner_id": 99}, {"label_ids": [99]}):
        assert api.post("/api/v2/persons", {"name": "Mary", **body}).status == 400
        assert api.post("/v1/persons", {"name": "Mary", **body}).status == 400
    assert api.get("/api/v2/persons").data == []


def test_times_may_be_given(api: Api) -> None:
    person = api.post("/v1/persons", {"name": "Mary", "add_time": "2020-01-02T03:04:05"}).data
    assert person["add_time"] == "2020-01-02 03:04:05"
    times = {"add_time": "2020-01-02T05:04:05+02:00", "update_time": "2021-01-01T00:00:00Z"}
    new = api.patch(f"/api/v2/persons/{person['id']}", times).data
    assert (new["add_time"], new["update_time"]) == ("2020-01-02T03:04:05Z", "2021-01-01T00:00:00Z")
    beyond = "0001-01-01T00:00:00+05:00"
    assert api.patch(f"/api/v2/persons/{person['id']}", {"add_time": beyond}).status == 400
    assert api.get("/api/v2/persons", updated_since=beyond).status == 400


def test_an_organization_counts_its_people(api: Api) -> None:
    first, second = (api.post("/api/v2/organizations", {"name": name}).data["id"] for name in ("A", "B"))

    def counts() -> list[int]:
        found = api.get("/api/v2/organizations", include_fields="people_count").data
        return [organization["people_count"] for organization in found]

    person = api.post("/v1/persons", {"name": "Mary", "org_id": first}).data["id"]
    assert counts() == [1, 0]
    api.patch(f"/api/v2/persons/{person}", {"org_id": second})
    assert counts() == [0, 1]
    assert [one["id"] for one in api.get(f"/v1/organizations/{second}/persons").data] == [person]
    api.delete(f"/v1/persons/{person}")
    assert counts() == [0, 0]


def test_a_deleted_person(api: Api) -> None:
    id = api.post("/v1/persons", {"name": "Mary"}).data["id"]
    assert api.delete(f"/v1/persons/{id}").data == {"id": id}
    old = api.get(f"/v1/persons/{id}").data
    assert (old["active_flag"], old["delete_time"]) == (False, "2026-03-02 10:00:00")
    assert api.get(f"/api/v2/persons/{id}").status == 404
    assert api.patch(f"/api/v2/persons/{id}", {"name": "M"}).error == "Person not found"
    assert api.get("/v1/persons").data is None
    assert api.delete(f"/v1/persons/{id}").status == 404


def test_many_are_deleted_or_none(api: Api) -> None:
    ids = [api.post("/v1/persons", {"name": name}).data["id"] for name in ("A", "B", "C")]
    assert api.delete("/v1/persons", ids=f"{ids[0]},99").status == 404
    assert len(api.get("/v1/persons").data) == 3
    assert api.delete("/v1/persons", ids=f"{ids[0]},{ids[2]}").data == {"id": [ids[0], ids[2]]}
    assert [person["id"] for person in api.get("/v1/persons").data] == [ids[1]]


def names(records: object) -> list[str]:
    assert isinstance(records, list)
    return [person["name"] for person in records]


def test_lists_are_narrowed(api: Api) -> None:
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    ids = [api.post("/api/v2/persons", {"name": name}).data["id"] for name in ("Ann", "bob", "Zoë")]
    api.clock.advance(hours=1)
    api.patch(f"/api/v2/persons/{ids[1]}", {"org_id": org})
    deal = api.post("/api/v2/deals", {"title": "Deal", "person_id": ids[2]}).data["id"]
    assert names(api.get("/v1/persons", first_char="B").data) == ["bob"]
    assert names(api.get("/api/v2/persons", ids=f"{ids[2]},{ids[0]},99").data) == ["Ann", "Zoë"]
    assert names(api.get("/api/v2/persons", org_id=org).data) == ["bob"]
    assert names(api.get("/api/v2/persons", deal_id=deal).data) == ["Zoë"]
    assert names(api.get("/api/v2/persons", deal_id=99).data) == []
    assert names(api.get("/api/v2/persons", owner_id=2).data) == []
    assert names(api.get("/api/v2/persons", updated_since="2026-03-02T11:00:00Z").data) == ["bob"]
    assert names(api.get("/api/v2/persons", updated_until="2026-03-02T11:00:00Z").data) == ["Ann", "Zoë"]
    assert "not a valid datetime" in api.get("/api/v2/persons", updated_since="2026-03-02T11:00:00.5Z").error
    for path in ("/v1/persons", "/api/v2/persons"):
        assert api.get(path, filter_id=99).error == "Filter not found"


def test_lists_are_sorted_and_paged(api: Api) -> None:
    for name in ("bob", "Ann", "Cyd"):
        api.post("/api/v2/persons", {"name": name})
        api.clock.advance(minutes=1)
    assert names(api.get("/v1/persons", sort="name").data) == ["Ann", "bob", "Cyd"]
    assert names(api.get("/v1/persons", sort="org_id asc, name DESC").data) == ["Cyd", "bob", "Ann"]
    for sort in ("nme", "name UP", "name ASC twice"):
        assert api.get("/v1/persons", sort=sort).status == 400
    page = api.get("/v1/persons", start=1, limit=1)
    pagination = {"start": 1, "limit": 1, "more_items_in_collection": True, "next_start": 2}
    assert (names(page.data), page.body["additional_data"]["pagination"]) == (["Ann"], pagination)
    query = {"sort_by": "update_time", "sort_direction": "desc", "limit": 2}
    first = api.get("/api/v2/persons", **query)
    second = api.get("/api/v2/persons", **query, cursor=first.next_cursor)
    assert (names(first.data), names(second.data), second.next_cursor) == (["Cyd", "Ann"], ["bob"], None)


def test_the_collection(api: Api) -> None:
    api.post("/v1/persons", {"name": "Ann", "email": "a@example.com"})
    api.clock.advance(hours=1)
    api.post("/v1/persons", {"name": "Bob"})
    first = api.get("/v1/persons/collection", limit=1)
    assert (names(first.data), first.data[0]["owner_id"], first.data[0]["org_id"]) == (["Ann"], 1, None)
    assert names(api.get("/v1/persons/collection", cursor=first.next_cursor).data) == ["Bob"]
    assert names(api.get("/v1/persons/collection", since="2026-03-02 11:00:00").data) == ["Bob"]
    assert names(api.get("/v1/persons/collection", until="2026-03-02 11:00:00", first_char="a").data) == ["Ann"]


def test_deals_and_activities_of_a_person(api: Api) -> None:
    id = api.post("/v1/persons", {"name": "Mary"}).data["id"]
    api.post("/v1/deals", {"title": "Won", "person_id": id, "status": "won"})
    api.post("/v1/deals", {"title": "Open", "person_id": id})
    activity = api.post("/v1/activities", {"subject": "Call", "person_id": id}).data["id"]
    assert [deal["title"] for deal in api.get(f"/v1/persons/{id}/deals", sort="id desc").data] == ["Open", "Won"]
    assert [deal["title"] for deal in api.get(f"/v1/persons/{id}/deals", status="won").data] == ["Won"]
    assert [one["id"] for one in api.get(f"/v1/persons/{id}/activities").data] == [activity]
    assert api.get(f"/v1/persons/{id}/activities", done=1).data is None
    assert api.get(f"/v1/persons/{id}/activities", exclude=activity).data is None
    person = api.get(f"/v1/persons/{id}").data
    counts = ("open_deals_count", "won_deals_count", "closed_deals_count", "activities_count")
    assert [person[name] for name in counts] == [1, 1, 1, 1]
    assert api.get("/v1/persons/99/deals").status == 404


def test_parts_of_names_in_v1(api: Api) -> None:
    parts = {"first_name": "Ana", "last_name": "Diaz"}
    created = api.post("/v1/persons", parts).data
    assert (created["name"], created["first_name"], created["last_name"]) == ("Ana Diaz", "Ana", "Diaz")
    path = f"/v1/persons/{created['id']}"
    assert api.put(path, {"first_name": "Loop", "last_name": "Mull"}).data["name"] == "Loop Mull"
    assert api.put(path, {"last_name": "Mole"}).data["name"] == "Loop Mole"
    assert api.put(path, {"first_name": None}).data["name"] == "Mole"
    whole = {"name": "Maria Lopez Garcia", "first_name": "Maria", "last_name": "Lopez Garcia"}
    for version, body in (("/v1", whole), ("/api/v2", whole)):
        shown = api.post(f"{version}/persons", body).data
        assert {name: shown[name] for name in whole} == whole
    for nameless in ({}, {"name": ""}, {"first_name": "", "last_name": None}):
        assert api.post("/v1/persons", nameless).status == 400


@pytest.mark.parametrize("noun", ["deal", "person", "organization"])
def test_labels_by_text_in_v1(api: Api, noun: str) -> None:
    field = next(field for field in api.get(f"/v1/{noun}Fields", limit=500).data if field["field_type"] == "set")
    kept = [{"id": one["id"], "label": one["label"]} for one in field.get("options") or []]
    options = api.put(f"/v1/{noun}Fields/{field['id']}", {"options": [*kept, {"label": "L1"}, {"label": "L2"}]}).data
    ids = {option["label"]: option["id"] for option in options["options"]}
    first, second = ids["L1"], ids["L2"]
    path = f"/v1/{noun}s/{api.post(f'/v1/{noun}s', {'name': 'x', 'title': 'x'}).data['id']}"
    names = ["label"] if noun == "deal" else ["label", "label_ids"]
    for name in names:
        for given, expected in (
            ("L1", [first]),
            ("L1,L2", [first, second]),
            (f"{second},{first}", [second, first]),
            (["L2", "L1"], [second, first]),
            ([first, "L2"], [first, second]),
            ([str(first), "L2"], [first, second]),
            (second, [second]),
            (str(first), [first]),
            (None, []),
        ):
            api.put(path, {name: given})
            assert api.get(f"/api{path.replace('v1', 'v2')}").data["label_ids"] == expected, (name, given)
            assert api.get(path).data["label"] == (
                (",".join(map(str, expected)) or None) if noun == "deal" else next(iter(expected), None)
            )
        assert api.put(path, {name: ["L1", "no such label"]}).error.startswith(f"{name}: ")
    if noun != "deal":
        both = {"label": "L1", "label_ids": ["L1", "L2"]}
        assert api.put(path, both).data["label_ids"] == [first, second]
        assert api.put(path, {**both, "label": "L2"}).data["label_ids"] == [second]
