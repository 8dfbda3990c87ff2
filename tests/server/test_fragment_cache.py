"""Lists are made of cached fragments; none of them may be older than the record it shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import company
from tests.api import Api

Change = Callable[[Api, dict[str, int]], object]


def first_deal(api: Api, version: str) -> dict[str, object]:
    path = "/api/v2/deals" if version == "v2" else "/v1/deals"
    deal: dict[str, object] = api.get(path).data[0]
    return deal


@pytest.fixture
def ids(api: Api) -> dict[str, int]:
    org = api.post("/api/v2/organizations", {"name": "Before"}).data["id"]
    person = api.post("/api/v2/persons", {"name": "Before", "org_id": org}).data["id"]
    deal = api.post("/api/v2/deals", {"title": "Before", "person_id": person, "org_id": org}).data["id"]
    activity = api.post("/api/v2/activities", {"subject": "Before", "deal_id": deal}).data["id"]
    return {"org": org, "person": person, "deal": deal, "activity": activity}


def test_a_changed_deal(api: Api, ids: dict[str, int]) -> None:
    assert [first_deal(api, version)["title"] for version in ("v1", "v2")] == ["Before", "Before"]
    api.patch(f"/api/v2/deals/{ids['deal']}", {"title": "After"})
    assert [first_deal(api, version)["title"] for version in ("v1", "v2")] == ["After", "After"]


@pytest.mark.parametrize(
    ("change", "member"),
    [
        (lambda api, ids: api.patch(f"/api/v2/persons/{ids['person']}", {"name": "After"}), "person_name"),
        (lambda api, ids: api.patch(f"/api/v2/organizations/{ids['org']}", {"name": "After"}), "org_name"),
        (
            lambda api, ids: api.patch(f"/api/v2/activities/{ids['activity']}", {"subject": "After"}),
            "next_activity_subject",
        ),
    ],
)
def test_a_changed_record_inside_a_v1_deal(api: Api, ids: dict[str, int], change: Change, member: str) -> None:
    assert first_deal(api, "v1")[member] == "Before"
    change(api, ids)
    assert first_deal(api, "v1")[member] == "After"


def test_a_changed_record_beside_v1_deals(api: Api, ids: dict[str, int]) -> None:
    def names() -> list[str]:
        related = api.get("/v1/deals").body["related_objects"]
        return [related["person"][str(ids["person"])]["name"], related["organization"][str(ids["org"])]["name"]]

    assert names() == ["Before", "Before"]
    api.patch(f"/api/v2/persons/{ids['person']}", {"name": "After"})
    api.patch(f"/api/v2/organizations/{ids['org']}", {"name": "After"})
    assert names() == ["After", "After"]


def test_a_counted_activity(api: Api, ids: dict[str, int]) -> None:
    def counts() -> list[object]:
        listed = api.get("/api/v2/deals", include_fields="activities_count").data[0]
        return [first_deal(api, "v1")["activities_count"], listed["activities_count"]]

    assert counts() == [1, 1]
    api.post("/api/v2/activities", {"subject": "One more", "deal_id": ids["deal"]})
    assert counts() == [2, 2]


@pytest.mark.usefixtures("ids")
def test_a_new_custom_field(api: Api) -> None:
    assert first_deal(api, "v2")["custom_fields"] == {}
    key = api.post("/api/v2/dealFields", {"field_name": "Size", "field_type": "double"}).data["field_code"]
    assert first_deal(api, "v2")["custom_fields"] == {key: None}
    assert first_deal(api, "v1")[key] is None


@pytest.mark.usefixtures("ids")
def test_other_forms_of_the_same_deal(api: Api) -> None:
    one = api.post("/api/v2/dealFields", {"field_name": "One", "field_type": "double"}).data["field_code"]
    two = api.post("/api/v2/dealFields", {"field_name": "Two", "field_type": "double"}).data["field_code"]
    assert set(api.get("/api/v2/deals").data[0]["custom_fields"]) == {one, two}
    assert set(api.get("/api/v2/deals", custom_fields=one).data[0]["custom_fields"]) == {one}
    assert "notes_count" in api.get("/api/v2/deals", include_fields="notes_count").data[0]
    assert "notes_count" not in api.get("/api/v2/deals").data[0]


@pytest.mark.usefixtures("ids")
def test_the_v1_field_selection_of_a_list(api: Api) -> None:
    for _ in range(2):
        assert api.get("/v1/deals:(title,status)").data == [{"title": "Before", "status": "open"}]


def test_lists_of_persons_and_organizations(api: Api, ids: dict[str, int]) -> None:
    for noun, id in (("persons", ids["person"]), ("organizations", ids["org"])):
        assert api.get(f"/api/v2/{noun}").data[0]["name"] == "Before"
        api.patch(f"/api/v2/{noun}/{id}", {"name": "After"})
        assert api.get(f"/api/v2/{noun}").data[0]["name"] == "After"


@pytest.mark.parametrize("megabytes", ["0", "1"])
def test_little_memory(megabytes: str, tmp_path: Path, template_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_MEMORY_MB", megabytes)
    api = company.open_api(company.copy_folder(template_folder, tmp_path / "platform"))
    key = api.post("/api/v2/dealFields", {"field_name": "Story", "field_type": "text"}).data["field_code"]
    # More than a megabyte.
    texts = [f"{number:02} {'long ' * 4000}".strip() for number in range(60)]
    for text in texts:
        assert api.post("/api/v2/deals", {"title": "Deal", "custom_fields": {key: text}}).data
    for _ in range(2):
        assert [deal["custom_fields"][key] for deal in api.get("/api/v2/deals", limit=100).data] == texts
        found = [deal[key] for start in (0, 30) for deal in api.get("/v1/deals", start=start, limit=30).data]
        assert found == texts
    company.close(api)


def test_the_same_deal_for_users_who_see_less(api: Api) -> None:
    org = api.post("/api/v2/organizations", {"name": "Secret org", "visible_to": 1}).data["id"]
    person = api.post("/api/v2/persons", {"name": "Secret person", "visible_to": 1}).data["id"]
    api.post("/api/v2/deals", {"title": "Deal", "person_id": person, "org_id": org, "visible_to": 7})
    seller = company.add_user(api, "Seller")

    def names(reader: Api) -> set[str]:
        body = reader.get("/v1/deals").body
        [deal], related = body["data"], body["related_objects"]
        beside = [related["person"][str(person)]["name"], related["organization"][str(org)]["name"]]
        return {deal["person_name"], deal["org_name"], deal["person_id"]["name"], deal["org_id"]["name"], *beside}

    secret, hidden = {"Secret person", "Secret org"}, {"(hidden)"}
    company.set_permissions(api)
    for _ in range(2):
        assert (names(api), names(seller)) == (secret, hidden)
    company.set_permissions(api, "can_see_hidden_items_names")
    assert (names(seller), names(api)) == (secret, secret)
    company.set_permissions(api)
    api.post(f"/v1/organizations/{org}/followers", {"user_id": seller.principal.user_id})
    assert names(seller) == {"Secret org", "(hidden)"}
    assert names(api) == secret
