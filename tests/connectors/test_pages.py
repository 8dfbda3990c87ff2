"""Lists are walked page by page, and no further than anybody looks."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from dealwright.connectors import Client, InvalidParams, RateLimited
from tests.connectors.service import Reply, Service


def cursor_page(first: int, next_cursor: str | None) -> Reply:
    data = [{"id": first}, {"id": first + 1}]
    return Reply(200, {"success": True, "data": data, "additional_data": {"next_cursor": next_cursor}})


def offset_page(start: int, *, more: bool, **members: Any) -> Reply:
    pagination = {"start": start, "limit": 2, "more_items_in_collection": more, **members}
    data = [{"id": start + 1}, {"id": start + 2}]
    return Reply(200, {"success": True, "data": data, "additional_data": {"pagination": pagination}})


def test_by_cursor(client: Client, service: Service) -> None:
    service.answer(cursor_page(1, "a"), cursor_page(3, "b"), cursor_page(5, None))
    found = list(client.iterate("get_deals", {"limit": 2, "status": "open"}))
    assert [item["id"] for item in found] == [1, 2, 3, 4, 5, 6]
    common = {"limit": ["2"], "status": ["open"]}
    assert [asked.query for asked in service.asked] == [
        common,
        {**common, "cursor": ["a"]},
        {**common, "cursor": ["b"]},
    ]


def test_by_offset(client: Client, service: Service) -> None:
    service.answer(offset_page(0, more=True, next_start=2), offset_page(2, more=True), offset_page(4, more=False))
    assert [item["id"] for item in client.iterate("v1.get_deals")] == [1, 2, 3, 4, 5, 6]
    assert [asked.query for asked in service.asked] == [{}, {"start": ["2"]}, {"start": ["4"]}]


def test_by_offset_from_a_start(client: Client, service: Service) -> None:
    service.answer(offset_page(10, more=True, next_start=12), offset_page(12, more=False))
    assert len(list(client.iterate("get_deals", {"start": 10}))) == 4
    assert [asked.path for asked in service.asked] == ["/v1/deals", "/v1/deals"]


def test_pages_are_fetched_when_they_are_needed(client: Client, service: Service) -> None:
    service.answer(cursor_page(1, "a"))
    walk = client.iterate("get_deals")
    assert service.asked == []
    assert len(list(islice(walk, 2))) == 2
    assert len(service.asked) == 1
    next(walk)
    assert len(service.asked) == 2


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
    client: Client, service: Service, action: str, body: Any, expected: list[object]
) -> None:
    service.answer(Reply(200, body))
    params = {"term": "roof"} if "search" in action else {}
    assert list(client.iterate(action, params)) == expected


def test_pagination_at_the_root(client: Client, service: Service) -> None:
    body = {"success": True, "data": [1], "additional_data": {"start": 0, "limit": 1, "more_items_in_collection": True}}
    last = {
        "success": True,
        "data": [2],
        "additional_data": {"start": 1, "limit": 1, "more_items_in_collection": False},
    }
    service.answer(Reply(200, body), Reply(200, last))
    assert list(client.iterate("v1.get_leads")) == [1, 2]


@pytest.mark.parametrize("page", [cursor_page(1, "same"), offset_page(0, more=True, next_start=0)])
def test_a_list_that_leads_nowhere_ends(client: Client, service: Service, page: Reply) -> None:
    service.answer(page)
    assert len(list(client.iterate("v2.get_deals" if "next_cursor" in str(page) else "v1.get_deals"))) <= 4


def test_an_error_in_the_middle(client: Client, service: Service) -> None:
    service.answer(cursor_page(1, "a"), Reply(429, {}))
    walk = client.iterate("get_deals")
    assert [next(walk)["id"], next(walk)["id"]] == [1, 2]
    with pytest.raises(RateLimited):
        next(walk)
