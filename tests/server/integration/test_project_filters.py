"""Filters for projects, and by what they are linked to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api

PROJECTS = "/api/v2/projects"


def filtered(api: Api, path: str, type: str, *conditions: tuple[str, str, str, object]) -> list[int]:
    """Returns the ids of the records of a list that meet all conditions: object, code of the field, operator, value."""
    tests = [
        {"object": object, "field_id": code, "operator": operator, "value": value}
        for object, code, operator, value in conditions
    ]
    groups = [{"glue": "and", "conditions": tests}, {"glue": "or", "conditions": []}]
    body = {"name": "x", "type": type, "conditions": {"glue": "and", "conditions": groups}}
    filter_id = api.post("/v1/filters", body).data["id"]
    return [record["id"] for record in api.get(path, filter_id=filter_id).data]


@pytest.fixture
def people(api: Api) -> dict[str, list[int]]:
    """Returns the ids of persons, organizations and deals to link projects to."""
    return {
        "person_ids": [api.post("/api/v2/persons", {"name": name}).data["id"] for name in ("Ann", "Bea")],
        "org_ids": [api.post("/api/v2/organizations", {"name": name}).data["id"] for name in ("Acme", "Bolt")],
        "deal_ids": [api.post("/api/v2/deals", {"title": title}).data["id"] for title in ("Roof", "Wall")],
    }


def test_every_field_can_be_tested(api: Api, people: dict[str, list[int]]) -> None:
    label = api.get("/api/v2/projectFields/label_ids").data["options"][0]["id"]
    values: dict[str, Any] = {
        "title": "Renovation",
        "description": "Two floors",
        "phase_id": 2,
        "start_date": "2026-04-01",
        "end_date": "2026-05-01",
        "label_ids": [label],
        "health_status": 20,
        **people,
    }
    id = api.post(PROJECTS, values).data["id"]
    api.post(PROJECTS, {"title": "Other"})
    for code, operator, value in (
        ("id", "=", id),
        ("title", "LIKE '%$%'", "renov"),
        ("description", "=", "Two floors"),
        ("phase_id", "=", 2),
        ("start_date", ">", "2026-03-01"),
        ("end_date", "IS NOT NULL", None),
        ("deal_ids", "=", people["deal_ids"][1]),
        ("person_ids", "=", people["person_ids"][1]),
        ("org_ids", "IS NOT NULL", None),
        ("labels", "contains", label),
        ("health_status", "=", 20),
    ):
        assert filtered(api, PROJECTS, "projects", ("project", code, operator, value)) == [id], code
    for code, operator, value in (
        ("status", "=", "open"),
        ("board_id", "=", 1),
        ("owner_id", "=", 1),
        ("add_time", "=", "today"),
        ("update_time", ">", "2026-01-01"),
        ("status_change_time", "IS NOT NULL", None),
        ("archive_time", "IS NULL", None),
        ("visible_to", "=", 7),
        ("person_ids", "!=", 99),
    ):
        assert len(filtered(api, PROJECTS, "projects", ("project", code, operator, value))) == 2, code
    assert filtered(api, "/v1/projects", "projects", ("project", "phase_id", "=", 2)) == [id]


def test_conditions_about_linked_records(api: Api, people: dict[str, list[int]]) -> None:
    id = api.post(PROJECTS, {"title": "Renovation", **people}).data["id"]
    lone = api.post(PROJECTS, {"title": "Other"}).data["id"]
    api.post("/api/v2/activities", {"subject": "Visit", "project_id": id})
    for object, code, value in (
        ("person", "name", "Bea"),
        ("organization", "name", "Bolt"),
        ("deal", "title", "Wall"),
        ("activity", "subject", "Visit"),
    ):
        assert filtered(api, PROJECTS, "projects", (object, code, "=", value)) == [id]
        assert filtered(api, PROJECTS, "projects", (object, code, "=", "x")) == []
    assert filtered(api, PROJECTS, "projects", ("deal", "value", "!=", 7)) == [id, lone]
    renovation = ("project", "title", "=", "Renovation")
    assert filtered(api, "/api/v2/deals", "deals", renovation) == people["deal_ids"]
    assert filtered(api, "/api/v2/persons", "people", renovation) == people["person_ids"]
    assert filtered(api, "/api/v2/organizations", "org", renovation) == people["org_ids"]
    assert len(filtered(api, "/api/v2/activities", "activity", renovation)) == 1


def test_filters_of_other_kinds_are_refused(api: Api) -> None:
    groups: list[dict[str, Any]] = [{"glue": glue, "conditions": []} for glue in ("and", "or")]
    body = {"name": "x", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    filter_id = api.post("/v1/filters", body).data["id"]
    assert api.get(PROJECTS, filter_id=filter_id).status == 400
    assert api.get(PROJECTS, filter_id=99).status == 404
    condition = {"object": "product", "field_id": 201, "operator": "=", "value": 1}
    groups[0] = {"glue": "and", "conditions": [condition]}
    body = {"name": "x", "type": "projects", "conditions": {"glue": "and", "conditions": groups}}
    assert api.post("/v1/filters", body).status == 400
