"""Several processes that serve one company: a change by one of them is effective in all."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.storage.platform import Platform
from dealwright.storage.tables import changes
from tests.conftest import DATABASES, empty_postgres_database
from tests.sandbox import START_TIMEOUT_SECONDS
from tests.server_process import Connection, ServerProcess, open_connections, run_server

WORKERS = 2
CONNECTIONS = 12
ROUNDS = 6


@pytest.fixture(scope="module", params=DATABASES)
def served_platform(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, ServerProcess]]:
    """Yields a platform that two workers serve."""
    if request.param == "sqlite":
        location = str(tmp_path_factory.mktemp("workers") / "platform")
        with run_server(location, "--workers", str(WORKERS)) as server:
            yield location, server
    else:
        with empty_postgres_database() as location, run_server(location, "--workers", str(WORKERS)) as server:
            yield location, server


def command_line(pid: str) -> bytes:
    """Returns the command line of a process; nothing for one that has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def worker_pids(server: ServerProcess) -> list[int]:
    """Returns the worker processes. Waits for them, because the server reports that it is ready while they start."""
    tasks = Path(f"/proc/{server.process.pid}/task")
    if not tasks.is_dir():
        pytest.skip("this system has no /proc")
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        children = [pid for children in tasks.glob("*/children") for pid in children.read_text().split()]
        found = [int(pid) for pid in children if b"spawn_main" in command_line(pid)]
        if len(found) == WORKERS:
            return found
        time.sleep(0.01)
    raise AssertionError(f"there are not {WORKERS} workers")


@contextmanager
def connect_to_worker(server: ServerProcess, worker: int) -> Iterator[Connection]:
    """Yields a connection to one of the workers, while the others are suspended."""
    others = [pid for pid in worker_pids(server) if pid != worker]
    for pid in others:
        os.kill(pid, signal.SIGSTOP)
    try:
        with open_connections(server, 1) as (connection,):
            yield connection
    finally:
        for pid in others:
            os.kill(pid, signal.SIGCONT)


def test_settings_made_through_one_are_seen_through_all(served_platform: tuple[str, ServerProcess]) -> None:
    _, server = served_platform
    one, other = worker_pids(server)
    for maker, user in ((one, other), (other, one), (one, other)):
        with connect_to_worker(server, user) as connection:
            stage_count = len(connection.call("GET", "/v1/stages"))
        with connect_to_worker(server, maker) as connection:
            stage = connection.call("POST", "/api/v2/stages", {"name": "Stage", "pipeline_id": 1})["id"]
            key = connection.call("POST", "/v1/dealFields", {"name": "Field", "field_type": "double"})["key"]
        with connect_to_worker(server, user) as connection:
            assert len(connection.call("GET", "/v1/stages")) == stage_count + 1
            deal = connection.call("POST", "/v1/deals", {"title": "Deal", "stage_id": stage, key: 7})
            assert (deal["stage_id"], deal[key]) == (stage, 7)
        with connect_to_worker(server, maker) as connection:
            assert connection.call("GET", f"/v1/deals/{deal['id']}")[key] == 7


def test_changes_at_the_same_time_lose_nothing(served_platform: tuple[str, ServerProcess]) -> None:
    location, server = served_platform
    with open_connections(server, CONNECTIONS) as all_connections, ThreadPoolExecutor(CONNECTIONS) as threads:
        names = [f"Value {number}" for number in range(CONNECTIONS)]
        fields = [{"name": name, "field_type": "double"} for name in names]
        # Their keys and positions are assigned one after the other, too.
        made = list(threads.map(lambda one, field: one.call("POST", "/v1/dealFields", field), all_connections, fields))
        keys = [field["key"] for field in made]
        assert len({field["order_nr"] for field in made}) == len(set(keys)) == CONNECTIONS
        id = all_connections[0].call("POST", "/v1/deals", {"title": "Deal"})["id"]

        def change(connection: Connection, key: str, number: int) -> None:
            for value in range(ROUNDS):
                if number % 2:
                    connection.call("PUT", f"/v1/deals/{id}", {key: value + 1})
                else:
                    connection.call("PATCH", f"/api/v2/deals/{id}", {"custom_fields": {key: value + 1}})

        list(threads.map(change, all_connections, keys, range(CONNECTIONS)))
        for connection in all_connections:
            assert (
                connection.call("GET", f"/api/v2/deals/{id}")["custom_fields"].items()
                >= dict.fromkeys(keys, ROUNDS).items()
            )
    platform = Platform(location)
    with platform.list_companies()[0].database.read() as db:
        of_deal = (changes.c.object == "deal") & (changes.c.record_id == id)
        logged = db.values(sa.select(changes.c.action).where(of_deal))
    platform.close()
    assert sorted(logged) == ["create"] + ["update"] * CONNECTIONS * ROUNDS


def test_counts_are_right_when_many_add_at_once(served_platform: tuple[str, ServerProcess]) -> None:
    _, server = served_platform
    with open_connections(server, CONNECTIONS) as all_connections, ThreadPoolExecutor(CONNECTIONS) as threads:
        org = all_connections[0].call("POST", "/v1/organizations", {"name": "Acme"})["id"]
        contacts = [{"name": f"Person {number}", "org_id": org} for number in range(CONNECTIONS)]
        people = list(
            threads.map(lambda one, body: one.call("POST", "/v1/persons", body)["id"], all_connections, contacts)
        )
        deals = [{"title": "Deal", "person_id": id} for id in people]
        for done in range(1, ROUNDS + 1):
            list(threads.map(lambda one, body: one.call("POST", "/v1/deals", body), all_connections, deals))
            counted = all_connections[0].call("GET", f"/v1/organizations/{org}")
            assert (counted["people_count"], counted["related_open_deals_count"]) == (CONNECTIONS, done * CONNECTIONS)
        assert all_connections[0].call("GET", f"/v1/persons/{people[0]}")["open_deals_count"] == ROUNDS


def test_changes_that_wait_for_each_other_all_succeed(served_platform: tuple[str, ServerProcess]) -> None:
    _, server = served_platform
    with open_connections(server, CONNECTIONS) as all_connections, ThreadPoolExecutor(CONNECTIONS) as threads:
        first = all_connections[0]
        orgs = [first.call("POST", "/v1/organizations", {"name": name})["id"] for name in "AB"]
        people = [first.call("POST", "/v1/persons", {"name": name})["id"] for name in "CDE"]
        deals = [first.call("POST", "/v1/deals", {"title": name})["id"] for name in "FG"]

        def update_links(connection: Connection, number: int) -> None:
            for step in range(number, number + ROUNDS):
                links = {"person_id": people[step % 3], "org_id": orgs[step // 2 % 2]}
                connection.call("PATCH", f"/api/v2/deals/{deals[step % 2]}", links)
                connection.call("PATCH", f"/api/v2/persons/{people[-step % 3]}", {"org_id": orgs[step % 2]})

        list(threads.map(update_links, all_connections, range(CONNECTIONS)))
        left = [first.call("GET", f"/api/v2/deals/{id}") for id in deals]
        for id in people:
            own = sum(deal["person_id"] == id for deal in left)
            assert first.call("GET", f"/v1/persons/{id}")["open_deals_count"] == own
        for id in orgs:
            counted = first.call("GET", f"/v1/organizations/{id}")
            assert counted["open_deals_count"] == sum(deal["org_id"] == id for deal in left)
            assert counted["people_count"] == len(first.call("GET", f"/v1/organizations/{id}/persons") or [])
