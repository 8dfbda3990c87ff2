"""The endpoints that only a sandbox has: its clock and its faults, on both databases, and the same controls in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from dealwright.connectors import Client, RateLimited, Unauthorized, Unavailable, connections
from dealwright.contract.index import declarations
from dealwright.contract.sandbox.faults import FaultKind
from dealwright.server.binding import sandbox_handlers
from tests.api import Api
from tests.receiver import run_receiver
from tests.response_checks import check_response
from tests.sandbox import Sandbox, run_sandbox
from tests.waiting import wait_for

Call = Callable[..., httpx2.Response]
DECLARED = [endpoint for _, endpoint in declarations(["sandbox"])]


@pytest.fixture
def call(sandbox: Sandbox) -> Iterator[Call]:
    """Yields what sends a request to the sandbox with its token, or another one."""
    with httpx2.Client(base_url=sandbox.url, timeout=30) as http:

        def send(method: str, path: str, body: object = None, *, token: str = sandbox.api_token) -> httpx2.Response:
            response = http.request(method, path, json=body, headers={"x-api-token": token})
            for endpoint in DECLARED:
                if (endpoint.method, endpoint.path.replace("{id}", "1")) == (method, path):
                    check_response(endpoint, response.status_code, response.json())
            return response

        yield send
        send("DELETE", "/sandbox/faults")
        send("DELETE", "/sandbox/clock")


def client(sandbox: Sandbox, **options: Any) -> Client:
    return Client(connections.server("sandbox", sandbox.url, sandbox.api_token), **options)


def test_each_declaration_has_a_handler() -> None:
    assert {(one.method, one.path) for one in DECLARED} == set(sandbox_handlers())


@pytest.mark.parametrize("api", ["sqlite"], indirect=True)
def test_no_other_server_has_them(api: Api) -> None:
    for endpoint in DECLARED:
        answer = api.send(endpoint.method, endpoint.path.replace("{id}", "1"), b"{}", headers={})
        assert answer.status in (401, 404)
        own = api.send(endpoint.method, endpoint.path.replace("{id}", "1"), b"{}")
        assert (own.status, own.body["error"]["code"]) == (404, "not_found")
    assert api.send("GET", "/openapi/sandbox.json").status == 404


def test_they_take_a_token_and_refuse_what_they_do_not_know(call: Call) -> None:
    for endpoint in DECLARED:
        path = endpoint.path.replace("{id}", "999")
        assert call(endpoint.method, path, {}, token="wrong").status_code == 401
        assert call("PATCH", path).status_code == 405
        if endpoint.body is not None:
            refused = call(endpoint.method, path, {"nothing": 1})
            assert (refused.status_code, "nothing" in refused.json()["error"]["message"]) == (400, True)
        if endpoint.method == "GET":
            assert call("GET", f"{path}?nothing=1").status_code == 400
    assert call("DELETE", "/sandbox/faults/999").status_code == 404
    assert call("GET", "/sandbox").status_code in (200, 404)
    assert call("GET", "/openapi/sandbox.json").json()["paths"].keys() == {one.path for one in DECLARED}


@pytest.mark.parametrize(
    ("path", "body", "member"),
    [
        ("/sandbox/clock", {"now": "tomorrow"}, "now"),
        ("/sandbox/clock", {"now": "1066-10-14T12:00:00Z"}, "now"),
        ("/sandbox/clock", {"advance_seconds": 3_000_000_000}, "now"),
        ("/sandbox/clock", {"advance_seconds": 1e300}, "advance_seconds"),
        ("/sandbox/clock", {"now": "2030-01-01T12:00:00Z", "advance_seconds": 1}, "advance_seconds"),
        ("/sandbox/faults", {"kind": "fire"}, "kind"),
        ("/sandbox/faults", {"kind": "slow", "action": "post_dels"}, "action"),
        ("/sandbox/faults", {"kind": "slow", "action": "post_oauth_token"}, "action"),
        ("/sandbox/faults", {"kind": "slow", "times": 0}, "times"),
        ("/sandbox/faults", {"kind": "slow", "seconds": -1}, "seconds"),
    ],
)
def test_bad_input_is_refused_and_changes_nothing(call: Call, path: str, body: Any, member: str) -> None:
    method = "PUT" if path.endswith("clock") else "POST"
    refused = call(method, path, body)
    assert (refused.status_code, [*refused.json()["error"]["fields"]]) == (400, [member])
    assert call("GET", "/sandbox/faults").json() == {"data": []}
    shown = datetime.fromisoformat(call("GET", "/sandbox/clock").json()["data"]["now"])
    assert abs(shown - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_fresh_company_for_a_test(call: Call) -> None:
    one, other = (call("POST", "/sandbox/companies").json()["data"] for _ in range(2))
    assert one["company_domain"] != other["company_domain"]
    title = f"Of {one['company_domain']}"
    assert call("POST", "/api/v2/deals", {"title": title}, token=one["api_token"]).json()["success"]
    found = [call("GET", "/api/v2/deals", token=made["api_token"]).json()["data"] for made in (one, other)]
    assert [[deal["title"] for deal in deals] for deals in found] == [[title], []]
    # Clock and faults are those of the whole sandbox.
    call("PUT", "/sandbox/clock", {"now": "2031-05-06T07:08:09Z", "is_frozen": True})
    assert call("GET", "/sandbox/clock", token=one["api_token"]).json()["data"]["now"] == "2031-05-06T07:08:09Z"


def test_the_clock_moves_and_stands_still(call: Call) -> None:
    moved = call("PUT", "/sandbox/clock", {"now": "2031-05-06T07:08:09+02:00", "is_frozen": True}).json()["data"]
    assert (moved["now"], moved["is_frozen"]) == ("2031-05-06T05:08:09Z", True)
    deal = call("POST", "/api/v2/deals", {"title": "Later"}).json()["data"]
    assert deal["add_time"] == "2031-05-06T05:08:09Z"
    assert call("PUT", "/sandbox/clock", {"advance_seconds": 51}).json()["data"]["now"] == "2031-05-06T05:09:00Z"
    assert call("POST", "/v1/notes", {"content": "x", "deal_id": deal["id"]}).json()["data"]["add_time"] == (
        "2031-05-06 05:09:00"
    )
    assert call("DELETE", "/sandbox/clock").json()["data"]["is_frozen"] is False
    assert call("GET", "/sandbox/clock").json()["data"]["now"] < "2031"


def test_jobs_that_are_due_at_the_new_time_are_attempted(call: Call) -> None:
    with run_receiver() as receiver:
        receiver.get_status = lambda _: 500
        hook = {"subscription_url": receiver.url, "event_action": "create", "event_object": "deal"}
        assert call("POST", "/v1/webhooks", hook).status_code == 201
        call("POST", "/api/v2/deals", {"title": "Announced"})
        wait_for(lambda: len(receiver.received) == 1)
        receiver.get_status = lambda _: 200
        moved = call("PUT", "/sandbox/clock", {"advance_seconds": 86_400}).json()["data"]
        # Periodic jobs are due after a day, too.
        assert moved["attempted_jobs"] >= 1
        wait_for(lambda: len(receiver.received) == 2)


FAILURES: list[tuple[FaultKind, int, str]] = [
    ("burst_limit", 429, "x-ratelimit-remaining"),
    ("daily_limit", 429, "x-daily-ratelimit-token-remaining"),
    ("internal_error", 500, "x-correlation-id"),
    ("token_revoked", 401, "x-401-by-gw"),
]


@pytest.mark.parametrize("path", ["/v1/deals", "/api/v2/deals"])
@pytest.mark.parametrize(("kind", "status", "header"), FAILURES)
def test_faults_by_action_and_number(call: Call, kind: FaultKind, status: int, header: str, path: str) -> None:
    added = call("POST", "/sandbox/faults", {"kind": kind, "action": "get_deals", "times": 2, "skip": 1}).json()["data"]
    assert call("GET", "/api/v2/persons").status_code == 200
    answers = [call("GET", path) for _ in range(4)]
    assert [one.status_code for one in answers] == [200, status, status, 200]
    assert answers[1].json()["success"] is False
    assert header in answers[1].headers
    [shown] = call("GET", "/sandbox/faults").json()["data"]
    assert (shown["id"], shown["hits"]) == (added["id"], 2)
    assert call("DELETE", f"/sandbox/faults/{added['id']}").json()["data"]["hits"] == 2


def test_faults_of_a_version_of_an_action_and_of_all(call: Call) -> None:
    call("POST", "/sandbox/faults", {"kind": "internal_error", "action": "v2.get_deals", "times": None})
    assert [call("GET", path).status_code for path in ("/v1/deals", "/api/v2/deals")] == [200, 500]
    call("DELETE", "/sandbox/faults")
    call("POST", "/sandbox/faults", {"kind": "internal_error", "times": None})
    assert [call("GET", path).status_code for path in ("/v1/deals", "/api/v2/persons")] == [500, 500]
    assert call("GET", "/sandbox/clock").status_code == 200


def count_deals(call: Call, title: str) -> int:
    found = call("GET", f"/api/v2/deals/search?term={title}&fields=title").json()["data"]["items"]
    return len(found)


def test_the_connector_meets_them_as_it_would_meet_them_elsewhere(sandbox: Sandbox, call: Call) -> None:
    def add(kind: FaultKind, action: str, **more: object) -> None:
        call("POST", "/sandbox/faults", {"kind": kind, "action": action, **more})

    with client(sandbox, timeout=2.0, retries=1) as crm:
        add("burst_limit", "get_users_me", seconds=0)
        assert crm.run("get_users_me")["success"]
        add("daily_limit", "get_users_me")
        with pytest.raises(RateLimited) as limited:
            crm.run("get_users_me")
        assert (limited.value.window, limited.value.retry_after is not None) == ("daily", True)
        add("token_revoked", "get_users_me")
        with pytest.raises(Unauthorized):
            crm.run("get_users_me")
        add("cut_connection", "post_deals")
        with pytest.raises(Unavailable) as cut:
            crm.run("post_deals", {"data": {"title": "Cutoff"}})
        assert (cut.value.may_have_run, count_deals(call, "Cutoff")) == (True, 0)
        add("timeout_after_commit", "post_deals")
        with pytest.raises(Unavailable) as silent:
            crm.run("post_deals", {"data": {"title": "Silence"}})
        assert (silent.value.may_have_run, count_deals(call, "Silence")) == (True, 1)
        add("slow", "get_users_me", seconds=0.01)
        assert crm.run("get_users_me")["success"]


def test_several_workers_have_none_of_it() -> None:
    with run_sandbox("--throwaway", "--empty", "--port", "0", "--workers", "2") as several:
        answer = httpx2.get(f"{several.url}/sandbox/clock", headers={"x-api-token": several.api_token}, timeout=60)
    assert answer.status_code == 404
