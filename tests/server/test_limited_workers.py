"""Limits of a server with several processes: their counts are shared, and outlive them."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dealwright.storage import token_usage
from dealwright.storage.platform import Platform
from tests.sandbox import START_TIMEOUT_SECONDS
from tests.server.test_workers import WORKERS, connect_to_worker, worker_pids
from tests.server_process import Connection, ServerProcess, open_connections, run_server

CONNECTIONS = 8
REQUESTS_PER_CONNECTION = 15
BUDGET = 30_000
WINDOW_SECONDS, MAX_REQUESTS = 2, 20
# In this time zone it is about noon, so that no test runs into the next day.
TIME_ZONE = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"
PLAN_OPTIONS = ("--plan", "lite", "--time-zone", TIME_ZONE)
COST = 10


class ResponseSummary(NamedTuple):
    """The status of an answer, and the tokens left after it."""

    status: int
    tokens_left: int


def request_stages(connection: Connection) -> ResponseSummary:
    """Sends a request that costs 10 tokens."""
    connection.connection.request("GET", "/v1/stages", headers={"x-api-token": connection.token})
    response = connection.connection.getresponse()
    response.read()
    return ResponseSummary(response.status, int(response.headers["x-daily-ratelimit-token-remaining"]))


def read_used_tokens(location: str) -> int:
    """Returns the used tokens that are recorded in the database."""
    platform = Platform(location)
    try:
        return token_usage.get_tokens_spent(platform, 1, datetime.now(ZoneInfo(TIME_ZONE)).date())
    finally:
        platform.close()


def test_workers_count_together(location: str) -> None:
    with run_server(location, "--workers", str(WORKERS), *PLAN_OPTIONS) as server:
        one, other = worker_pids(server)
        request_count = 0
        for worker in (one, other, one, other):
            with connect_to_worker(server, worker) as connection:
                for _ in range(3):
                    request_count += 1
                    assert request_stages(connection) == (200, BUDGET - request_count * COST)
        # The counts of a worker outlive it.
        os.kill(one, signal.SIGKILL)
        wait_for_replacement(server, one)
        with open_connections(server, 1) as (connection,):
            assert request_stages(connection) == (200, BUDGET - (request_count + 1) * COST)


def wait_for_replacement(server: ServerProcess, killed: int) -> None:
    """Waits until the killed worker has been replaced."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        # A process may end after it was listed and before its command line is read.
        with contextlib.suppress(OSError):
            if killed not in worker_pids(server):
                return
        time.sleep(0.01)
    raise AssertionError("no other worker was started")


def test_no_window_exceeds_its_limit(location: str) -> None:
    with run_server(location, "--workers", str(WORKERS), *PLAN_OPTIONS) as server:
        worker_pids(server)
        responses, seconds = send_many_requests(server)
        admitted = sum(one.status == 200 for one in responses)
        assert {one.status for one in responses} <= {200, 429}
        assert MAX_REQUESTS <= admitted <= MAX_REQUESTS * (seconds // WINDOW_SECONDS + 1)
        assert min(one.tokens_left for one in responses) == BUDGET - admitted * COST
        server.process.terminate()
        server.process.wait()
    assert read_used_tokens(location) == admitted * COST


def send_many_requests(server: ServerProcess) -> tuple[list[ResponseSummary], float]:
    """Sends requests as fast as possible; returns the answers and the seconds that it took."""
    with open_connections(server, CONNECTIONS) as all_connections, ThreadPoolExecutor(CONNECTIONS) as threads:
        began = time.monotonic()
        responses = list(
            threads.map(
                lambda connection: [request_stages(connection) for _ in range(REQUESTS_PER_CONNECTION)], all_connections
            )
        )
        return [one for batch in responses for one in batch], time.monotonic() - began


def test_recorded_usage_survives_a_kill(location: str) -> None:
    with run_server(location, *PLAN_OPTIONS) as server, open_connections(server, 1) as (connection,):
        admitted = 0
        deadline = time.monotonic() + 60
        while not read_used_tokens(location) and time.monotonic() < deadline:
            admitted += request_stages(connection).status == 200
        server.process.kill()
        server.process.wait()
    recorded = read_used_tokens(location)
    assert 0 < recorded <= admitted * COST
    with run_server(location, *PLAN_OPTIONS) as server, open_connections(server, 1) as (connection,):
        assert request_stages(connection) == (200, BUDGET - recorded - COST)
