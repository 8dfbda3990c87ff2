"""Sorted lists of v1 are what Python's sort makes of the records: by value, then by id, in the direction of the value."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.api import Api

RECORD_COUNT = 40
PAGE_SIZE = 7
WORDS = ("", "a", "A", "aa", "Ab", "b", "B", "z", "Zz")
"""Texts of which several are equal but for their case."""
DAYS = (None, "2025-12-31", "2026-01-01", "2026-02-28")
NUMBERS = (0, 0, 1, 10, 9.5, 100)

SORTED_BY = {
    "/v1/deals": (
        *("title", "value", "expected_close_date", "probability", "status", "stage_id", "add_time", "update_time"),
        *("won_time", "lost_time", "close_time", "next_activity_date", "activities_count", "undone_activities_count"),
        *("notes_count", "org_name", "person_name", "owner_name", "currency", "lost_reason"),
    ),
    "/v1/persons": (
        *("name", "first_name", "last_name", "primary_email", "add_time", "next_activity_date", "open_deals_count"),
        *("won_deals_count", "activities_count", "org_name", "birthday"),
    ),
    "/v1/organizations": (
        "name",
        "address",
        "people_count",
        "open_deals_count",
        "closed_deals_count",
        "activities_count",
    ),
    "/v1/leads": ("title", "expected_close_date", "add_time", "update_time"),
}
"""What is compared; leads are known by UUIDs, which sort by the order in which the leads were added."""


def add_records(api: Api, chance: random.Random) -> dict[str, list[str]]:
    """Adds records that have many values in common; returns the keys of custom fields by their lists."""
    fields = {
        path: [
            api.post(f"{path[:-1]}Fields", {"name": kind, "field_type": kind}).data["key"]
            for kind in ("varchar", "double", "date")
        ]
        for path in ("/v1/deals", "/v1/persons", "/v1/organizations")
    }

    def word() -> str:
        return chance.choice(WORDS)

    def custom(path: str) -> dict[str, Any]:
        text, number, day = fields[path]
        values = {text: word() or None, number: chance.choice((None, *NUMBERS)), day: chance.choice(DAYS)}
        return {key: value for key, value in values.items() if value is not None}

    orgs, persons = [], []
    for nr in range(RECORD_COUNT):
        api.clock.advance(seconds=chance.choice((0, 0, 60)))
        address = {"address": word() or None} if nr % 3 else {}
        org = {"name": word() or "x", **address, **custom("/v1/organizations")}
        orgs.append(api.post("/v1/organizations", org).data["id"])
        email = {"email": f"{word() or 'q'}@example.com"} if nr % 4 else {}
        birthday = {"birthday": day} if (day := chance.choice(DAYS)) else {}
        link = {"org_id": chance.choice(orgs)} if nr % 2 else {}
        name = f"{word() or 'x'} {word()}".strip()
        person = {"name": name, **email, **birthday, **link, **custom("/v1/persons")}
        persons.append(api.post("/v1/persons", person).data["id"])
        links = {"org_id": chance.choice(orgs), "person_id": chance.choice(persons)} if nr % 3 else {}
        deal = {
            "title": word() or "x",
            "value": chance.choice(NUMBERS),
            "currency": chance.choice(("EUR", "USD")),
            "stage_id": chance.choice((1, 2, 3)),
            "status": status if (status := chance.choice(("open", "won", "lost"))) else "open",
            **({"probability": chance.choice((0, 50, 100))} if nr % 2 else {}),
            **({"expected_close_date": day} if (day := chance.choice(DAYS)) else {}),
            **({"lost_reason": word() or "y"} if status == "lost" else {}),
        }
        id = api.post("/v1/deals", {**deal, **links, **custom("/v1/deals")}).data["id"]
        if nr % 4 == 0:
            due = chance.choice(DAYS[1:])
            api.post("/v1/activities", {"subject": "Call", "deal_id": id, "due_date": due, **links})
        if nr % 5 == 0:
            api.post("/v1/notes", {"content": "Note", "deal_id": id})
        day = chance.choice(DAYS)
        expected = {"expected_close_date": day} if day else {}
        api.post("/v1/leads", {"title": word() or "x", "person_id": persons[-1], **expected})
    return fields


def sort_key(value: Any) -> tuple[bool, Any]:
    """What comes first: nothing, then numbers in their order or texts in theirs, without their case."""
    if value is None:
        return False, 0
    return True, value.lower() if isinstance(value, str) else value


def read_all(api: Api, path: str, sort: str) -> list[dict[str, Any]]:
    """Returns a whole list, page by page."""
    found: list[dict[str, Any]] = []
    while page := api.get(path, sort=sort, start=len(found), limit=PAGE_SIZE).data:
        found += page
    return found


@pytest.mark.parametrize("seed", [1, 2])
def test_sorted_lists_are_what_python_sorts(api: Api, seed: int) -> None:
    custom = add_records(api, random.Random(seed))
    for path, names in SORTED_BY.items():
        everything = api.get(path, limit=500).data
        for name in (*names, *custom.get(path, ())):
            for direction in ("ASC", "DESC"):
                found = [one["id"] for one in read_all(api, path, f"{name} {direction}")]
                assert found == sort_ids(everything, name, direction), (path, name, direction)


def sort_ids(everything: list[dict[str, Any]], name: str, direction: str) -> list[Any]:
    """Returns the ids of records, which are given in the order of their ids, sorted by a property."""
    records = everything if direction == "ASC" else everything[::-1]
    ordered = sorted(records, key=lambda record: sort_key(record[name]), reverse=direction == "DESC")
    # Python leaves equal ones in the order in which they were given, in reverse, too.
    return [record["id"] for record in ordered]


def test_equal_values_follow_the_direction_of_the_last_term(api: Api) -> None:
    for nr in range(6):
        api.post("/v1/deals", {"title": "same", "value": nr // 3})

    def ids(sort: str) -> list[int]:
        return [deal["id"] for deal in api.get("/v1/deals", sort=sort).data]

    assert ids("title") == [1, 2, 3, 4, 5, 6]
    assert ids("title DESC") == [6, 5, 4, 3, 2, 1]
    assert ids("title DESC, value ASC") == [1, 2, 3, 4, 5, 6]
    assert ids("title, value DESC") == [6, 5, 4, 3, 2, 1]
    assert ids("title DESC, id ASC") == [1, 2, 3, 4, 5, 6]
