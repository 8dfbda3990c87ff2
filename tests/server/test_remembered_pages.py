"""Pages that are remembered: none of them may be older than what it lists."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from dealwright.crm import page_memory
from tests import company
from tests.api import Api
from tests.server import filtering
from tests.server.filtering import Fields

LISTS = ("/api/v2/deals", "/v1/deals", "/v1/deals?sort=title", "/v1/persons", "/v1/organizations", "/api/v2/persons")


@pytest.fixture
def other(api: Api) -> Iterator[Api]:
    """The same company as another process has it: with connections and a memory of its own."""
    platform = api.companies.platform
    client = company.open_api(platform.server_url or str(platform.folder))
    yield client
    company.close(client)


def ids(api: Api, path: str, **query: object) -> list[int]:
    plain, _, sort = path.partition("?sort=")
    listed: list[dict[str, Any]] = api.get(plain, **({"sort": sort} if sort else {}), **query).data or []
    return [record["id"] for record in listed]


def add_deals(api: Api, count: int) -> list[int]:
    return [api.post("/api/v2/deals", {"title": f"Deal {number:02}"}).data["id"] for number in range(count)]


@pytest.mark.parametrize("path", LISTS)
def test_what_another_process_adds_and_deletes(api: Api, other: Api, path: str) -> None:
    kind = path.rsplit("/", maxsplit=1)[-1].partition("?")[0]
    new = {"title": "New"} if kind == "deals" else {"name": "New"}
    for here, there in ((api, other), (other, api)):
        before = ids(here, path)
        assert ids(here, path) == before
        added = there.post(f"/api/v2/{kind}", new).data["id"]
        assert set(ids(here, path)) == {*before, added}
        there.call("DELETE", f"/api/v2/{kind}/{added}")
        assert ids(here, path) == before


def test_lists_in_other_words(api: Api) -> None:
    first, second = add_deals(api, 2)
    api.patch(f"/api/v2/deals/{first}", {"status": "won"})
    for _ in range(2):
        assert ids(api, "/api/v2/deals") == [first, second]
        assert ids(api, "/api/v2/deals", status="won") == [first]
        assert ids(api, "/api/v2/deals", status="won,open") == [first, second]
        assert ids(api, "/api/v2/deals", ids=f"{second}") == [second]
        assert ids(api, "/api/v2/deals", sort_direction="desc") == [second, first]
        assert ids(api, "/api/v2/deals", limit=1) == [first]
        assert ids(api, "/v1/deals", limit=1) == [first]
        assert ids(api, "/v1/deals", limit=1, start=1) == [second]
        assert ids(api, "/v1/deals", sort="title DESC") == [second, first]
        assert ids(api, "/v1/deals", status="won") == [first]
        assert ids(api, "/v1/deals/archived") == []


def test_pages_are_those_of_whoever_asks(api: Api) -> None:
    seller = company.add_user(api, "Seller")
    private = api.post("/api/v2/deals", {"title": "Private", "visible_to": 1}).data["id"]
    for _ in range(2):
        assert ids(api, "/api/v2/deals") == [private]
        assert ids(seller, "/api/v2/deals") == []
    api.post(f"/v1/deals/{private}/followers", {"user_id": seller.bearer.user_id})
    assert ids(seller, "/api/v2/deals") == [private]


def test_what_goes_by_the_clock_is_not_remembered(api: Api) -> None:
    [deal] = add_deals(api, 1)
    today = Fields(api).test("deal", "add_time", "=", "today")
    filter_id = filtering.post(api, "deals", today).data["id"]
    for path in ("/api/v2/deals", "/v1/deals"):
        assert ids(api, path, filter_id=filter_id) == [deal]
    api.clock.advance(days=1)
    for path in ("/api/v2/deals", "/v1/deals"):
        assert ids(api, path, filter_id=filter_id) == []


def test_deleted_deals_go_from_their_list_without_any_change(api: Api) -> None:
    [deal] = add_deals(api, 1)
    api.call("DELETE", f"/api/v2/deals/{deal}")
    assert ids(api, "/v1/deals", status="deleted") == [deal]
    api.clock.advance(days=31)
    assert ids(api, "/v1/deals", status="deleted") == []


@pytest.mark.parametrize(
    ("path", "new"),
    [
        ("/v1/deals", {"title": "New"}),
        ("/v1/organizations", {"name": "New"}),
        ("/v1/notes", {"content": "New", "deal_id": 1}),
    ],
)
def test_pages_by_offset_begin_where_they_should(
    api: Api, path: str, new: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_memory, "BETWEEN_MARKS", 10)
    monkeypatch.setattr(page_memory, "BLOCK", 5)
    add_deals(api, 1)
    there = ids(api, path)
    there += [api.post(path, new).data["id"] for _ in range(44)]
    chance = random.Random(7)
    for _ in range(3):
        starts = [0, 7, 14, 21, *(chance.randrange(60) for _ in range(20))]
        for start in starts:
            limit = chance.choice((1, 3, 7, 10, 25))
            answer = api.get(path, start=start, limit=limit)
            assert [record["id"] for record in answer.data or []] == there[start : start + limit]
            pagination = answer.body["additional_data"]["pagination"]
            assert pagination["more_items_in_collection"] == (start + limit < len(there))
        gone = there.pop(chance.randrange(len(there)))
        api.delete(f"{path}/{gone}")
