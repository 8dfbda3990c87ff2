"""Lists are read page by page, and only as far as their items are requested."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from dealwright.connectors import Client, InvalidParams, RateLimited
from tests.connectors.service import StubResponse, StubService


def cursor_page(first: int, next_cursor: str | None) -> StubResponse:
    data = [{"id": first}, {"id": first + 1}]
    return StubResponse(200, {"success": True, "data": data, "additional_data": {"next_cursor": next_cursor}})


def offset_page(start: int, *, more: bool, **members: Any) -> StubResponse:
    pagination = {"start": start, "limit": 2, "more_items_in_collection": more, **members}
    data = [{"id": start + 1}, {"id": start + 2}]
    return StubResponse(200, {"success": True, "data": data, "additional_data": {"pagination": pagination}})


def test_by_cursor(client: Client, service: StubService) -> None:
    service.respond_with(cursor_page(1, "a"), cursor_page(3, "b"), cursor_page(5, None))
    found = list(client.iterate("get_deals", {"limit": 2, "status": "open"}))
    assert [item["id"] for item in found] == [1, 2, 3, 4, 5, 6]
    common = {"limit": ["2"], "status": ["open"]}
    assert [request.query for request in service.requests] == [
        common,
        {**common, "cursor": ["a"]},
        {**common, "cursor": ["b"]},
    ]


def test_by_offset(client: Client, service: StubService) -> None:
    service.respond_with(offset_page(0, more=True, next_start=2), offset_page(2, more=True), offset_page(4, more=False))
    assert [item["id"] for item in client.iterate("v1.get_deals")] == [1, 2, 3, 4, 5, 6]
    assert [request.query for request in service.requests] == [
        {"limit": ["500"]},
        {"limit": ["500"], "start": ["2"]},
        {"limit": ["500"], "start": ["4"]},
    ]


def test_by_offset_from_a_start(client: Client, service: StubService) -> None:
    service.respond_with(offset_page(10, more=True, next_start=12), offset_page(12, more=False))
    assert len(list(client.iterate("get_deals", {"start": 10}))) == 4
    assert [request.path for request in service.requests] == ["/v1/deals", "/v1/deals"]


def test_pages_are_fetched_when_they_are_needed(client: Client, service: StubService) -> None:
    service.respond_with(cursor_page(1, "a"))
    iterator = client.iterate("get_deals")
    assert service.requests == []
    assert len(list(islice(iterator, 2))) == 2
    assert len(service.requests) == 1
    next(iterator)
    assert len(service.requests) == 2


def test_wrong_parameters_are_refused_before_the_first_item(client: Client) -> None:
    with pytest.raises(InvalidParams):
        client.iterate("get_deals", {"sttaus": "open"})


@pytest.mark.parametrize(
    ("action", "body", "expected"),
    [
        ("v1.get_deals", {"success": True, "data": None, "additional_data": {"pagination": {}}}, []),
        ("v1.get_currencies", {"success": True, "data": [{"id": 1}]}, [{"id": 1}]),
        ("v2.get_item_search", {"success": True, "data": {"items": [{"item": 1}]}}, [{"item": 1}]),
        ("v1.get_users_me", {"success": True, "data": {"id": 9}}, [{"id": 9}]),
        ("v1.get_leads", {"success": True, "data": [], "additional_data": None}, []),
    ],
)
def test_lists_of_other_shapes(
    client: Client, service: StubService, action: Any, body: Any, expected: list[object]
) -> None:
    service.respond_with(StubResponse(200, body))
    params = {"term": "roof"} if "search" in action else {}
    assert list(client.iterate(action, params)) == expected


def test_pagination_at_the_root(client: Client, service: StubService) -> None:
    body = {"success": True, "data": [1], "additional_data": {"start": 0, "limit": 1, "more_items_in_collection": True}}
    last = {
        "success": True,
        "data": [2],
        "additional_data": {"start": 1, "limit": 1, "more_items_in_collection": False},
    }
    service.respond_with(StubResponse(200, body), StubResponse(200, last))
    assert list(client.iterate("v1.get_leads")) == [1, 2]


@pytest.mark.parametrize("page", [cursor_page(1, "same"), offset_page(0, more=True, next_start=0)])
def test_a_list_that_repeats_its_position_ends(client: Client, service: StubService, page: StubResponse) -> None:
    service.respond_with(page)
    assert len(list(client.iterate("v2.get_deals" if "next_cursor" in str(page) else "v1.get_deals"))) <= 4


def test_an_error_in_the_middle(client: Client, service: StubService) -> None:
    service.respond_with(cursor_page(1, "a"), StubResponse(429, {}))
    iterator = client.iterate("get_deals")
    assert [next(iterator)["id"], next(iterator)["id"]] == [1, 2]
    with pytest.raises(RateLimited):
        next(iterator)
