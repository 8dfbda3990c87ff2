"""How the client handles every kind of answer, and no answer."""

from __future__ import annotations

import email.utils
import pickle
import socket
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dealwright.connectors import (
    ApiError,
    BadConnection,
    Client,
    DealwrightError,
    MissingScope,
    RateLimited,
    TryLater,
    Unauthorized,
    Unavailable,
    connections,
)
from tests.connectors.service import TOKEN, StubResponse, StubService, run_service

UNAUTHORIZED_BODY = {"success": False, "error": "unauthorized access", "errorCode": 401}


def expect_error(client: Client, action: Any = "v2.get_deals", params: Any = None) -> Any:
    with pytest.raises(DealwrightError) as caught:
        client.run(action, params)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert vars(pickle.loads(pickle.dumps(caught.value))).keys() == vars(caught.value).keys()
    return caught.value


def test_a_success(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(201, {"success": True, "data": {"id": 7}}, {"X-RateLimit-Remaining": "19"}))
    answer = client.request("post_deals", {"data": {"title": "Roof"}})
    assert (answer.status, answer.body) == (201, {"success": True, "data": {"id": 7}})
    assert answer.headers["x-ratelimit-remaining"] == "19"


def test_an_empty_answer(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(204, b""))
    assert client.run("v2.get_deals") is None


def test_a_download(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(200, b"\x89PNG", {"content-type": "image/png"}))
    assert client.run("get_files_by_id_download", {"id": 1}) == b"\x89PNG"
    service.respond_with(StubResponse(200, b"{}", {"content-type": "application/json"}))
    assert client.run("get_files_by_id_download", {"id": 1}) == b"{}"


def test_a_download_from_another_host_goes_without_the_token(client: Client, service: StubService) -> None:
    with run_service() as storage:
        service.respond_with(StubResponse(302, b"", {"location": f"{storage.url}/signed?key=1"}))
        storage.respond_with(StubResponse(200, b"%PDF", {"content-type": "application/pdf"}))
        assert client.run("get_files_by_id_download", {"id": 1}) == b"%PDF"
        # A redirect by the storage must not carry the token either.
        storage.respond_with(StubResponse(302, b"", {"location": "/elsewhere"}), StubResponse(200, b"x"))
        assert client.run("get_files_by_id_download", {"id": 1}) == b"x"
    assert [request.headers["x-api-token"] for request in storage.requests] == [None, None, None]


def test_a_redirect_to_the_same_host_keeps_the_token(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(302, b"", {"location": "/moved"}), StubResponse())
    client.run("v2.get_deals")
    assert [(request.path, request.headers["x-api-token"]) for request in service.requests] == [
        ("/api/v2/deals", TOKEN),
        ("/moved", TOKEN),
    ]


def test_endless_redirects_and_redirects_of_changes(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(302, b"", {"location": "/again"}))
    assert "/again" in expect_error(client).message
    assert len(service.requests) < 10
    service.requests.clear()
    assert expect_error(client, "v2.delete_deals_by_id", {"id": 1}).status == 302
    assert len(service.requests) == 1


def test_a_refusal(client: Client, service: StubService) -> None:
    body = {"success": False, "error": "Deal not found", "code": "ERR_NOT_FOUND"}
    service.respond_with(StubResponse(404, body, {"x-correlation-id": "abc"}))
    error = expect_error(client, "get_deals_by_id", {"id": 1})
    assert isinstance(error, ApiError)
    assert (error.status, error.code, error.message, error.body) == (404, "ERR_NOT_FOUND", "Deal not found", body)
    assert (error.action, error.connection, error.request_id) == ("v2.get_deals_by_id", "crm", "abc")
    assert str(error) == "v2.get_deals_by_id: Deal not found (HTTP 404, ERR_NOT_FOUND)"


@pytest.mark.parametrize(
    ("body", "message", "code"),
    [
        ({"success": False, "message": "Forbidden"}, "Forbidden", None),
        ({"status": "error", "success": False, "errors": {"id": ["not found"]}}, '{"id":["not found"]}', None),
        ({"error": "invalid_grant", "error_description": "It is spent"}, "It is spent", "invalid_grant"),
        ({"success": False, "error": "No", "additional_data": {"code": "ADMIN_ONLY"}}, "No", "ADMIN_ONLY"),
        (b"<html><head><title>Attention\n required</title></head></html>",
         "a web page titled 'Attention required'", None),
        (b"<!doctype html><HTML>...", "a web page instead of an answer", None),
        (b"nope", "nope", None),
        (b"", "an empty answer", None),
        ([1], "[1]", None),
        ({}, "no reason given", None),
    ],
)  # fmt: skip
def test_shapes_of_refusals(client: Client, service: StubService, body: Any, message: str, code: str | None) -> None:
    service.respond_with(StubResponse(403, body))
    error = expect_error(client)
    assert isinstance(error, ApiError)
    assert (error.message, error.code, error.status) == (message, code, 403)


