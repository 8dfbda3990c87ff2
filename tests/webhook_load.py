"""Many changes at once for a webhook whose receiver often fails and whose workers are killed: the deliveries.

A server takes the changes and leaves the jobs to workers, which are processes of their own. The receiver refuses a fifth of
what it is sent, at random, but no event more than three times: after four attempts the vendor's rules give up. While events
come in, workers are killed without warning and replaced.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from subprocess import Popen
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from dealwright.crm.kernel.outbound_policy import REACH_VARIABLE
from dealwright.crm.values.formats import parse_time
from dealwright.jobs.webhooks.delivery import RETRIES_VARIABLE
from dealwright.storage.platform import Platform
from dealwright.storage.tables import webhook_deliveries
from tests.jobs.processes import run_worker
from tests.receiver import ReceivedRequest, Receiver, run_receiver
from tests.server_process import Connection, ServerProcess, open_connections, run_server

THREADS = 4
REFUSED_SHARE = 0.2
MAX_REFUSALS = 3
RETRIES = "0.2,0.4,0.6"
"""Seconds between the attempts, where the vendor waits for 3, 30 and 150."""

HEARTBEAT_OPTIONS = ("--silence", "5")
"""A slow worker on a busy machine must not be considered dead, or two would deliver events of one record at a time."""

WAIT_TIMEOUT_SECONDS = 900


class _Data(msgspec.Struct):
    id: int
    value: float


class _Meta(msgspec.Struct):
    id: str
    timestamp: str


class _Body(msgspec.Struct):
    """The members of a delivered body that the load test reads."""

    data: _Data
    meta: _Meta


class AcceptedDelivery(NamedTuple):
    """A request that the receiver accepted: its time, the message and its time, the record and its state."""

    received_at: float
    message_id: str
    changed_at: float
    record_id: int
    value: int


class LoadTestReport(NamedTuple):
    """The result of a load test."""

    expected_count: int
    accepted: list[AcceptedDelivery]
    refused_count: int
    state_counts: Mapping[str, int]
    first_change: float
    last_change: float

    @property
    def events(self) -> set[tuple[int, int]]:
        """The events delivered at least once, as records and their states."""
        return {(one.record_id, one.value) for one in self.accepted}

    @property
    def repeated_count(self) -> int:
        """The number of repeated deliveries."""
        return len(self.accepted) - len({one.message_id for one in self.accepted})

    def out_of_order(self) -> list[AcceptedDelivery]:
        """Returns the deliveries that followed one of a later event of the same record."""
        newest: dict[int, int] = defaultdict(int)
        late = []
        for one in self.accepted:
            if one.value < newest[one.record_id]:
                late.append(one)
            newest[one.record_id] = max(newest[one.record_id], one.value)
        return late

    def delays(self) -> list[float]:
        """Returns the seconds from each event to its first delivery, sorted."""
        first: dict[str, float] = {}
        for one in self.accepted:
            first.setdefault(one.message_id, one.received_at - one.changed_at)
        return sorted(first.values())


class _FlakyReceiver:
    """Refuses some requests, and records those that it accepts."""

    def __init__(self, share: float) -> None:
        self.accepted: list[AcceptedDelivery] = []
        self.refused_count = 0
        self._refused_share = share
        self._refusals: Counter[str] = Counter()
        self._random = random.Random(7)
        self._lock = threading.Lock()

    def __call__(self, received: ReceivedRequest) -> int:
        with self._lock:
            return self._choose_status(received)

    def _choose_status(self, received: ReceivedRequest) -> int:
        body = msgspec.json.decode(received.content, type=_Body)
        id = body.meta.id
        if self._random.random() < self._refused_share and self._refusals[id] < MAX_REFUSALS:
            self._refusals[id] += 1
            self.refused_count += 1
            return 503
        changed_at = parse_time(body.meta.timestamp.replace("T", " ").rstrip("Z")).timestamp()
        self.accepted.append(AcceptedDelivery(time.time(), id, changed_at, body.data.id, int(body.data.value)))
        return 200


def run_load_test(
    location: str,
    *,
    changes: int,
    records: int,
    workers: int,
    kills: int,
    refused_share: float = REFUSED_SHARE,
    per_second: float | None = None,
) -> LoadTestReport:
    """Makes changes to records, as fast as possible unless ``per_second`` is given, and waits for all deliveries."""
    flaky = _FlakyReceiver(refused_share)
    with ExitStack() as running:
        receiver = running.enter_context(run_receiver())
        receiver.get_status = flaky
        running.enter_context(_environment_variables({REACH_VARIABLE: "loopback", RETRIES_VARIABLE: RETRIES}))
        server = running.enter_context(run_server(location, "--no-jobs"))
        _subscribe(server, receiver)
        processes = [running.enter_context(run_worker(location, *HEARTBEAT_OPTIONS)) for _ in range(workers)]
        with ThreadPoolExecutor(1) as threads:
            began = time.time()
            changing = threads.submit(_make_changes, server, changes, records, per_second)
            for number in range(kills):
                _wait_until(lambda number=number: len(flaky.accepted) >= changes * (number + 1) // (kills + 2))
                _kill(processes, number % workers)
                processes[number % workers] = running.enter_context(run_worker(location, *HEARTBEAT_OPTIONS))
            expected = changing.result()
            ended = time.time()
        _wait_until(lambda: len({one.message_id for one in flaky.accepted}) >= len(expected))
        _wait_until(lambda: "waiting" not in _count_states(location))
        states = _count_states(location)
    accepted = flaky.accepted
    assert {(one.record_id, one.value) for one in accepted} <= expected
    return LoadTestReport(len(expected), accepted, flaky.refused_count, states, began, ended)


def _subscribe(server: ServerProcess, receiver: Receiver) -> None:
    body = {"subscription_url": f"{receiver.url}/hook", "event_action": "*", "event_object": "deal"}
    with open_connections(server, 1) as (connection,):
        connection.call("POST", "/v1/webhooks", body)


def _make_changes(server: ServerProcess, changes: int, records: int, per_second: float | None) -> set[tuple[int, int]]:
    """Adds records and changes them, over several connections at a time; returns every state of every record."""
    began = time.monotonic()

    def work(connection: Connection) -> set[tuple[int, int]]:
        states: set[tuple[int, int]] = set()
        ids = [connection.call("POST", "/api/v2/deals", {"title": "Deal", "value": 1})["id"] for _ in range(share)]
        states.update((id, 1) for id in ids)
        value = 1
        while len(states) < changes // THREADS:
            value += 1
            for id in ids[: changes // THREADS - len(states)]:
                if per_second:
                    due = began + len(states) * THREADS / per_second
                    time.sleep(max(0.0, due - time.monotonic()))
                connection.call("PATCH", f"/api/v2/deals/{id}", {"value": value})
                states.add((id, value))
        return states

    share = records // THREADS
    with open_connections(server, THREADS) as all_connections, ThreadPoolExecutor(THREADS) as threads:
        return set().union(*threads.map(work, all_connections))


def _kill(processes: list[Popen[bytes]], number: int) -> None:
    processes[number].kill()
    processes[number].wait()


def _count_states(location: str) -> dict[str, int]:
    """Returns the number of deliveries in each state."""
    platform = Platform(location)
    columns = webhook_deliveries.c
    with platform.list_companies()[0].database.read() as db:
        rows: list[Any] = db.rows(sa.select(columns.state, sa.func.count()).group_by(columns.state))
    platform.close()
    return dict(rows)


def _wait_until(condition: Any) -> None:
    deadline = time.monotonic() + WAIT_TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the deliveries were not finished in time"
        time.sleep(0.05)


@contextmanager
def _environment_variables(variables: Mapping[str, str]) -> Iterator[None]:
    """Sets environment variables for the processes that are started during the block."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
