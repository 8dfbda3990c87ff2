"""Pages by offset and by cursor: a walk over a list visits everything once, in order."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import orjson
import pytest

from dealwright.storage.tables import deals
from tests.api import Api

NUMBER = 510
TIE = 7
"""How many deals share a moment."""


@pytest.fixture
def many(api: Api) -> Api:
    """A company with deals of which some share their times: those of changing run against those of adding."""
    with api.companies.unit(api.bearer.company, 1, write=True) as crm:

        def minute(nr: int) -> str:
            return f"2026-01-01 {nr // TIE // 60:02d}:{nr // TIE % 60:02d}:00"

        values = {"creator_user_id": 1, "owner_id": 1, "value": 0, "currency": "EUR", "stage_id": 1, "pipeline_id": 1}
        values |= {"status": "open", "visible_to": 3, "label_ids": "[]", "origin": "API", "custom_fields": "{}"}
        times = [{"add_time": minute(nr), "update_time": minute(NUMBER - nr)} for nr in range(NUMBER)]
        crm.db.insert_many(deals, [{"title": f"{nr:03d}", **values, **time} for nr, time in enumerate(times)])
    return api


def by_cursor(api: Api, path: str, **query: object) -> list[list[dict[str, Any]]]:
    """All pages of a list."""
    pages = [api.get(path, **query)]
    while pages[-1].next_cursor is not None:
        # A cursor brings its own order.
        pages.append(api.get(path, limit=query.get("limit"), cursor=pages[-1].next_cursor))
        assert len(pages) <= NUMBER
    return [page.data for page in pages]


def by_offset(api: Api, path: str, **query: object) -> list[list[dict[str, Any]]]:
    pages = [api.get(path, **query)]
    while "next_start" in (where := pages[-1].body["additional_data"]["pagination"]):
        assert where["more_items_in_collection"] is True
        pages.append(api.get(path, **query | {"start": where["next_start"]}))
        assert len(pages) <= NUMBER
    assert where["more_items_in_collection"] is False
    return [page.data for page in pages]


def test_a_walk_visits_each_once_in_order(many: Api) -> None:
    for key, direction in itertools.product(("id", "add_time", "update_time"), ("asc", "desc")):
        pages = by_cursor(many, "/api/v2/deals", sort_by=key, sort_direction=direction, limit=170)
        # Nothing follows the last full page.
        assert [len(page) for page in pages] == [170] * 3
        walked = [(deal[key], deal["id"]) for page in pages for deal in page]
        assert len(set(walked)) == NUMBER
        assert walked == sorted(walked, reverse=direction == "desc")
    for sort, descending in (("id", False), ("update_time DESC", True)):
        pages = by_offset(many, "/v1/deals", sort=sort, limit=200)
        assert [len(page) for page in pages] == [200, 200, 110]
        keys = [deal[sort.split()[0]] for page in pages for deal in page]
        assert keys == sorted(keys, reverse=descending)
        assert len({deal["id"] for page in pages for deal in page}) == NUMBER
    assert [len(page) for page in by_cursor(many, "/v1/deals/collection")] == [100] * 5 + [10]


def test_a_walk_goes_on_while_the_list_changes(many: Api) -> None:
    first = many.get("/api/v2/deals", sort_by="add_time", limit=10)
    last = first.data[-1]["id"]
    many.delete(f"/api/v2/deals/{last}")
    many.delete(f"/api/v2/deals/{last + 1}")
    many.post("/api/v2/deals", {"title": "New"})
    second = many.get("/api/v2/deals", limit=10, cursor=first.next_cursor)
    assert [deal["id"] for deal in second.data] == list(range(last + 2, last + 12))


def test_what_has_no_value_to_sort_by_comes_first(api: Api) -> None:
    for nr in range(13):
        due = {} if nr % 3 == 0 else {"due_date": f"2026-03-{nr // 2 + 1:02d}"}
        api.post("/api/v2/activities", {"subject": str(nr), **due})
    for direction, limit in itertools.product(("asc", "desc"), (1, 2, 5, 13)):
        pages = by_cursor(api, "/api/v2/activities", sort_by="due_date", sort_direction=direction, limit=limit)
        walked = [(one["due_date"] or "", one["id"]) for page in pages for one in page]
        assert len(walked) == 13
        assert walked == sorted(walked, reverse=direction == "desc")


def test_the_size_of_a_page(many: Api) -> None:
    for path in ("/v1/deals", "/api/v2/deals", "/v1/deals/collection"):
        assert len(many.get(path, limit="").data) == 100
        assert len(many.get(path, limit=999).data) == 500
        for limit in (0, -1, "x", 1.5):
            assert many.get(path, limit=limit).status == 400
    assert many.get("/v1/deals", limit=2**53 - 1, start=500).body["additional_data"]["pagination"]["limit"] == 500
    for start in (-1, "x", 2**53, 2**64):
        assert many.get("/v1/deals", start=start).status == 400
    assert many.get("/v1/deals", start=2**53 - 1).data is None


def marker(field: object, value: object, direction: object = "asc", id: object = 1) -> str:
    written = orjson.dumps({"field": field, "fieldValue": value, "sortDirection": direction, "id": id})
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


BAD_CURSORS = [
    "",
    "x",
    "äöü",
    "=====",
    "a" * 10_000,
    base64.urlsafe_b64encode(b"7").decode(),
    base64.urlsafe_b64encode(b"[]").decode(),
    base64.urlsafe_b64encode(b"{}").decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    marker("id", 1, "up"),
    marker("id", 1, id="1"),
    marker("id", 1, id=True),
    marker("id", 2**60, id=2**60),
    marker("id", "1"),
    marker("id", None),
    marker("add_time", 7),
    marker("add_time", 1e300),
    marker("add_time", []),
    marker("add_time", {}),
    marker("add_time", True),
    marker("value", "x"),
    marker("custom_fields", "{}"),
    marker("is_deleted", 0),
    marker("nothing", 1),
    marker(["id"], 1),
    marker("order_nr", "x"),
]
BAD_TIMES = [marker("add_time", value) for value in ("", "yesterday", "2026-02-30 00:00:00", "2026-W01-1", "\0")]


@pytest.mark.parametrize("path", ["/api/v2/deals", "/v1/deals/collection", "/api/v2/activities", "/api/v2/stages"])
def test_what_is_no_cursor_is_refused(api: Api, path: str) -> None:
    for cursor in BAD_CURSORS + (BAD_TIMES if path != "/api/v2/stages" else []):
        answer = api.get(path, cursor=cursor)
        assert (cursor, answer.status) == (cursor, 400)
        assert "is not a cursor of this list" in answer.error
