"""Measures clients that write at the same time, on SQLite and on PostgreSQL, each with two server processes.

    make bench-writers

With deals of one organization, or changes of few deals, writers meet at the same rows.
"""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from tests.conftest import empty_postgres_database
from tests.server_process import Connection, open_connections, run_two_servers

CLIENTS = 8
SECONDS = 4
ORGANIZATIONS = 50
DEALS = 200
HEADING = f"\n{'writes per second':<52}{f'{CLIENTS} clients':>12}{'1 client':>12}"

Write = Callable[[Connection, random.Random], object]


def main() -> int:
    """Prints the tables."""
    with tempfile.TemporaryDirectory() as folder:
        measure("SQLite", f"{folder}/platform")
    with empty_postgres_database() as url:
        measure("PostgreSQL", url)
    return 0


def measure(name: str, location: str) -> None:
    """Prints the table of one database."""
    print(f"\n{name}{HEADING}")
    with run_two_servers(location) as servers, ExitStack() as opened:
        with open_connections(servers[0], 1) as (connection,):
            writes = prepare(connection)
        connections = [
            connection
            for server in servers
            for connection in opened.enter_context(open_connections(server, CLIENTS // 2))
        ]
        for what, write in writes.items():
            many, one = writes_per_second(connections, write), writes_per_second(connections[:1], write)
            print(f"{what:<52}{many:>12,.0f}{one:>12,.0f}", flush=True)


def prepare(connection: Connection) -> dict[str, Write]:
    """Adds what the writes are about; returns them by name."""

    def add(path: str, body: object) -> Any:
        return connection.call("POST", path, body)

    fields = {
        add("/api/v2/dealFields", {"field_name": f"Measured {type}", "field_type": type})["field_code"]: value
        for type, value in (("varchar", "Text"), ("double", 1.5))
    }
    links = []
    for number in range(ORGANIZATIONS):
        organization = add("/api/v2/organizations", {"name": f"Organization {number}"})["id"]
        person = add("/api/v2/persons", {"name": f"Person {number}", "org_id": organization})["id"]
        links.append({"org_id": organization, "person_id": person})
    deals = [add("/api/v2/deals", {"title": f"Deal {number}"})["id"] for number in range(DEALS)]

    def create(connection: Connection, body: dict[str, object]) -> object:
        return connection.call("POST", "/api/v2/deals", {"title": "Deal", **body})

    return {
        "create a deal without links": lambda one, _: create(one, {}),
        f"create a deal of one of {ORGANIZATIONS} organizations, as people do": lambda one, chance: create(
            one, {**chance.choice(links), "custom_fields": fields}
        ),
        "create a deal of always the same organization": lambda one, _: create(one, links[0]),
        f"change the value of one of {DEALS} deals": lambda one, chance: one.call(
            "PATCH", f"/api/v2/deals/{chance.choice(deals)}", {"value": chance.randrange(10**6)}
        ),
    }


def writes_per_second(connections: list[Connection], write: Write) -> float:
    """Returns how many writes a second all connections make together."""
    end = threading.Event()

    def work(connection: Connection, seed: int) -> int:
        chance, number = random.Random(seed), 0
        while not end.is_set():
            write(connection, chance)
            number += 1
        return number

    with ThreadPoolExecutor(len(connections)) as threads:
        began = time.monotonic()
        working = [threads.submit(work, one, seed) for seed, one in enumerate(connections)]
        time.sleep(SECONDS)
        end.set()
        total = sum(one.result() for one in working)
        return total / (time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
