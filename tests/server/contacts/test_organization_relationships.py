"""Relationships between organizations over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user

PATH = "/v1/organizationRelationships"


def add(api: Api, name: str, **values: object) -> int:
    id: int = api.post("/api/v2/organizations", {"name": name, **values}).data["id"]
    return id


def relate(api: Api, owner: int, linked: int, type: str = "parent", **values: object) -> dict[str, Any]:
    body = {"type": type, "rel_owner_org_id": owner, "rel_linked_org_id": linked, **values}
    found: dict[str, Any] = api.post(PATH, body).data
    return found


def relationship_view(relationship: dict[str, Any]) -> tuple[str, int, str]:
    return (
        relationship["calculated_type"],
        relationship["calculated_related_org_id"],
        relationship["related_organization_name"],
    )


def test_a_relationship_has_two_ends(api: Api) -> None:
    parent, daughter = add(api, "Parent"), add(api, "Daughter")
    made = relate(api, parent, daughter)
    assert (made["rel_owner_org_id"]["value"], made["rel_owner_org_id"]["name"]) == (parent, "Parent")
    assert (made["rel_linked_org_id"]["value"], made["rel_linked_org_id"]["name"]) == (daughter, "Daughter")
    assert (made["type"], made["active_flag"], made["add_time"]) == ("parent", "true", "2026-03-02 10:00:00")
    answer = api.get(f"{PATH}/{made['id']}")
    assert answer.data == made
    assert answer.body["related_objects"]["organization"][str(parent)]["name"] == "Parent"


def test_each_end_sees_the_other(api: Api) -> None:
    parent, daughter, friend = add(api, "Parent"), add(api, "Daughter"), add(api, "Friend")
    id = relate(api, parent, daughter)["id"]
    relate(api, friend, parent, "related")
    assert relationship_view(api.get(f"{PATH}/{id}").data) == ("daughter", daughter, "Daughter")
    assert relationship_view(api.get(f"{PATH}/{id}", org_id=parent).data) == ("daughter", daughter, "Daughter")
    assert relationship_view(api.get(f"{PATH}/{id}", org_id=daughter).data) == ("parent", parent, "Parent")
    assert api.get(f"{PATH}/{id}", org_id=friend).status == 400
    assert [relationship_view(one) for one in api.get(PATH, org_id=parent).data] == [
        ("daughter", daughter, "Daughter"),
        ("related", friend, "Friend"),
    ]
    assert [relationship_view(one) for one in api.get(PATH, org_id=friend).data] == [("related", parent, "Parent")]
    assert relationship_view(relate(api, parent, friend, org_id=friend)) == ("parent", parent, "Parent")


def test_changing_and_deleting_a_relationship(api: Api) -> None:
    one, other, third = add(api, "One"), add(api, "Other"), add(api, "Third")
    path = f"{PATH}/{relate(api, one, other)['id']}"
    api.clock.advance(hours=1)
    changed = api.put(path, {"type": "related", "rel_linked_org_id": third, "org_id": third}).data
    assert (changed["type"], changed["update_time"]) == ("related", "2026-03-02 11:00:00")
    assert relationship_view(changed) == ("related", one, "One")
    assert api.get(PATH, org_id=other).data is None
    assert api.put(path, {"rel_linked_org_id": one}).status == 400
    assert api.delete(path).data == {"id": changed["id"]}
    assert api.get(path).data["active_flag"] == "false"
    assert api.get(PATH, org_id=one).data is None
    assert api.delete(path).status == api.put(path, {"type": "parent"}).status == 404


@pytest.mark.parametrize(
    "wrong", [{"type": "sister"}, {"rel_owner_org_id": 99}, {"rel_linked_org_id": 1}, {"org_id": 2**40}, {"type": None}]
)
def test_invalid_relationships_are_refused(api: Api, wrong: dict[str, object]) -> None:
    add(api, "One"), add(api, "Other")
    body = {"type": "parent", "rel_owner_org_id": 1, "rel_linked_org_id": 2}
    assert api.post(PATH, body | wrong).status == 400
    assert api.get(PATH, org_id=1).data is None


def test_who_sees_neither_end_sees_no_relationship(api: Api) -> None:
    rep = add_user(api, "Rep")
    open, hidden, deeper = add(api, "Open"), add(api, "Hidden", visible_to=1), add(api, "Deeper", visible_to=1)
    half = relate(api, open, hidden)["id"]
    secret = relate(api, hidden, deeper)["id"]
    assert rep.get(f"{PATH}/{half}").data["related_organization_name"] == "(hidden)"
    assert rep.get(f"{PATH}/{secret}").status == 404
    assert rep.get(PATH, org_id=hidden).status == 404
    assert [one["id"] for one in rep.get(PATH, org_id=open).data] == [half]
    body = {"type": "related", "rel_owner_org_id": open, "rel_linked_org_id": deeper}
    assert rep.post(PATH, body).status == 400
    assert api.get(PATH).status == 400
