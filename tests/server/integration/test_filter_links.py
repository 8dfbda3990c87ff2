"""Conditions about records that are linked to those of a list."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_role, add_user
from tests.server.integration.filtering import Fields, create_filter, filtered_names
from tests.server.integration.test_custom_fields import create_field


def create_linked_records(api: Api) -> None:
    """Creates two records of most kinds, linked as their names say; those called Lone are not linked."""
    acme = api.post("/v1/organizations", {"name": "Acme", "address": "Main Street"}).data["id"]
    api.post("/v1/organizations", {"name": "Lone org"})
    person = {"name": "Ada", "emails": [{"value": "ada@example.com"}], "org_id": acme}
    ada = api.post("/api/v2/persons", person).data["id"]
    api.post("/api/v2/persons", {"name": "Lone person"})
    deal = api.post("/api/v2/deals", {"title": "Big", "person_id": ada, "org_id": acme, "value": 100}).data["id"]
    api.post("/api/v2/deals", {"title": "Lone deal"})
    lead = api.post("/v1/leads", {"title": "Hot", "person_id": ada, "organization_id": acme}).data["id"]
    links = {"deal_id": deal, "org_id": acme, "participants": [{"person_id": ada}]}
    api.post("/api/v2/activities", {"subject": "Call", "type": "call", "done": True, **links})
    api.post("/api/v2/activities", {"subject": "Meet", "type": "meeting", **links})
    api.post("/api/v2/activities", {"subject": "On lead", "type": "task", "lead_id": lead})


CASES: list[tuple[str, str, str, str, Any, list[str]]] = [
    ("deals", "person", "email", "=", "ADA@example.com", ["Big"]),
    ("deals", "person", "email", "!=", "ada@example.com", ["Lone deal"]),
    ("deals", "person", "name", "IS NULL", None, ["Lone deal"]),
    ("deals", "organization", "address", "LIKE '%$%'", "main", ["Big"]),
    ("deals", "organization", "address", "NOT LIKE '$%'", "Side", ["Big", "Lone deal"]),
    ("deals", "activity", "type", "=", "meeting", ["Big"]),
    ("deals", "activity", "type", "=", "lunch", []),
    ("deals", "activity", "type", "IS NULL", None, ["Lone deal"]),
    ("people", "organization", "name", "=", "acme", ["Ada"]),
    ("people", "deal", "value", ">", 50, ["Ada"]),
    ("people", "activity", "done", "=", 0, ["Ada"]),
    ("people", "lead", "title", "=", "Hot", ["Ada"]),
    ("org", "person", "name", "=", "Ada", ["Acme"]),
    ("org", "deal", "status", "=", "open", ["Acme"]),
    ("org", "deal", "status", "!=", "won", ["Acme", "Lone org"]),
    ("org", "activity", "subject", "LIKE '$%'", "ca", ["Acme"]),
    ("org", "lead", "person_id", "IS NOT NULL", None, ["Acme"]),
    ("activity", "deal", "title", "=", "Big", ["Call", "Meet"]),
    ("activity", "person", "email", "LIKE '%$%'", "ada", ["Call", "Meet"]),
    ("activity", "organization", "name", "=", "Acme", ["Call", "Meet"]),
    ("activity", "lead", "title", "=", "Hot", ["On lead"]),
    ("leads", "person", "name", "=", "Ada", ["Hot"]),
    ("leads", "organization", "people_count", "=", 1, ["Hot"]),
    ("leads", "activity", "type", "=", "task", ["Hot"]),
]


def test_linked_records(api: Api) -> None:
    create_linked_records(api)
    fields = Fields(api)
    # The fields of leads have names of their own.
    results = [
        (type, filtered_names(api, type, fields.condition(object, key, operator, value)))
        for type, object, key, operator, value, _ in CASES
    ]
    assert results == [(case[0], case[-1]) for case in CASES]


def test_all_conditions_about_a_linked_record_are_about_the_same_one(api: Api) -> None:
    create_linked_records(api)
    fields = Fields(api)
    call, meeting = (fields.condition("activity", "type", "=", type) for type in ("call", "meeting"))
    done = fields.condition("activity", "done", "=", 1)
    assert filtered_names(api, "deals", call, done) == ["Big"]
    assert filtered_names(api, "deals", meeting, done) == []
    assert filtered_names(api, "deals", meeting, any_of=(done,)) == ["Big"]


def test_deleted_records_are_linked_to_nothing(api: Api) -> None:
    create_linked_records(api)
    condition = Fields(api).condition("person", "name", "=", "Ada")
    api.delete("/api/v2/persons/1")
    assert filtered_names(api, "deals", condition) == []
    assert filtered_names(api, "deals", {**condition, "operator": "!="}) == ["Big", "Lone deal"]


def test_linked_records_with_custom_fields(api: Api) -> None:
    key = create_field(api, "monetary", "organization")
    org = api.post("/api/v2/organizations", {"name": "Org", "custom_fields": {key: {"value": 5, "currency": "EUR"}}})
    api.post("/api/v2/deals", {"title": "One", "org_id": org.data["id"]})
    assert filtered_names(api, "deals", Fields(api).condition("organization", key, ">", 4)) == ["One"]


def test_leads_have_the_custom_fields_of_deals(api: Api) -> None:
    key = create_field(api, "varchar")
    person = api.post("/api/v2/persons", {"name": "Ada"}).data["id"]
    for title, value in (("One", "x"), ("Two", None)):
        api.post("/v1/leads", {"title": title, "person_id": person, key: value})
    fields = Fields(api)
    assert filtered_names(api, "leads", fields.condition("lead", key, "=", "X")) == ["One"]
    assert filtered_names(api, "people", fields.condition("lead", key, "=", "X")) == ["Ada"]
    stage = fields.id("deal", "stage_id")
    assert create_filter(api, "leads", {"object": "lead", "field_id": stage, "operator": "=", "value": 1}).status == 400


@pytest.mark.parametrize("object", ["person", "organization", "activity"])
def test_invisible_linked_records_do_not_match(api: Api, object: str) -> None:
    create_linked_records(api)
    user = add_user(api, "Bob", role_id=add_role(api, "Reps"))
    for path in ("/v1/organizations/1", "/v1/persons/1"):
        api.put(path, {"visible_to": "1"})
    key, value = ("subject", "Call") if object == "activity" else ("name", {"person": "Ada"}.get(object, "Acme"))
    condition = Fields(api).condition(object, key, "=", value)
    for visible_to in (1, 7):
        api.patch("/api/v2/deals/1", {"visible_to": visible_to})
        expected = ["Big"] if visible_to == 7 and object == "activity" else []
        assert filtered_names(user, "deals", condition) == expected
    assert filtered_names(api, "deals", condition) == ["Big"]
    # Nor does it become visible: a filter only narrows a list.
    assert filtered_names(user, "people") == []
