"""Cached pages: none of them may be older than the records that it lists."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from dealwright.crm.kernel import page_cache
from tests import company
from tests.api import Api
from tests.server.integration import filtering
from tests.server.integration.filtering import Fields

LIST_PATHS = (
    "/api/v2/deals",
    "/v1/deals",
    "/v1/deals?sort=title",
    "/v1/persons",
    "/v1/organizations",
    "/api/v2/persons",
)


@pytest.fixture
def other_process(api: Api) -> Iterator[Api]:
    """Yields the same company as in another process, with connections and a cache of its own."""
    platform = api.companies.platform
    client = company.open_api(platform.server_url or str(platform.folder))
    yield client
    company.close(client)


def list_ids(api: Api, path: str, **query: object) -> list[int]:
    plain, _, sort = path.partition("?sort=")
    listed: list[dict[str, Any]] = api.get(plain, **({"sort": sort} if sort else {}), **query).data or []
    return [record["id"] for record in listed]


def add_deals(api: Api, count: int) -> list[int]:
    return [api.post("/api/v2/deals", {"title": f"Deal {number:02}"}).data["id"] for number in range(count)]


@pytest.mark.parametrize("path", LIST_PATHS)
def test_what_another_process_adds_and_deletes(api: Api, other_process: Api, path: str) -> None:
    kind = path.rsplit("/", maxsplit=1)[-1].partition("?")[0]
    new = {"title": "New"} if kind == "deals" else {"name": "New"}
    for reader, writer in ((api, other_process), (other_process, api)):
        before = list_ids(reader, path)
        assert list_ids(reader, path) == before
        added = writer.post(f"/api/v2/{kind}", new).data["id"]
        assert set(list_ids(reader, path)) == {*before, added}
        writer.call("DELETE", f"/api/v2/{kind}/{added}")
        assert list_ids(reader, path) == before


def test_lists_with_other_parameters(api: Api) -> None:
    first, second = add_deals(api, 2)
    api.patch(f"/api/v2/deals/{first}", {"status": "won"})
    for _ in range(2):
        assert list_ids(api, "/api/v2/deals") == [first, second]
        assert list_ids(api, "/api/v2/deals", status="won") == [first]
        assert list_ids(api, "/api/v2/deals", status="won,open") == [first, second]
        assert list_ids(api, "/api/v2/deals", ids=f"{second}") == [second]
        assert list_ids(api, "/api/v2/deals", sort_direction="desc") == [second, first]
        assert list_ids(api, "/api/v2/deals", limit=1) == [first]
        assert list_ids(api, "/v1/deals", limit=1) == [first]
        assert list_ids(api, "/v1/deals", limit=1, start=1) == [second]
        assert list_ids(api, "/v1/deals", sort="title DESC") == [second, first]
        assert list_ids(api, "/v1/deals", status="won") == [first]
        assert list_ids(api, "/v1/deals/archived") == []


def test_pages_are_those_of_the_user(api: Api) -> None:
    seller = company.add_user(api, "Seller")
    private = api.post("/api/v2/deals", {"title": "Private", "visible_to": 1}).data["id"]
    for _ in range(2):
        assert list_ids(api, "/api/v2/deals") == [private]
        assert list_ids(seller, "/api/v2/deals") == []
    api.post(f"/v1/deals/{private}/followers", {"user_id": seller.principal.user_id})
    assert list_ids(seller, "/api/v2/deals") == [private]


def test_pages_that_depend_on_time_are_not_cached(api: Api) -> None:
    [deal] = add_deals(api, 1)
    today = Fields(api).condition("deal", "add_time", "=", "today")
    filter_id = filtering.create_filter(api, "deals", today).data["id"]
    for path in ("/api/v2/deals", "/v1/deals"):
        assert list_ids(api, path, filter_id=filter_id) == [deal]
    api.clock.advance(days=1)
    for path in ("/api/v2/deals", "/v1/deals"):
        assert list_ids(api, path, filter_id=filter_id) == []


def test_deleted_deals_leave_their_list_without_any_change(api: Api) -> None:
    [deal] = add_deals(api, 1)
    api.call("DELETE", f"/api/v2/deals/{deal}")
    assert list_ids(api, "/v1/deals", status="deleted") == [deal]
    api.clock.advance(days=31)
    assert list_ids(api, "/v1/deals", status="deleted") == []


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
    monkeypatch.setattr(page_cache, "CHECKPOINT_INTERVAL", 10)
    monkeypatch.setattr(page_cache, "BLOCK_SIZE", 5)
    add_deals(api, 1)
    ids = list_ids(api, path)
    ids += [api.post(path, new).data["id"] for _ in range(44)]
    rng = random.Random(7)
    for _ in range(3):
        starts = [0, 7, 14, 21, *(rng.randrange(60) for _ in range(20))]
        for start in starts:
            limit = rng.choice((1, 3, 7, 10, 25))
            answer = api.get(path, start=start, limit=limit)
            assert [record["id"] for record in answer.data or []] == ids[start : start + limit]
            pagination = answer.body["additional_data"]["pagination"]
            assert pagination["more_items_in_collection"] == (start + limit < len(ids))
        gone = ids.pop(rng.randrange(len(ids)))
        api.delete(f"{path}/{gone}")
