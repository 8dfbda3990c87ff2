"""Several processes that serve one company: what one of them does holds for all."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.storage.platform import Platform
from dealwright.storage.tables import changes
from tests.conftest import DATABASES, empty_postgres_database
from tests.remote import Connection, Served, connections, served

CONNECTIONS = 12
ROUNDS = 6


@pytest.fixture(scope="module", params=DATABASES)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Served]]:
    """A platform that two workers serve."""
    if request.param == "sqlite":
        location = str(tmp_path_factory.mktemp("workers") / "platform")
        with served(location, "--workers", "2") as server:
            yield location, server
    else:
        with empty_postgres_database() as location, served(location, "--workers", "2") as server:
            yield location, server


def workers(server: Served) -> list[int]:
    """The processes below the one that was started which hold the listening socket."""
    tasks = Path(f"/proc/{server.process.pid}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def test_settings_made_through_one_are_seen_through_all(place: tuple[str, Served]) -> None:
    _, server = place
    with connections(server, CONNECTIONS) as everyone:
        for connection in everyone:
            assert len(connection.call("GET", "/v1/stages")) >= 5
        for number, maker in enumerate(everyone[:3]):
            stage = maker.call("POST", "/api/v2/stages", {"name": f"Stage {number}", "pipeline_id": 1})["id"]
            key = maker.call("POST", "/v1/dealFields", {"name": f"Field {number}", "field_type": "double"})["key"]
            for connection in everyone:
                assert stage in [one["id"] for one in connection.call("GET", "/v1/stages")]
                deal = connection.call("POST", "/v1/deals", {"title": "Deal", "stage_id": stage, key: 7})
                assert (deal["stage_id"], deal[key]) == (stage, 7)


def test_changes_at_the_same_time_lose_nothing(place: tuple[str, Served]) -> None:
    location, server = place
    with connections(server, CONNECTIONS) as everyone, ThreadPoolExecutor(CONNECTIONS) as threads:
        names = [f"Value {number}" for number in range(CONNECTIONS)]
        fields = [{"name": name, "field_type": "double"} for name in names]
        # Their keys and places are given out one after the other, too.
        made = list(threads.map(lambda one, field: one.call("POST", "/v1/dealFields", field), everyone, fields))
        keys = [field["key"] for field in made]
        assert len({field["order_nr"] for field in made}) == len(set(keys)) == CONNECTIONS
        id = everyone[0].call("POST", "/v1/deals", {"title": "Deal"})["id"]

        def change(connection: Connection, key: str, number: int) -> None:
            for value in range(ROUNDS):
                if number % 2:
                    connection.call("PUT", f"/v1/deals/{id}", {key: value + 1})
                else:
                    connection.call("PATCH", f"/api/v2/deals/{id}", {"custom_fields": {key: value + 1}})

        list(threads.map(change, everyone, keys, range(CONNECTIONS)))
        for connection in everyone:
            assert (
                connection.call("GET", f"/api/v2/deals/{id}")["custom_fields"].items()
                >= dict.fromkeys(keys, ROUNDS).items()
            )
    platform = Platform(location)
    with platform.companies()[0].database.read() as db:
        of_deal = (changes.c.object == "deal") & (changes.c.record_id == id)
        logged = db.values(sa.select(changes.c.action).where(of_deal))
    platform.close()
    assert sorted(logged) == ["create"] + ["update"] * CONNECTIONS * ROUNDS


def test_counts_are_right_when_many_add_at_once(place: tuple[str, Served]) -> None:
    _, server = place
    with connections(server, CONNECTIONS) as everyone, ThreadPoolExecutor(CONNECTIONS) as threads:
        org = everyone[0].call("POST", "/v1/organizations", {"name": "Acme"})["id"]
        contacts = [{"name": f"Person {number}", "org_id": org} for number in range(CONNECTIONS)]
        people = list(threads.map(lambda one, body: one.call("POST", "/v1/persons", body)["id"], everyone, contacts))
        deals = [{"title": "Deal", "person_id": id} for id in people]
        for done in range(1, ROUNDS + 1):
            list(threads.map(lambda one, body: one.call("POST", "/v1/deals", body), everyone, deals))
            counted = everyone[0].call("GET", f"/v1/organizations/{org}")
            assert (counted["people_count"], counted["related_open_deals_count"]) == (CONNECTIONS, done * CONNECTIONS)
        assert everyone[0].call("GET", f"/v1/persons/{people[0]}")["open_deals_count"] == ROUNDS


def test_there_are_two_workers_and_both_answer(place: tuple[str, Served]) -> None:
    _, server = place

    def connected() -> set[int]:
        return {pid for pid in workers(server) if sockets(pid) > before[pid]}

    def sockets(pid: int) -> int:
        return sum(1 for fd in Path(f"/proc/{pid}/fd").iterdir() if fd.is_symlink() and "socket" in str(fd.readlink()))

    if not Path(f"/proc/{server.process.pid}/task").is_dir():
        pytest.skip("this system does not tell about its processes")
    before = {pid: sockets(pid) for pid in workers(server)}
    with connections(server, 40) as everyone, ThreadPoolExecutor(40) as threads:
        list(threads.map(lambda one: one.call("GET", "/api/v2/deals?limit=1"), everyone))
        assert len(connected()) == 2
