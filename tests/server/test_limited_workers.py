"""Limits of a server with several processes: they count together, and what is spent outlives them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dealwright.storage import spending
from dealwright.storage.platform import Platform
from tests.remote import Connection, Served, connections, served
from tests.sandbox import START_SECONDS
from tests.server.test_workers import WORKERS, only, workers

CONNECTIONS = 8
EACH = 15
BUDGET = 30_000
WINDOW, MOST = 2, 20
# Here it is about noon: no test goes on into the next day.
ZONE = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
LITE = ("--plan", "lite", "--time-zone", ZONE)
COST = 10


class Heard(NamedTuple):
    """What matters of an answer."""

    status: int
    left: int


def ask(connection: Connection) -> Heard:
    """Asks for something that costs 10 tokens."""
    connection.connection.request("GET", "/v1/stages", headers={"x-api-token": connection.token})
    response = connection.connection.getresponse()
    response.read()
    return Heard(response.status, int(response.headers["x-daily-ratelimit-token-remaining"]))


def written(location: str) -> int:
    """What the database knows of that was spent."""
    platform = Platform(location)
    try:
        return spending.spent(platform, 1, datetime.now(ZoneInfo(ZONE)).date())
    finally:
        platform.close()


def test_workers_count_together(location: str) -> None:
    with served(location, "--workers", str(WORKERS), *LITE) as server:
        one, other = workers(server)
        asked = 0
        for worker in (one, other, one, other):
            with only(server, worker) as connection:
                for _ in range(3):
                    asked += 1
                    assert ask(connection) == (200, BUDGET - asked * COST)
        # What a worker has counted does not die with it.
        os.kill(one, signal.SIGKILL)
        wait_for_another(server, one)
        with connections(server, 1) as (connection,):
            assert ask(connection) == (200, BUDGET - (asked + 1) * COST)


def wait_for_another(server: Served, killed: int) -> None:
    """Until there are two workers again."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        # A process may be gone between being told of and being looked at.
        with contextlib.suppress(OSError):
            if killed not in workers(server):
                return
        time.sleep(0.01)
    raise AssertionError("no other worker was started")


def test_no_window_is_overfull(location: str) -> None:
    with served(location, "--workers", str(WORKERS), *LITE) as server:
        workers(server)
        heard, seconds = hammer(server)
        admitted = sum(one.status == 200 for one in heard)
        assert {one.status for one in heard} <= {200, 429}
        assert MOST <= admitted <= MOST * (seconds // WINDOW + 1)
        assert min(one.left for one in heard) == BUDGET - admitted * COST
        server.process.terminate()
        server.process.wait()
    assert written(location) == admitted * COST


def hammer(server: Served) -> tuple[list[Heard], float]:
    """Asks as often as it can; what it heard, and how long that took."""
    with connections(server, CONNECTIONS) as everyone, ThreadPoolExecutor(CONNECTIONS) as threads:
        began = time.monotonic()
        heard = list(threads.map(lambda connection: [ask(connection) for _ in range(EACH)], everyone))
        return [one for those in heard for one in those], time.monotonic() - began


def test_what_was_written_down_survives_a_kill(location: str) -> None:
    with served(location, *LITE) as server, connections(server, 1) as (connection,):
        admitted = 0
        deadline = time.monotonic() + 60
        while not written(location) and time.monotonic() < deadline:
            admitted += ask(connection).status == 200
        server.process.kill()
        server.process.wait()
    kept = written(location)
    assert 0 < kept <= admitted * COST
    with served(location, *LITE) as server, connections(server, 1) as (connection,):
        assert ask(connection) == (200, BUDGET - kept - COST)
