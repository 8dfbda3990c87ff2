"""How often a call is sent again, after which wait, and what is never waited for."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from dealwright.connectors import ApiError, Client, DealwrightError, RateLimited, Unavailable
from dealwright.connectors.connections import server
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, Reply, Service
from tests.connectors.test_pages import cursor_page, offset_page

DEAL = {"data": {"title": "Roof"}}
GET: tuple[str, dict[str, Any]] = ("v2.get_deals", {})
POST = ("v2.post_deals", DEAL)
PUT = ("v1.put_notes_by_id", {"id": 1, "data": {"content": "Roof"}})
DELETE = ("v2.delete_deals_by_id", {"id": 1})

BURST = Reply(429, {"success": False}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1.5"})
DAILY = Reply(429, {"success": False}, {"x-daily-ratelimit-token-remaining": "0", "retry-after": "7200"})
BAD_GATEWAY = Reply(502, b"<html><title>Bad gateway</title></html>", {"content-type": "text/html"})
FAILED = Reply(500, {"success": False, "error": "Server error"})
CUT = Reply(200, {"success": True, "data": [1, 2, 3, 4]}, {}, cut=True)
CLOSED = Reply(None)


def refused(client: Client, action: str, params: Any) -> Any:
    with pytest.raises(DealwrightError) as caught:
        client.run(action, params)
    return caught.value


@pytest.mark.parametrize("trouble", [BURST, FAILED, BAD_GATEWAY, CUT, CLOSED], ids=str)
@pytest.mark.parametrize("call", [GET, PUT, DELETE], ids=lambda call: call[0])
def test_what_may_be_repeated_is(client: Client, service: Service, call: Any, trouble: Reply) -> None:
    service.answer(trouble, trouble, Reply())
    assert client.run(*call) == {"success": True, "data": {"id": 1}}
    assert len(service.asked) == 3
    assert len({(asked.path, asked.body) for asked in service.asked}) == 1


def test_a_connection_that_cannot_be_made_is_tried_again(clock: Clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(server("crm", url, TOKEN), clock=clock) as client:
            error = refused(client, *POST)
    assert isinstance(error, Unavailable)
    assert not error.may_have_run
    assert len(clock.pauses) == 4


def test_pauses_grow_and_differ(client: Client, service: Service, clock: Clock) -> None:
    service.answer(FAILED)
    refused(client, *GET)
    assert len(service.asked) == 5
    assert all(0 <= pause <= longest for pause, longest in zip(clock.pauses, (0.5, 1, 2, 4), strict=True))
    assert len(set(clock.pauses)) == 4


@pytest.mark.parametrize(
    ("trouble", "told"),
    [
        (BURST, 1.5),
        (Reply(429, {}, {"retry-after": "3", "x-ratelimit-reset": "1"}), 3),
        (Reply(429, {}), 2),
        (Reply(503, b"", {"retry-after": "7.25"}), 7.25),
    ],
)
def test_what_the_service_tells_to_wait_is_waited(
    client: Client, service: Service, clock: Clock, trouble: Reply, told: float
) -> None:
    service.answer(trouble, Reply())
    client.run(*GET)
    [pause] = clock.pauses
    assert told <= pause <= told + 0.5


@pytest.mark.parametrize(
    "trouble",
    [
        DAILY,
        # Not everything is spent, but too much for this action, and the window has room.
        Reply(
            429, {}, {"x-daily-ratelimit-token-remaining": "3", "x-ratelimit-remaining": "79", "retry-after": "7200"}
        ),
    ],
)
def test_a_day_is_never_waited_for(client: Client, service: Service, clock: Clock, trouble: Reply) -> None:
    service.answer(trouble, Reply())
    error = refused(client, *GET)
    assert isinstance(error, RateLimited)
    assert (error.window, error.retry_after) == ("daily", 7200)
    assert clock.pauses == []
    assert len(service.asked) == 1


def test_a_wait_that_is_too_long_is_not_begun(service: Service, clock: Clock) -> None:
    service.answer(Reply(503, b"", {"retry-after": "20"}))
    with Client(server("crm", service.url, TOKEN), max_wait=30, clock=clock) as client:
        error = refused(client, *GET)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 20
    assert len(clock.pauses) == 1


@pytest.mark.parametrize("patience", [{"retries": 0}, {"max_wait": 0}])
def test_without_patience(service: Service, clock: Clock, patience: dict[str, int]) -> None:
    service.answer(FAILED)
    with Client(server("crm", service.url, TOKEN), clock=clock, **patience) as client:  # type: ignore[arg-type]
        refused(client, *GET)
    assert len(service.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_a_refusal_is_final(client: Client, service: Service, status: int) -> None:
    service.answer(Reply(status, {"success": False, "error": "No"}))
    refused(client, *GET)
    assert len(service.asked) == 1


def test_a_doubt_is_not_forgotten(client: Client, service: Service) -> None:
    service.answer(CLOSED, Reply(404, {"success": False, "error": "Deal not found"}))
    error = refused(client, *DELETE)
    assert isinstance(error, ApiError)
    assert "may have been carried out" in error.__notes__[0]
    service.answer(CLOSED, DAILY)
    assert "may have been carried out" in refused(client, *PUT).__notes__[0]


def test_a_walk_goes_on_after_trouble(client: Client, service: Service) -> None:
    service.answer(cursor_page(1, "a"), BURST, cursor_page(3, "b"), CUT, FAILED, cursor_page(5, None))
    assert [item["id"] for item in client.iterate("v2.get_deals")] == [1, 2, 3, 4, 5, 6]
    service.answer(offset_page(0, more=True), BAD_GATEWAY, offset_page(2, more=False))
    assert [item["id"] for item in client.iterate("v1.get_deals")] == [1, 2, 3, 4]
