"""How often a call is sent again, after which wait, and what is never waited for."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from dealwright.connectors import ApiError, Client, DealwrightError, RateLimited, Unavailable
from dealwright.connectors.connections import server
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, StubResponse, StubService
from tests.connectors.test_pages import cursor_page, offset_page

DEAL = {"data": {"title": "Roof"}}
GET: Any = ("v2.get_deals", {})
POST: Any = ("v2.post_deals", DEAL)
PUT = ("v1.put_notes_by_id", {"id": 1, "data": {"content": "Roof"}})
DELETE = ("v2.delete_deals_by_id", {"id": 1})

BURST = StubResponse(429, {"success": False}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1.5"})
DAILY = StubResponse(429, {"success": False}, {"x-daily-ratelimit-token-remaining": "0", "retry-after": "7200"})
BAD_GATEWAY = StubResponse(502, b"<html><title>Bad gateway</title></html>", {"content-type": "text/html"})
FAILED = StubResponse(500, {"success": False, "error": "Server error"})
TRUNCATED = StubResponse(200, {"success": True, "data": [1, 2, 3, 4]}, {}, truncated=True)
CLOSED = StubResponse(None)


def expect_error(client: Client, action: Any, params: Any) -> Any:
    with pytest.raises(DealwrightError) as caught:
        client.run(action, params)
    return caught.value


@pytest.mark.parametrize("failure", [BURST, FAILED, BAD_GATEWAY, TRUNCATED, CLOSED], ids=str)
@pytest.mark.parametrize("call", [GET, PUT, DELETE], ids=lambda call: call[0])
def test_calls_that_may_be_repeated_are(client: Client, service: StubService, call: Any, failure: StubResponse) -> None:
    service.respond_with(failure, failure, StubResponse())
    assert client.run(*call) == {"success": True, "data": {"id": 1}}
    assert len(service.requests) == 3
    assert len({(request.path, request.body) for request in service.requests}) == 1


def test_a_connection_that_cannot_be_made_is_tried_again(clock: Clock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(server("crm", url, TOKEN), clock=clock) as client:
            error = expect_error(client, *POST)
    assert isinstance(error, Unavailable)
    assert not error.may_have_run
    assert len(clock.pauses) == 4


def test_pauses_grow_and_differ(client: Client, service: StubService, clock: Clock) -> None:
    service.respond_with(FAILED)
    expect_error(client, *GET)
    assert len(service.requests) == 5
    assert all(0 <= pause <= longest for pause, longest in zip(clock.pauses, (0.5, 1, 2, 4), strict=True))
    assert len(set(clock.pauses)) == 4


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (BURST, 1.5),
        (StubResponse(429, {}, {"retry-after": "3", "x-ratelimit-reset": "1"}), 3),
        (StubResponse(429, {}), 2),
        (StubResponse(503, b"", {"retry-after": "7.25"}), 7.25),
    ],
)
def test_the_wait_that_the_service_asks_for_is_kept(
    client: Client, service: StubService, clock: Clock, failure: StubResponse, expected: float
) -> None:
    service.respond_with(failure, StubResponse())
    client.run(*GET)
    [pause] = clock.pauses
    assert expected <= pause <= expected + 0.5


@pytest.mark.parametrize(
    "failure",
    [
        DAILY,
        # Some tokens are left, but too few for this action, and the window is not full.
        StubResponse(
            429, {}, {"x-daily-ratelimit-token-remaining": "3", "x-ratelimit-remaining": "79", "retry-after": "7200"}
        ),
    ],
)
def test_the_daily_limit_is_not_waited_for(
    client: Client, service: StubService, clock: Clock, failure: StubResponse
) -> None:
    service.respond_with(failure, StubResponse())
    error = expect_error(client, *GET)
    assert isinstance(error, RateLimited)
    assert (error.window, error.retry_after) == ("daily", 7200)
    assert clock.pauses == []
    assert len(service.requests) == 1


def test_a_wait_that_is_too_long_is_not_begun(service: StubService, clock: Clock) -> None:
    service.respond_with(StubResponse(503, b"", {"retry-after": "20"}))
    with Client(server("crm", service.url, TOKEN), max_wait=30, clock=clock) as client:
        error = expect_error(client, *GET)
    assert isinstance(error, Unavailable)
    assert error.retry_after == 20
    assert len(clock.pauses) == 1


@pytest.mark.parametrize("options", [{"retries": 0}, {"max_wait": 0}])
def test_without_retries(service: StubService, clock: Clock, options: dict[str, int]) -> None:
    service.respond_with(FAILED)
    with Client(server("crm", service.url, TOKEN), clock=clock, **options) as client:  # type: ignore[arg-type]
        expect_error(client, *GET)
    assert len(service.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 501])
def test_a_refusal_is_final(client: Client, service: StubService, status: int) -> None:
    service.respond_with(StubResponse(status, {"success": False, "error": "No"}))
    expect_error(client, *GET)
    assert len(service.requests) == 1


def test_an_unknown_outcome_is_noted_in_the_final_error(client: Client, service: StubService) -> None:
    service.respond_with(CLOSED, StubResponse(404, {"success": False, "error": "Deal not found"}))
    error = expect_error(client, *DELETE)
    assert isinstance(error, ApiError)
    assert "may have been carried out" in error.__notes__[0]
    service.respond_with(CLOSED, DAILY)
    assert "may have been carried out" in expect_error(client, *PUT).__notes__[0]


def test_an_iteration_goes_on_after_failures(client: Client, service: StubService) -> None:
    service.respond_with(cursor_page(1, "a"), BURST, cursor_page(3, "b"), TRUNCATED, FAILED, cursor_page(5, None))
    assert [item["id"] for item in client.iterate("v2.get_deals")] == [1, 2, 3, 4, 5, 6]
    service.respond_with(offset_page(0, more=True), BAD_GATEWAY, offset_page(2, more=False))
    assert [item["id"] for item in client.iterate("v1.get_deals")] == [1, 2, 3, 4]
