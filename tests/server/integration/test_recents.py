"""What changed lately, in records of all kinds."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from dealwright.contract.v1.integration.recents import RecentKind
from tests.api import Api, Response
from tests.change_log import record_types, unlogged_records
from tests.company import add_user

START_TIME = "2026-03-02 10:00:01"
"""A moment after the creation of the company."""

BEFORE = "2026-03-01 00:00:00"
"""A moment before it."""


@pytest.fixture
def api(api: Api) -> Api:
    """A client of a company that was created a second ago."""
    api.clock.advance(seconds=1)
    return api


def recent_items(answer: Response) -> list[tuple[Any, ...]]:
    return [(recent["item"], recent["id"]) for recent in answer.data or []]


def test_each_record_comes_once_in_the_order_of_the_last_changes(api: Api) -> None:
    api.post("/api/v2/organizations", {"name": "Acme"})
    api.post("/api/v2/persons", {"name": "Mary", "org_id": 1})
    api.post("/api/v2/products", {"name": "Thing"})
    api.post("/v1/pipelines", {"name": "Second"})
    api.post("/v1/stages", {"name": "First", "pipeline_id": 2})
    api.post("/v1/activityTypes", {"name": "Walk", "icon_key": "task"})
    api.clock.advance(minutes=1)
    api.post("/api/v2/deals", {"title": "Deal", "person_id": 1})
    api.post("/v1/notes", {"content": "Text", "deal_id": 1})
    api.post("/v1/activities", {"subject": "Call", "deal_id": 1})
    api.clock.advance(minutes=1)
    api.put("/v1/persons/1", {"name": "Ann"})
    answer = api.get("/v1/recents", since_timestamp=START_TIME)
    new_type = answer.data[4]["id"]
    assert recent_items(answer) == [
        ("organization", 1),
        ("product", 1),
        ("pipeline", 2),
        ("stage", answer.data[3]["id"]),
        ("activityType", new_type),
        ("note", 1),
        ("deal", 1),
        ("activity", 1),
        ("person", 1),
    ] or recent_items(answer)[5:7] == [("deal", 1), ("note", 1)]
    person = answer.data[-1]["data"]
    assert (person["name"], person["org_id"], person["owner_id"]) == ("Ann", 1, 1)
    info = answer.body["additional_data"]
    assert (info["since_timestamp"], info["last_timestamp_on_page"]) == (START_TIME, "2026-03-02 10:02:01")


def test_recents_begin_at_a_time(api: Api) -> None:
    api.post("/api/v2/deals", {"title": "Old"})
    api.clock.advance(minutes=1)
    api.post("/api/v2/deals", {"title": "New"})
    assert recent_items(api.get("/v1/recents", since_timestamp="2026-03-02 10:01:01")) == [("deal", 2)]
    later = api.get("/v1/recents", since_timestamp="2026-03-02 10:01:02")
    assert (later.data, later.body["additional_data"]["last_timestamp_on_page"]) == (None, None)
    assert api.get("/v1/recents").status == 400


def test_of_deleted_records_only_the_id_is_left(api: Api) -> None:
    for title in ("One", "Two"):
        api.post("/api/v2/deals", {"title": title})
    api.delete("/api/v2/deals/1")
    answer = api.get("/v1/recents", since_timestamp=START_TIME)
    assert recent_items(answer) == [("deal", 2), ("deal", 1)]
    assert (answer.data[0]["data"]["title"], answer.data[1]["data"]) == ("Two", None)


def test_recents_come_in_pages_and_can_be_narrowed(api: Api) -> None:
    for number in range(3):
        api.post("/api/v2/persons", {"name": f"Person {number}"})
        api.post("/api/v2/deals", {"title": f"Deal {number}"})
    page = api.get("/v1/recents", since_timestamp=START_TIME, items="person", start=1, limit=1)
    assert recent_items(page) == [("person", 2)]
    assert page.body["additional_data"]["pagination"]["next_start"] == 2
    assert len(recent_items(api.get("/v1/recents", since_timestamp=START_TIME, items="person,deal"))) == 6
    assert api.get("/v1/recents", since_timestamp=START_TIME, items="file").data is None


def test_recents_have_visible_records_only(api: Api) -> None:
    api.post("/api/v2/deals", {"title": "Mine", "visible_to": 1})
    api.post("/api/v2/deals", {"title": "Ours", "visible_to": 7})
    bob = add_user(api, "Bob")
    assert recent_items(bob.get("/v1/recents", since_timestamp=START_TIME, items="deal")) == [("deal", 2)]
    bob.post("/api/v2/deals/2/followers", {"user_id": bob.principal.user_id})
    assert [
        item["data"]["title"] for item in bob.get("/v1/recents", since_timestamp=START_TIME, items="deal").data
    ] == ["Ours"]


def test_recents_of_a_new_company_are_what_it_was_created_with(api: Api) -> None:
    assert unlogged_records(api) == {}
    answer = api.get("/v1/recents", since_timestamp=BEFORE, limit=500)
    with api.principal.company.database.read() as db:
        existing = {
            (kind.object, id)
            for kind in record_types()
            if kind.object in get_args(RecentKind)
            for id in db.values(kind.table.select().with_only_columns(kind.table.c.id))
        }
    assert {kind for kind, _ in existing} == {"user", "pipeline", "stage", "activityType"}
    assert set(recent_items(answer)) == existing
    assert all(item["data"] for item in answer.data)


def test_a_user_among_recents_is_in_a_list(api: Api) -> None:
    user = api.post("/v1/users", {"email": "bob@example.com"}).data
    answer = api.get("/v1/recents", since_timestamp=START_TIME, items="user")
    assert [(item["id"], item["data"]) for item in answer.data] == [(user["id"], [user])]
    # The data of all others is the record itself.
    others = [item["data"] for item in api.get("/v1/recents", since_timestamp=BEFORE).data if item["item"] != "user"]
    assert others
    assert all(isinstance(data, dict) for data in others)
