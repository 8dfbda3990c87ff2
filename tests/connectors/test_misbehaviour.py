"""Failures of the service, row by row of the table in ``docs/connector.md``: the connector does what that says."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dealwright.connectors import Client, DealwrightError, Unauthorized, Unavailable
from dealwright.connectors.connections import server
from tests.connectors.clock import Clock
from tests.connectors.service import TOKEN, StubResponse
from tests.connectors.upstream import NO_SUCH_GRANT, Upstream, run_upstream

DEAL = {"data": {"title": "Roof"}}
CALLS: dict[str, Any] = {
    "GET": ("v2.get_deals_by_id", {"id": 1}),
    "PUT": ("v1.put_deals_by_id", {"id": 1, **DEAL}),
    "DELETE": ("v2.delete_deals_by_id", {"id": 1}),
    "POST": ("v2.post_deals", DEAL),
    "PATCH": ("v2.patch_deals_by_id", {"id": 1, **DEAL}),
}
LATE_RESPONSE = StubResponse(200, {"success": True, "data": None}, {}, delay=3)
TIMEOUT_SECONDS, SHORT_TIMEOUT_SECONDS = 30, 0.5
BURST = StubResponse(429, {"success": False}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1.5"})
DAILY = StubResponse(429, {"success": False}, {"x-daily-ratelimit-token-remaining": "0", "retry-after": "7200"})
UNAUTHORISED = StubResponse(401, {"success": False, "error": "unauthorized access"})


def proxy_page(status: int) -> StubResponse:
    return StubResponse(status, b"<html><title>Somebody in between</title></html>", {"content-type": "text/html"})


class FailureScenario(NamedTuple):
    """``responses`` are the forms of the failure, each returned once before the service works again.

    ``commits_before_failing`` is that of the upstream. With ``oauth`` the access token is revoked first, and
    ``token_responses`` are the responses to its renewal.
    """

    responses: tuple[StubResponse, ...] = ()
    commits_before_failing: bool = False
    oauth: bool = False
    token_responses: tuple[StubResponse, ...] = ()


FAILURES = {
    "429, too many requests within seconds": FailureScenario((BURST, StubResponse(429, b"slow down"))),
    "429, the budget of the day is spent": FailureScenario((DAILY,)),
    "500": FailureScenario((StubResponse(500, {"success": False, "error": "Server error"}),)),
    "502 or 503 with a web page": FailureScenario((proxy_page(502), proxy_page(503))),
    "no answer in time": FailureScenario((LATE_RESPONSE,)),
    "no answer in time, but it was carried out": FailureScenario((LATE_RESPONSE,), commits_before_failing=True),
    "connection closed without an answer": FailureScenario((StubResponse(None),)),
    "body of the answer cut": FailureScenario(
        (StubResponse(200, {"success": True, "data": [1, 2, 3]}, {}, truncated=True),), commits_before_failing=True
    ),
    "200 with a web page": FailureScenario((proxy_page(200),), commits_before_failing=True),
    "403 with a web page, from a proxy in between": FailureScenario((proxy_page(403),)),
    "any other 4xx, 501": FailureScenario(
        tuple(StubResponse(status, {"success": False, "error": "No"}) for status in (400, 402, 404, 409, 410, 422, 501))
    ),
    "401 with an API token": FailureScenario((UNAUTHORISED,)),
    "401 with OAuth": FailureScenario(oauth=True),
    "401 with OAuth, also with a new token": FailureScenario((UNAUTHORISED,), oauth=True),
    "renewal of a token refused": FailureScenario(oauth=True, token_responses=(NO_SUCH_GRANT,)),
    "renewal of a token failed: 429, 5xx, no answer": FailureScenario(
        oauth=True,
        token_responses=(
            StubResponse(429, b""),
            proxy_page(502),
            StubResponse(503, {}),
            StubResponse(None),
            LATE_RESPONSE,
        ),
    ),
}


@contextmanager
def open_client(upstream: Upstream, clock: Clock, *, oauth: bool, timeout: float = TIMEOUT_SECONDS) -> Iterator[Client]:
    upstream.create_deal("Roof")
    upstream.access_tokens.add(TOKEN)
    connection = upstream.add_connection(now=clock.time()) if oauth else server("crm", upstream.url, TOKEN)
    with Client(connection, timeout=timeout, clock=clock) as client:
        yield client


def describe_outcome(upstream: Upstream, clock: Clock, call: Callable[[], Any]) -> str:
    """Returns the outcome of a call, in the words of the table."""
    try:
        call()
    except DealwrightError as error:
        return describe_error(error, has_waited=bool(clock.pauses), request_count=len(upstream.api_requests))
    if upstream.refresh_count:
        assert upstream.refresh_count == 1
        return "renewed later, then sent" if clock.pauses else "renewed, sent again"
    return "sent again" if clock.pauses else "sent once"


def describe_error(error: DealwrightError, *, has_waited: bool, request_count: int) -> str:
    kind = f"`{type(error).__name__}`"
    assert not has_waited
    if isinstance(error, Unauthorized) and error.reconnect:
        assert str(error).endswith("authorise it anew: dealwright connect crm")
        return f"{kind}, says how to go on"
    if isinstance(error, Unavailable) and error.may_have_run:
        assert "may have been made" in str(error)
        return f"{kind}, may have run"
    assert request_count == 1
    return f"{kind} at once"


def run_scenario(scenario: FailureScenario, method: str) -> set[str]:
    outcomes_found = set()
    for reply, token_reply in itertools.product(scenario.responses or (None,), scenario.token_responses or (None,)):
        clock = Clock()
        timeout = SHORT_TIMEOUT_SECONDS if LATE_RESPONSE in (reply, token_reply) else TIMEOUT_SECONDS
        with run_upstream() as upstream, open_client(upstream, clock, oauth=scenario.oauth, timeout=timeout) as client:
            if scenario.oauth:
                upstream.access_tokens.clear()
            upstream.commits_before_failing = scenario.commits_before_failing
            upstream.planned_failures = [reply] if reply else []
            upstream.planned_token_failures = [token_reply] if token_reply else []
            outcomes_found.add(describe_outcome(upstream, clock, partial(client.run, *CALLS[method])))
            # Only a change that can be repeated without another effect is made twice.
            twice = method in ("PUT", "DELETE") and scenario.commits_before_failing
            assert len(upstream.change_methods) <= (2 if twice else 1)
    return outcomes_found


def run_without_connection(method: str) -> set[str]:
    class ListeningClock(Clock):
        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds)
            upstream.service.listen()

    clock = ListeningClock()
    with run_upstream(not_listening=True) as upstream, open_client(upstream, clock, oauth=False) as client:
        return {describe_outcome(upstream, clock, partial(client.run, *CALLS[method]))}


def run_interrupted_iteration(revoke: Callable[[Upstream], None], *, oauth: bool) -> set[str]:
    clock = Clock()
    with run_upstream() as upstream, open_client(upstream, clock, oauth=oauth) as client:
        for number in range(6):
            upstream.create_deal(f"Roof {number}")
        received_ids: list[int] = []
        iterator = client.iterate("v2.get_deals")
        received_ids += [next(iterator)["id"] for _ in range(2)]
        revoke(upstream)
        request_count = len(upstream.api_requests)

        def finish_iteration() -> None:
            received_ids.extend(deal["id"] for deal in iterator)

        result = describe_outcome(upstream, clock, finish_iteration) if oauth else expect_unauthorized(finish_iteration)
        if received_ids == [1, 2, 3, 4, 5, 6, 7]:
            assert result == "renewed, sent again"
            return {"renewed, every item given once"}
        assert received_ids == [1, 2]
        assert len(upstream.api_requests) == request_count + 1
        return {f"{result}, after the items before it"}


def expect_unauthorized(call: Callable[[], None]) -> str:
    with pytest.raises(Unauthorized) as caught:
        call()
    assert caught.value.reconnect is None
    return "`Unauthorized`"


def revoke_access(upstream: Upstream) -> None:
    upstream.access_tokens.clear()


def revoke_all(upstream: Upstream) -> None:
    upstream.access_tokens.clear()
    upstream.refresh_tokens.clear()


SCENARIOS: dict[str, Callable[[str], set[str]]] = {
    **{name: partial(run_scenario, scenario) for name, scenario in FAILURES.items()},
    "no connection could be made": run_without_connection,
    "API token revoked in the middle of `iterate`": lambda _: run_interrupted_iteration(revoke_access, oauth=False),
    "access token revoked in the middle of `iterate`": lambda _: run_interrupted_iteration(revoke_access, oauth=True),
    "authorisation revoked in the middle of `iterate`": lambda _: run_interrupted_iteration(revoke_all, oauth=True),
}


def read_table() -> dict[str, tuple[str, str]]:
    """Returns the rows of the table: the failure, and the outcomes for the two kinds of methods."""
    text = (Path(__file__).parents[2] / "docs" / "connector.md").read_text()
    lines = text[text.index("## Retries") :].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert rows[0] == ["What happens", "GET, PUT, DELETE", "POST, PATCH"]
    return {name: (first, second) for name, first, second in rows[2:]}


def table_cells() -> list[tuple[str, str, str]]:
    return [
        (row, method, expected)
        for row, both in read_table().items()
        for methods, expected in zip((("GET", "PUT", "DELETE"), ("POST", "PATCH")), both, strict=True)
        for method in (methods if "iterate" not in row else ("GET",))
        if expected
    ]


def test_every_row_has_its_scenario() -> None:
    assert set(read_table()) == set(SCENARIOS)


@pytest.mark.parametrize(("row", "method", "expected"), table_cells())
def test_the_outcome_is_that_of_the_table(row: str, method: str, expected: str) -> None:
    assert SCENARIOS[row](method) == {expected}


def test_a_key_finds_a_record_that_was_created_without_an_answer() -> None:
    """The second call finds the record of the first in the list, and makes none."""
    clock = Clock()
    with run_upstream() as upstream, open_client(upstream, clock, oauth=True, timeout=SHORT_TIMEOUT_SECONDS) as client:
        upstream.commits_before_failing, upstream.planned_failures = True, [LATE_RESPONSE]
        with pytest.raises(Unavailable):
            client.run("v2.post_deals", {"data": {"title": "Order 17"}}, idempotency_key="17", found_by="title")
        clock.advance(600)
        again = client.run("v2.post_deals", {"data": {"title": "Order 17"}}, idempotency_key="17", found_by="title")
        assert again["data"]["id"] == 2
        assert [deal["title"] for deal in upstream.deals] == ["Roof", "Order 17"]


def test_the_title_of_a_proxys_page_is_in_the_message() -> None:
    with run_upstream() as upstream, open_client(upstream, Clock(), oauth=False) as client:
        upstream.planned_failures = [proxy_page(403)]
        with pytest.raises(Unavailable, match=re.escape("a web page titled 'Somebody in between' (HTTP 403)")):
            client.run(*CALLS["GET"])
