"""The requests that are measured, spread over the whole company."""

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
from datetime import date, timedelta
from typing import Any

import msgspec

from bench import servers
from bench.servers import Scenario

TARGETS = 5000
CURSORS = 400
LETTERS = 5
CHANGES = 1000
PROJECTS = 10_000
CONDITIONS = (("status", "=", "open"), ("value", ">", 5000), ("title", "LIKE '%$%'", "renewal"))


def crud_scenarios(port: int, token: str) -> list[Scenario]:
    """Returns requests of one deal, of lists of 100 in both versions, and of a new deal, all over the company."""

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
        Scenario("get a deal, v2", "GET", [f"/api/v2/deals/{deal['id']}" for deal in random.choices(deals, k=TARGETS)]),
        Scenario(
            "list 100 deals, v2", "GET", [f"/api/v2/deals?{by_cursor}&cursor={cursor}" for cursor in cursors[:-1]]
        ),
        Scenario(
            "list 100 deals, v1",  # v1 cannot filter by pipeline: by stage and status
            "GET",
            [f"/v1/deals?{by_offset}&start={random.randrange(max(1, in_stage - 100))}" for _ in range(TARGETS)],
        ),
        Scenario("create a deal, v2", "POST", ["/api/v2/deals"], '{"title": "Measured deal"}'),
    ]


def query_scenarios(port: int, token: str) -> list[Scenario]:
    """Returns a search, a filtered list, a report and a history, one at a time."""
    deals = [
        deal for page in range(10) for deal in get(port, token, "/v1/deals", start=page * 500, limit=500)["data"] or []
    ]
    words = {word[:LETTERS].lower() for deal in deals for word in re.findall(rf"[^\W\d_]{{{LETTERS},}}", deal["title"])}
    searches = [f"/api/v2/itemSearch?{urllib.parse.urlencode({'term': word, 'limit': 50})}" for word in sorted(words)]
    by_filter = urllib.parse.urlencode({"filter_id": create_filter(port, token), "limit": 100})
    return [
        Scenario(f"search {len(searches)} terms, limit 50", "GET", searches, connections=1),
        Scenario("list 100 deals by filter, v2", "GET", [f"/api/v2/deals?{by_filter}"], connections=1),
        Scenario("summary of open deals", "GET", ["/v1/deals/summary?status=open"], connections=1),
        Scenario("result of a goal, a quarter", "GET", [goal_results(port, token)], connections=1),
        Scenario(
            f"flow of {CHANGES:,} changes", "GET", [f"/v1/deals/{create_changed_deal(port, token)}/flow"], connections=1
        ),
        Scenario(
            f"board of {PROJECTS:,} projects, 500 of a phase",
            "GET",
            [f"/api/v2/projects?phase_id={phase}&limit=500" for phase in create_board(port, token)],
            connections=1,
        ),
    ]


@contextmanager
def background_changes(port: int, token: str, ids: Sequence[int], per_second: float) -> Iterator[None]:
    """Changes one deal after the other, so often a second, during the block."""
    stop = threading.Event()

    def change() -> None:
        for number in itertools.count():
            if stop.wait(1 / per_second):
                return
            send(port, token, "PATCH", f"/api/v2/deals/{ids[number % len(ids)]}", {"title": f"Changed {number}"})

    with ThreadPoolExecutor(1) as threads:
        changes = threads.submit(change)
        try:
            yield
        finally:
            stop.set()
            # An error in the other thread makes the figures worthless.
            changes.result()


def create_filter(port: int, token: str) -> int:
    """Creates a filter of three conditions; returns its id."""
    ids = {field["key"]: field["id"] for field in get(port, token, "/v1/dealFields", limit=500)["data"]}
    tests = [
        {"object": "deal", "field_id": ids[key], "operator": operator, "value": value}
        for key, operator, value in CONDITIONS
    ]
    groups = [{"glue": "and", "conditions": tests}, {"glue": "or", "conditions": []}]
    body = {"name": "Measured", "type": "deals", "conditions": {"glue": "and", "conditions": groups}}
    id: int = send(port, token, "POST", "/v1/filters", body)["data"]["id"]
    return id


def goal_results(port: int, token: str) -> str:
    """Sets the goal of revenue for the whole company; returns the path to what it has come to in the last quarter."""
    today = date.today()
    body = {
        "type": {"name": "deals_won"},
        "assignee": {"type": "company", "id": get(port, token, "/v1/users/me")["data"]["company_id"]},
        "expected_outcome": {"target": 1_000_000, "tracking_metric": "sum"},
        "duration": {"start": "2000-01-01"},
        "interval": "quarterly",
    }
    id = send(port, token, "POST", "/v1/goals", body)["data"]["goal"]["id"]
    first = (today - timedelta(days=90)).isoformat()
    return f"/v1/goals/{id}/results?period.start={first}&period.end={today.isoformat()}"


def create_changed_deal(port: int, token: str) -> int:
    """Creates a deal and changes it `CHANGES` times; returns its id."""
    id: int = send(port, token, "POST", "/api/v2/deals", {"title": "Changed deal"})["data"]["id"]
    for number in range(CHANGES):
        send(port, token, "PATCH", f"/api/v2/deals/{id}", {"value": number + 1})
    return id


def create_board(port: int, token: str) -> list[int]:
    """Creates a board with `PROJECTS` projects, which are spread over four phases; returns the ids of the phases."""
    board = send(port, token, "POST", "/api/v2/boards", {"name": "Measured"})["data"]["id"]
    phases = [
        send(port, token, "POST", "/api/v2/phases", {"name": f"Phase {number}", "board_id": board})["data"]["id"]
        for number in range(4)
    ]
    deals = itertools.cycle(deal["id"] for deal in get(port, token, "/api/v2/deals", limit=500)["data"])
    for number in range(PROJECTS):
        body = {"title": f"Project {number}", "phase_id": phases[number % 4], "deal_ids": [next(deals)]}
        send(port, token, "POST", "/api/v2/projects", body)
    return phases


def encode(body: object) -> str:
    """Returns a body as JSON."""
    return msgspec.json.encode(body).decode()


def get(port: int, token: str, path: str, **query: object) -> Any:
    """Returns the decoded answer to a GET. Raises RuntimeError for anything but a success."""
    return send(port, token, "GET", f"{path}?{urllib.parse.urlencode(query)}")


def send(port: int, token: str, method: str, path: str, body: object = None) -> Any:
    """Sends a request and returns the decoded answer. Raises RuntimeError for anything but a success."""
    answer = servers.send_request(port, method, path, token, "" if body is None else encode(body))
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path} answered {answer.status}: {answer.body[:200]!r}")
    return msgspec.json.decode(answer.body)
