"""Pages of other sites may call the API with a token, but not what acts for a user with a session; and which host is meant."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from dealwright.server.admission import UNLIMITED_HEADERS
from dealwright.server.binding import handlers
from dealwright.server.requests import WEB_APP_PATHS, Request
from tests.api import Api, Response

ALL_PATHS = sorted({endpoint.path.replace("{id}", "1") for endpoint, _ in handlers().values()})
PATHS = [path for path in ALL_PATHS if not path.startswith(WEB_APP_PATHS)]
SESSION_PATHS = (
    *("/oauth/authorize", "/oauth/token", "/oauth/nothing", "/oauth", "/app", "/app/deals"),
    *(path for path in ALL_PATHS if path.startswith(WEB_APP_PATHS)),
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
PREFLIGHT = {"origin": "https://app.example", "access-control-request-method": "GET"}


def names(header: str) -> set[str]:
    return {name.strip().lower() for name in header.split(",")}


def assert_open(headers: dict[str, str]) -> None:
    assert headers["access-control-allow-origin"] == "*"
    limits = {name.decode() for name, _ in UNLIMITED_HEADERS}
    assert names(headers["access-control-expose-headers"]) >= {*limits, "retry-after", "x-correlation-id"}
    assert "access-control-allow-credentials" not in headers


def respond(
    api: Api, method: str, path: str, headers: list[tuple[bytes, bytes]], version: str
) -> tuple[int, dict[str, str]]:
    """Status and headers of an answer to a request of an HTTP version, with headers that a dict cannot hold."""
    scope = {"method": method, "path": path, "query_string": b"", "headers": headers, "http_version": version}
    found = api.app.respond(Request(scope))
    return found.status, {name.decode(): value.decode() for name, value in found.headers}


def test_preflights_need_no_token(api: Api) -> None:
    for path, method in itertools.product((*PATHS, "/api/v1/deals", "/nothing"), METHODS):
        answer = api.send("OPTIONS", path, headers={**PREFLIGHT, "access-control-request-method": method})
        assert (answer.status, answer.body) == (204, None)
        assert_open(answer.headers)
        assert method.lower() in names(answer.headers["access-control-allow-methods"])
        assert names(answer.headers["access-control-allow-headers"]) >= {"authorization", "content-type", "x-api-token"}
        assert int(answer.headers["access-control-max-age"]) > 0


def test_other_requests_for_options_are_no_preflights(api: Api) -> None:
    for left_out in PREFLIGHT:
        headers = {name: value for name, value in PREFLIGHT.items() if name != left_out}
        assert api.send("OPTIONS", "/v1/deals", headers=headers).status == 401
        assert api.send("OPTIONS", "/v1/deals", headers={**headers, "x-api-token": api.token}).status == 405


def test_every_answer_of_the_api_is_open(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    deal = api.post("/api/v2/deals", {"title": "x"})
    answers: list[tuple[int, Response]] = [
        (200, deal),
        (200, api.get("/v1/deals", start=0)),
        (200, api.send("GET", "/openapi/v2.json", headers={})),
        (400, api.post("/api/v2/deals", {})),
        (400, api.send("POST", "/v1/deals", b"{")),
        (401, api.send("GET", "/v1/deals", headers={})),
        (401, api.send("GET", "/api/v2/deals", headers={"authorization": "Bearer x"})),
        (404, api.get("/v1/deals/99")),
        (404, api.get("/nothing")),
        (404, api.get("/public/nothing")),
        (405, api.patch("/v1/deals")),
    ]
    for status, answer in answers:
        assert answer.status == status
        assert_open(answer.headers)

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("out of order")

    monkeypatch.setattr(api.app._admissions, "admit", fail)
    status, headers = respond(api, "GET", "/v1/deals", [(b"host", b"x")], "1.1")
    assert status == 500
    assert_open(headers)


def test_what_acts_for_a_session_is_closed(api: Api) -> None:
    origin = {"origin": "https://app.example"}
    calls: tuple[tuple[str, dict[str, str]], ...] = (("GET", {}), ("POST", {}), ("OPTIONS", PREFLIGHT), ("GET", origin))
    for path, (method, headers) in itertools.product(SESSION_PATHS, calls):
        answer = api.send(method, path, headers=headers)
        assert answer.status != 204
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_a_request_is_for_one_host(api: Api) -> None:
    host, token = (b"host", b"crm.example"), (b"x-api-token", api.token.encode())
    for path in ("/v1/deals", "/api/v2/deals", "/oauth/authorize", "/openapi/v1.json"):
        for headers, version in (([host, host], "1.1"), ([host, host], "1.0"), ([], "1.1")):
            for more in ([], [token]):
                status, _ = respond(api, "GET", path, [*headers, *more], version)
                assert status == 400
    for headers, version in (([host], "1.1"), ([], "1.0"), ([], "2")):
        assert respond(api, "GET", "/v1/deals", [*headers, token], version)[0] == 200


def test_oauth_answers_in_json_are_not_guessed_at(api: Api) -> None:
    answer = api.send("POST", "/oauth/token", b"grant_type=x", "application/x-www-form-urlencoded", headers={})
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
