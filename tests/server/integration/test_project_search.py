"""Searches for projects over HTTP."""

from __future__ import annotations

from typing import Any

from tests.api import Api
from tests.company import add_role, add_user

SEARCH = "/api/v2/projects/search"


def create(api: Api, title: str, **values: object) -> int:
    """Creates a project; returns its id."""
    id: int = api.post("/api/v2/projects", {"title": title, **values}).data["id"]
    return id


def found(api: Api, term: str, **query: object) -> list[int]:
    """Returns the ids of the projects that a search finds."""
    return [one["item"]["id"] for one in api.get(SEARCH, term=term, **query).data["items"]]


def test_what_is_found(api: Api) -> None:
    deals = [api.post("/api/v2/deals", {"title": title}).data["id"] for title in ("Roof deal", "Wall deal")]
    person = api.post("/api/v2/persons", {"name": "Ann"}).data["id"]
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    code = api.post("/api/v2/projectFields", {"field_name": "Code", "field_type": "varchar"}).data["field_code"]
    links = {"deal_ids": deals, "person_ids": [person], "org_ids": [org]}
    id = create(
        api,
        "Office renovation",
        description="Two renovation floors",
        end_date="2026-05-01",
        phase_id=2,
        custom_fields={code: "renovation-7"},
        **links,
    )
    api.post("/v1/notes", {"content": "renovation <b>begins</b>", "project_id": id})
    [result] = api.get(SEARCH, term="renovation").data["items"]
    item: dict[str, Any] = {
        "id": id,
        "type": "project",
        "title": "Office renovation",
        "status": "open",
        "owner": {"id": 1},
        "board_id": 1,
        "phase": {"id": 2, "name": "Planning"},
        "person": {"id": person, "name": "Ann"},
        "organization": {"id": org, "name": "Acme", "address": None},
        "deal": {"id": deals[0], "title": "Roof deal"},
        "deal_count": 2,
        "description": "Two renovation floors",
        "end_date": "2026-05-01",
        "custom_fields": ["renovation-7"],
        "notes": ["renovation begins"],
    }
    assert result["item"] == item
    for path in ("/api/v2/itemSearch", "/v1/itemSearch"):
        assert [one["item"] for one in api.get(path, term="renovation", item_types="project").data["items"]] == [item]
    for field in ("title", "description", "notes", "custom_fields"):
        assert found(api, "renovation", fields=field) == [id]
    assert found(api, "floors", fields="title") == []
    assert found(api, "office renovation", exact_match="true") == [id]


def test_searches_among_the_projects_of_somebody(api: Api) -> None:
    people = [api.post("/api/v2/persons", {"name": name}).data["id"] for name in ("Ann", "Bea")]
    org = api.post("/api/v2/organizations", {"name": "Acme"}).data["id"]
    first, second = create(api, "Roof", person_ids=people), create(api, "Roof", person_ids=people[1:], org_ids=[org])
    assert found(api, "roof", person_id=people[0]) == [first]
    assert found(api, "roof", person_id=people[1]) == [second, first]
    assert found(api, "roof", person_id=people[1], organization_id=org) == [second]
    assert found(api, "roof", organization_id=99) == []
    first_page = api.get(SEARCH, term="roof", limit=1)
    assert found(api, "roof", cursor=first_page.next_cursor) == [first]


def test_deleted_and_hidden_projects_are_not_found(api: Api) -> None:
    owner = add_user(api, "Olga", role_id=add_role(api, "Sales", project_default_visibility=1))
    other = add_user(api, "Otto", role_id=add_role(api, "Support"))
    id = create(owner, "Roof")
    assert found(owner, "roof") == [id]
    assert found(other, "roof") == []
    api.delete(f"/api/v2/projects/{id}")
    assert found(owner, "roof") == []
    assert api.get(SEARCH, term="r").status == 400


def test_the_values_of_a_field(api: Api) -> None:
    id = create(api, "Roof")
    create(api, "Wall")
    of_v2 = {"entity_type": "project", "field": "title", "term": "Roof"}
    assert api.get("/api/v2/itemSearch/field", **of_v2).data == [{"id": id, "title": "Roof"}]
    of_v1 = {"field_type": "projectField", "field_key": "title", "term": "Roof", "return_item_ids": 1}
    assert api.get("/v1/itemSearch/field", **of_v1).data == [{"id": id, "title": "Roof"}]
