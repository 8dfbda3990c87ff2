"""Pages by offset and by cursor: reading all pages of a list returns every record once, in order."""

from __future__ import annotations

import base64
import itertools
from typing import Any

import orjson
import pytest

from dealwright.crm.search import index_writer
from dealwright.storage.tables import deals
from tests.api import Api

DEAL_COUNT = 510
DEALS_PER_TIME = 7
"""The number of deals with the same time."""


@pytest.fixture
def many_deals_api(api: Api) -> Api:
    """Returns a company with many deals. Some have the same times; the times of change are in reverse order."""
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:

        def minute(nr: int) -> str:
            return f"2026-01-01 {nr // DEALS_PER_TIME // 60:02d}:{nr // DEALS_PER_TIME % 60:02d}:00"

        values = {"creator_user_id": 1, "owner_id": 1, "value": 0, "currency": "EUR", "stage_id": 1, "pipeline_id": 1}
        values |= {"status": "open", "visible_to": 3, "label_ids": "[]", "origin": "API", "custom_fields": "{}"}
        times = [{"add_time": minute(nr), "update_time": minute(DEAL_COUNT - nr)} for nr in range(DEAL_COUNT)]
        crm.db.insert_many(deals, [{"title": f"{nr:03d}", **values, **time} for nr, time in enumerate(times)])
        index_writer.rebuild_index(crm.db, crm.company_data)
    return api


def pages_by_cursor(api: Api, path: str, **query: object) -> list[list[dict[str, Any]]]:
    """Returns all pages of a list."""
    pages = [api.get(path, **query)]
    while pages[-1].next_cursor is not None:
        # A cursor contains its sorting.
        pages.append(api.get(path, limit=query.get("limit"), cursor=pages[-1].next_cursor))
        assert len(pages) <= DEAL_COUNT
    return [page.data for page in pages]


def pages_by_offset(api: Api, path: str, **query: object) -> list[list[dict[str, Any]]]:
    pages = [api.get(path, **query)]
    while "next_start" in (pagination := pages[-1].body["additional_data"]["pagination"]):
        assert pagination["more_items_in_collection"] is True
        pages.append(api.get(path, **query | {"start": pagination["next_start"]}))
        assert len(pages) <= DEAL_COUNT
    assert pagination["more_items_in_collection"] is False
    return [page.data for page in pages]


def test_all_pages_have_each_record_once_in_order(many_deals_api: Api) -> None:
    for key, direction in itertools.product(("id", "add_time", "update_time"), ("asc", "desc")):
        pages = pages_by_cursor(many_deals_api, "/api/v2/deals", sort_by=key, sort_direction=direction, limit=170)
        # Nothing follows the last full page.
        assert [len(page) for page in pages] == [170] * 3
        found = [(deal[key], deal["id"]) for page in pages for deal in page]
        assert len(set(found)) == DEAL_COUNT
        assert found == sorted(found, reverse=direction == "desc")
    for sort, descending in (("id", False), ("update_time DESC", True)):
        pages = pages_by_offset(many_deals_api, "/v1/deals", sort=sort, limit=200)
        assert [len(page) for page in pages] == [200, 200, 110]
        keys = [deal[sort.split()[0]] for page in pages for deal in page]
        assert keys == sorted(keys, reverse=descending)
        assert len({deal["id"] for page in pages for deal in page}) == DEAL_COUNT
    assert [len(page) for page in pages_by_cursor(many_deals_api, "/v1/deals/collection")] == [100] * 5 + [10]


def test_paging_continues_while_the_list_changes(many_deals_api: Api) -> None:
    first = many_deals_api.get("/api/v2/deals", sort_by="add_time", limit=10)
    last = first.data[-1]["id"]
    many_deals_api.delete(f"/api/v2/deals/{last}")
    many_deals_api.delete(f"/api/v2/deals/{last + 1}")
    many_deals_api.post("/api/v2/deals", {"title": "New"})
    second = many_deals_api.get("/api/v2/deals", limit=10, cursor=first.next_cursor)
    assert [deal["id"] for deal in second.data] == list(range(last + 2, last + 12))


def test_records_without_a_value_to_sort_by_come_first(api: Api) -> None:
    for nr in range(13):
        due = {} if nr % 3 == 0 else {"due_date": f"2026-03-{nr // 2 + 1:02d}"}
        api.post("/api/v2/activities", {"subject": str(nr), **due})
    for direction, limit in itertools.product(("asc", "desc"), (1, 2, 5, 13)):
        pages = pages_by_cursor(api, "/api/v2/activities", sort_by="due_date", sort_direction=direction, limit=limit)
        found = [(one["due_date"] or "", one["id"]) for page in pages for one in page]
        assert len(found) == 13
        assert found == sorted(found, reverse=direction == "desc")


def test_the_size_of_a_page(many_deals_api: Api) -> None:
    for path in ("/v1/deals", "/api/v2/deals", "/v1/deals/collection"):
        assert len(many_deals_api.get(path, limit="").data) == 100
        assert len(many_deals_api.get(path, limit=999).data) == 500
        for limit in (0, -1, "x", 1.5):
            assert many_deals_api.get(path, limit=limit).status == 400
    assert (
        many_deals_api.get("/v1/deals", limit=2**53 - 1, start=500).body["additional_data"]["pagination"]["limit"]
        == 500
    )
    for start in (-1, "x", 2**53, 2**64):
        assert many_deals_api.get("/v1/deals", start=start).status == 400
    assert many_deals_api.get("/v1/deals", start=2**53 - 1).data is None


def encode_cursor(field: object, value: object, direction: object = "asc", id: object = 1) -> str:
    written = orjson.dumps({"field": field, "fieldValue": value, "sortDirection": direction, "id": id})
    return base64.urlsafe_b64encode(written).decode().rstrip("=")


BAD_CURSORS = [
    "x",
    "äöü",
    "=====",
    "a" * 10_000,
    base64.urlsafe_b64encode(b"7").decode(),
    base64.urlsafe_b64encode(b"[]").decode(),
    base64.urlsafe_b64encode(b"{}").decode(),
    base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    encode_cursor("id", 1, "up"),
    encode_cursor("id", 1, id="1"),
    encode_cursor("id", 1, id=True),
    encode_cursor("id", 2**60, id=2**60),
    encode_cursor("id", "1"),
    encode_cursor("id", None),
    encode_cursor("add_time", 7),
    encode_cursor("add_time", 1e300),
    encode_cursor("add_time", []),
    encode_cursor("add_time", {}),
    encode_cursor("add_time", True),
    encode_cursor("value", "x"),
    encode_cursor("custom_fields", "{}"),
    encode_cursor("is_deleted", 0),
    encode_cursor("nothing", 1),
    encode_cursor(["id"], 1),
    encode_cursor("order_nr", "x"),
]
BAD_TIMES = [encode_cursor("add_time", value) for value in ("", "yesterday", "2026-02-30 00:00:00", "2026-W01-1", "\0")]


@pytest.mark.parametrize("path", ["/api/v2/deals", "/v1/deals/collection", "/api/v2/activities", "/api/v2/stages"])
def test_invalid_cursors_are_refused(api: Api, path: str) -> None:
    for cursor in BAD_CURSORS + (BAD_TIMES if path != "/api/v2/stages" else []):
        answer = api.get(path, cursor=cursor)
        assert (cursor, answer.status) == (cursor, 400)
        assert "is not a cursor of this list" in answer.error or len(cursor) > 2048
