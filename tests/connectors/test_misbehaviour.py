"""A service that misbehaves, row by row of the table in ``docs/connector.md``: the connector does what that says."""

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
from tests.connectors.service import TOKEN, Reply
from tests.connectors.upstream import NO_SUCH_GRANT, Upstream, standing

DEAL = {"data": {"title": "Roof"}}
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "GET": ("v2.get_deals_by_id", {"id": 1}),
    "PUT": ("v1.put_deals_by_id", {"id": 1, **DEAL}),
    "DELETE": ("v2.delete_deals_by_id", {"id": 1}),
    "POST": ("v2.post_deals", DEAL),
    "PATCH": ("v2.patch_deals_by_id", {"id": 1, **DEAL}),
}
LATE = Reply(200, {"success": True, "data": None}, {}, after=3)
SECONDS, SECONDS_FOR_LATE = 30, 0.5
BURST = Reply(429, {"success": False}, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1.5"})
DAILY = Reply(429, {"success": False}, {"x-daily-ratelimit-token-remaining": "0", "retry-after": "7200"})
UNAUTHORISED = Reply(401, {"success": False, "error": "unauthorized access"})


def page(status: int) -> Reply:
    return Reply(status, b"<html><title>Somebody in between</title></html>", {"content-type": "text/html"})


class Trouble(NamedTuple):
    """``replies`` are the forms that it takes, each once before all is well; ``commits`` as the upstream's.

    With ``oauth`` the access token is revoked first, and ``token_replies`` are the forms of what comes of its renewal.
    """

    replies: tuple[Reply, ...] = ()
    commits: bool = False
    oauth: bool = False
    token_replies: tuple[Reply, ...] = ()


TROUBLE = {
    "429, too many requests within seconds": Trouble((BURST, Reply(429, b"slow down"))),
    "429, the budget of the day is spent": Trouble((DAILY,)),
    "500": Trouble((Reply(500, {"success": False, "error": "Server error"}),)),
    "502 or 503 with a web page": Trouble((page(502), page(503))),
    "no answer in time": Trouble((LATE,)),
    "no answer in time, but it was carried out": Trouble((LATE,), commits=True),
    "connection closed without an answer": Trouble((Reply(None),)),
    "body of the answer cut": Trouble((Reply(200, {"success": True, "data": [1, 2, 3]}, {}, cut=True),), commits=True),
    "200 with a web page": Trouble((page(200),), commits=True),
    "403 with a web page, from who stands in between": Trouble((page(403),)),
    "any other 4xx, 501": Trouble(
        tuple(Reply(status, {"success": False, "error": "No"}) for status in (400, 402, 404, 409, 410, 422, 501))
    ),
    "401 with an API token": Trouble((UNAUTHORISED,)),
    "401 with OAuth": Trouble(oauth=True),
    "401 with OAuth, also with a new token": Trouble((UNAUTHORISED,), oauth=True),
    "renewal of a token refused": Trouble(oauth=True, token_replies=(NO_SUCH_GRANT,)),
    "renewal of a token failed: 429, 5xx, no answer": Trouble(
        oauth=True, token_replies=(Reply(429, b""), page(502), Reply(503, {}), Reply(None), LATE)
    ),
}


@contextmanager
def calling(upstream: Upstream, clock: Clock, *, oauth: bool, timeout: float = SECONDS) -> Iterator[Client]:
    upstream.make("Roof")
    upstream.access.add(TOKEN)
    connection = upstream.connected(now=clock.time()) if oauth else server("crm", upstream.url, TOKEN)
    with Client(connection, timeout=timeout, clock=clock) as client:
        yield client


def outcome(upstream: Upstream, clock: Clock, call: Callable[[], Any]) -> str:
    """What becomes of a call, in the words of the table."""
    try:
        call()
    except DealwrightError as error:
        return refusal(error, waited=bool(clock.pauses), asked=len(upstream.served))
    if upstream.refreshes:
        assert upstream.refreshes == 1
        return "renewed later, then sent" if clock.pauses else "renewed, sent again"
    return "sent again" if clock.pauses else "sent once"


def refusal(error: DealwrightError, *, waited: bool, asked: int) -> str:
    kind = f"`{type(error).__name__}`"
    assert not waited
    if isinstance(error, Unauthorized) and error.reconnect:
        assert str(error).endswith("authorise it anew: dealwright connect crm")
        return f"{kind}, says how to go on"
    if isinstance(error, Unavailable) and error.may_have_run:
        assert "may have been made" in str(error)
        return f"{kind}, may have run"
    assert asked == 1
    return f"{kind} at once"


def outcomes(trouble: Trouble, method: str) -> set[str]:
    found = set()
    for reply, token_reply in itertools.product(trouble.replies or (None,), trouble.token_replies or (None,)):
        clock = Clock()
        timeout = SECONDS_FOR_LATE if LATE in (reply, token_reply) else SECONDS
        with standing() as upstream, calling(upstream, clock, oauth=trouble.oauth, timeout=timeout) as client:
            if trouble.oauth:
                upstream.access.clear()
            upstream.commits = trouble.commits
            upstream.trouble = [reply] if reply else []
            upstream.token_trouble = [token_reply] if token_reply else []
            found.add(outcome(upstream, clock, partial(client.run, *CALLS[method])))
            # Whatever happens, nothing is made twice that would not be the same then.
            twice = method in ("PUT", "DELETE") and trouble.commits
            assert len(upstream.changes) <= (2 if twice else 1)
    return found


def without_a_connection(method: str) -> set[str]:
    class Later(Clock):
        def sleep(self, seconds: float, /) -> None:
            super().sleep(seconds)
            upstream.service.listen()

    clock = Later()
    with standing(deaf=True) as upstream, calling(upstream, clock, oauth=False) as client:
        return {outcome(upstream, clock, partial(client.run, *CALLS[method]))}


def of_a_walk(revoke: Callable[[Upstream], None], *, oauth: bool) -> set[str]:
    clock = Clock()
    with standing() as upstream, calling(upstream, clock, oauth=oauth) as client:
        for number in range(6):
            upstream.make(f"Roof {number}")
        given: list[int] = []
        walk = client.iterate("v2.get_deals")
        given += [next(walk)["id"] for _ in range(2)]
        revoke(upstream)
        asked = len(upstream.served)

        def go_on() -> None:
            given.extend(deal["id"] for deal in walk)

        ended = outcome(upstream, clock, go_on) if oauth else unauthorised(go_on)
        if given == [1, 2, 3, 4, 5, 6, 7]:
            assert ended == "renewed, sent again"
            return {"renewed, every item given once"}
        assert given == [1, 2]
        assert len(upstream.served) == asked + 1
        return {f"{ended}, after the items before it"}


def unauthorised(go_on: Callable[[], None]) -> str:
    with pytest.raises(Unauthorized) as caught:
        go_on()
    assert caught.value.reconnect is None
    return "`Unauthorized`"


def access_revoked(upstream: Upstream) -> None:
    upstream.access.clear()


def all_revoked(upstream: Upstream) -> None:
    upstream.access.clear()
    upstream.refresh.clear()


SCENARIOS: dict[str, Callable[[str], set[str]]] = {
    **{name: partial(outcomes, trouble) for name, trouble in TROUBLE.items()},
    "no connection could be made": without_a_connection,
    "API token revoked in the middle of `iterate`": lambda _: of_a_walk(access_revoked, oauth=False),
    "access token revoked in the middle of `iterate`": lambda _: of_a_walk(access_revoked, oauth=True),
    "authorisation revoked in the middle of `iterate`": lambda _: of_a_walk(all_revoked, oauth=True),
}


def table() -> dict[str, tuple[str, str]]:
    """The rows of the table: what happens, and what is done about it with either kind of method."""
    text = (Path(__file__).parents[2] / "docs" / "connector.md").read_text()
    lines = text[text.index("## Retries") :].partition("\n## ")[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    assert rows[0] == ["What happens", "GET, PUT, DELETE", "POST, PATCH"]
    return {name: (first, second) for name, first, second in rows[2:]}


def cells() -> list[tuple[str, str, str]]:
    return [
        (row, method, said)
        for row, both in table().items()
        for methods, said in zip((("GET", "PUT", "DELETE"), ("POST", "PATCH")), both, strict=True)
        for method in (methods if "iterate" not in row else ("GET",))
        if said
    ]


def test_every_row_has_its_scenario() -> None:
    assert set(table()) == set(SCENARIOS)


@pytest.mark.parametrize(("row", "method", "said"), cells())
def test_what_the_table_says_is_done(row: str, method: str, said: str) -> None:
    assert SCENARIOS[row](method) == {said}


def test_a_key_finds_what_was_made_without_an_answer() -> None:
    """The second call finds the record of the first in the list, and makes none."""
    clock = Clock()
    with standing() as upstream, calling(upstream, clock, oauth=True, timeout=SECONDS_FOR_LATE) as client:
        upstream.commits, upstream.trouble = True, [LATE]
        with pytest.raises(Unavailable):
            client.run("v2.post_deals", {"data": {"title": "Order 17"}}, idempotency_key="17", found_by="title")
        clock.pass_by(600)
        again = client.run("v2.post_deals", {"data": {"title": "Order 17"}}, idempotency_key="17", found_by="title")
        assert again["data"]["id"] == 2
        assert [deal["title"] for deal in upstream.deals] == ["Roof", "Order 17"]


def test_a_page_says_who_stands_in_between() -> None:
    with standing() as upstream, calling(upstream, Clock(), oauth=False) as client:
        upstream.trouble = [page(403)]
        with pytest.raises(Unavailable, match=re.escape("a web page titled 'Somebody in between' (HTTP 403)")):
            client.run(*CALLS["GET"])
