"""What is asked of the server, spread over the whole company."""

from __future__ import annotations

import itertools
import random
import re
import threading
import urllib.parse
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import msgspec

from bench import servers
from bench.servers import Ask

TARGETS = 5000
CURSORS = 400
LETTERS = 5
CHANGES = 1000
CONDITIONS = (("status", "=", "open"), ("value", ">", 5000), ("title", "LIKE '%$%'", "renewal"))


def records(port: int, token: str) -> list[Ask]:
    """One deal, lists of 100 in both versions, a new deal; spread over the whole company."""

    pipeline = get(port, token, "/api/v2/pipelines")["data"][0]["id"]
    open_deals = {"pipeline_id": pipeline, "status": "open"}
    deals: list[dict[str, Any]] = []
    cursors: list[str] = []
    page = get(port, token, "/api/v2/deals", **open_deals, limit=500)
    while (cursor := page["additional_data"]["next_cursor"]) and len(cursors) < CURSORS:
        deals += page["data"]
        cursors.append(cursor)
        page = get(port, token, "/api/v2/deals", **open_deals, limit=500, cursor=cursor)
    stage, in_stage = Counter(deal["stage_id"] for deal in deals).most_common(1)[0]
    by_cursor = urllib.parse.urlencode(open_deals | {"limit": 100})
    by_offset = urllib.parse.urlencode({"stage_id": stage, "status": "open", "limit": 100})
    return [
        Ask("get a deal, v2", "GET", [f"/api/v2/deals/{deal['id']}" for deal in random.choices(deals, k=TARGETS)]),
        Ask("list 100 deals, v2", "GET", [f"/api/v2/deals?{by_cursor}&cursor={cursor}" for cursor in cursors[:-1]]),
        Ask(
            "list 100 deals, v1",  # v1 cannot filter by pipeline: by stage and status
            "GET",
            [f"/v1/deals?{by_offset}&start={random.randrange(max(1, in_stage - 100))}" for _ in range(TARGETS)],
        ),
        Ask("create a deal, v2", "POST", ["/api/v2/deals"], '{"title": "Measured deal"}'),
    ]


def capabilities(port: int, token: str) -> list[Ask]:
    """A search, a filtered list, a report and a history, one at a time."""
    deals = [
        deal for page in range(10) for deal in get(port, token, "/v1/deals", start=page * 500, limit=500)["data"] or []
    ]
    words = {word[:LETTERS].lower() for deal in deals for word in re.findall(rf"[^\W\d_]{{{LETTERS},}}", deal["title"])}
    searches = [f"/api/v2/itemSearch?{urllib.parse.urlencode({'term': word, 'limit': 50})}" for word in sorted(words)]
    by_filter = urllib.parse.urlencode({"filter_id": add_filter(port, token), "limit": 100})
    return [
        Ask(f"search {len(searches)} terms, limit 50", "GET", searches, connections=1),
        Ask("list 100 deals by filter, v2", "GET", [f"/api/v2/deals?{by_filter}"], connections=1),
        Ask("summary of open deals", "GET", ["/v1/deals/summary?status=open"], connections=1),
        Ask(f"flow of {CHANGES:,} changes", "GET", [f"/v1/deals/{change_often(port, token)}/flow"], connections=1),
    ]


@contextmanager
def changing(port: int, token: str, ids: Sequence[int], per_second: float) -> Iterator[None]:
    """Changes one deal after the other meanwhile, so often."""
    over = threading.Event()

    def change() -> None:
        for number in itertools.count():
            if over.wait(1 / per_second):
                return
            send(port, token, "PATCH", f"/api/v2/deals/{ids[number % len(ids)]}", {"value": number})

    with ThreadPoolExecutor(1) as threads:
        changes = threads.submit(change)
        try:
            yield
        finally:
            over.set()
            # What went wrong over there makes the figures worth nothing.
            changes.result()


def add_filter(port: int, token: str) -> int:
    """A filter of three conditions; its id."""
    ids = {field["key"]: field["id"] for field in get(port, token, "/v1/dealFields", limit=500)["data"]}
    tests = [
        {"object": "deal", "field_id": ids[key], "operator": operator, "value": value}
        for key, operator, value in CONDITIONS
    ]
    groups = [{"glue": "and", "conditions": tests}, {"glue": "or", "conditions": []}]
    asked = {"name": "Measured", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    id: int = send(port, token, "POST", "/v1/filters", asked)["data"]["id"]
    return id


def change_often(port: int, token: str) -> int:
    """A deal that has changed so many times; its id."""
    id: int = send(port, token, "POST", "/api/v2/deals", {"title": "Changed deal"})["data"]["id"]
    for number in range(CHANGES):
        send(port, token, "PATCH", f"/api/v2/deals/{id}", {"value": number + 1})
    return id


def get(port: int, token: str, path: str, **query: object) -> Any:
    """An answer as JSON."""
    return send(port, token, "GET", f"{path}?{urllib.parse.urlencode(query)}")


def send(port: int, token: str, method: str, path: str, body: object = None) -> Any:
    """An answer as JSON. Raises RuntimeError for anything but a success."""
    answer = servers.ask(port, method, path, token, "" if body is None else msgspec.json.encode(body).decode())
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path} answered {answer.status}: {answer.body[:200]!r}")
    return msgspec.json.decode(answer.body)