def test_a_refusal_with_status_200(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(200, {"success": False, "error": "No"}))
    assert isinstance(expect_error(client), ApiError)


def test_a_success_that_is_no_json(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(200, b"<html>", {"content-type": "text/html"}))
    error = expect_error(client)
    assert isinstance(error, ApiError)
    assert "no JSON" in error.message


def test_a_token_that_is_not_accepted(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(401, UNAUTHORIZED_BODY))
    error = expect_error(client)
    assert isinstance(error, Unauthorized)
    assert isinstance(error, BadConnection)
    assert (error.status, error.connection, error.body) == (401, "crm", UNAUTHORIZED_BODY)
    assert TOKEN not in str(error)


def test_a_scope_that_is_missing(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(403, {"success": False, "error": "Scope and URL mismatch"}))
    error = expect_error(client)
    assert isinstance(error, MissingScope)
    assert error.needed == ("deals:full", "deals:read")
    assert "'deals:full' or 'deals:read'" in str(error)


@pytest.mark.parametrize(
    ("headers", "window", "retry_after"),
    [
        ({}, "burst", 2.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1.5"}, "burst", 1.5),
        ({"retry-after": "3", "x-ratelimit-reset": "1"}, "burst", 3.0),
        ({"x-daily-ratelimit-token-remaining": "0"}, "daily", None),
        ({"x-daily-ratelimit-token-remaining": "0", "retry-after": "600"}, "daily", 600.0),
        ({"x-daily-ratelimit-token-remaining": "5", "retry-after": "soon"}, "burst", 2.0),
    ],
)
def test_rate_limits(
    client: Client, service: StubService, headers: dict[str, str], window: str, retry_after: float | None
) -> None:
    service.respond_with(StubResponse(429, {"success": False, "error": "request over limit"}, headers))
    error = expect_error(client)
    assert isinstance(error, RateLimited)
    assert isinstance(error, TryLater)
    assert (error.window, error.retry_after, error.status) == (window, retry_after, 429)


def test_a_rate_limit_until_a_time(client: Client, service: StubService) -> None:
    until = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    service.respond_with(StubResponse(429, {}, {"retry-after": until}))
    assert 50 < expect_error(client).retry_after <= 60


@pytest.mark.parametrize(("action", "params", "may_have_run"), [
    ("v2.get_deals", {}, False),
    ("v2.post_deals", {"data": {"title": "Roof"}}, True),
])  # fmt: skip
def test_a_service_that_fails(
    client: Client, service: StubService, action: str, params: Any, *, may_have_run: bool
) -> None:
    service.respond_with(StubResponse(503, b"<html><title>Maintenance</title></html>", {"content-type": "text/html"}))
    error = expect_error(client, action, params)
    assert isinstance(error, Unavailable)
    assert error.failure is not None
    assert (error.failure.status, error.may_have_run) == (503, may_have_run)
    service.respond_with(StubResponse(None))
    error = expect_error(client, action, params)
    assert isinstance(error, Unavailable)
    assert (error.failure, error.may_have_run) == (None, may_have_run)


def test_not_implemented_is_an_api_error(client: Client, service: StubService) -> None:
    service.respond_with(StubResponse(501, {"success": False, "error": "Not implemented"}))
    assert isinstance(expect_error(client), ApiError)


def test_connection_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with Client(connections.server("crm", url, TOKEN)) as client:
            error = expect_error(client, "v2.post_deals", {"data": {"title": "Roof"}})
    assert isinstance(error, Unavailable)
    assert error.may_have_run is False


def test_no_answer_in_time() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with Client(connections.server("crm", url, TOKEN, timeout=30), timeout=0.1) as client:
            error = expect_error(client, "v2.post_deals", {"data": {"title": "Roof"}})
    assert isinstance(error, Unavailable)
    assert error.may_have_run
    assert "in time" in str(error)
    assert time.monotonic() - started < 5
