"""Many changes at once for a webhook whose receiver often fails and whose workers are killed: what came of them.

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

from dealwright.crm.values import instant
from dealwright.crm.webhook_addresses import REACH_VARIABLE
from dealwright.jobs.webhooks.delivery import RETRIES_VARIABLE
from dealwright.storage.platform import Platform
from dealwright.storage.tables import webhook_deliveries
from tests.jobs.processes import worker
from tests.receiver import Received, Receiver, receiving
from tests.remote import Connection, Served, connections, served

THREADS = 4
REFUSED_SHARE = 0.2
MOST_REFUSALS = 3
RETRIES = "0.2,0.4,0.6"
"""Seconds between the attempts, where the vendor waits for 3, 30 and 150."""

SILENCE = ("--silence", "5")
"""A worker that gets no time on a busy machine must not be taken for dead: then two would tell of a record at a time."""

WAIT_SECONDS = 900


class _Data(msgspec.Struct):
    id: int
    value: float


class _Meta(msgspec.Struct):
    id: str
    timestamp: str


class _Body(msgspec.Struct):
    """What the storm looks at in what is delivered."""

    data: _Data
    meta: _Meta


class Taken(NamedTuple):
    """A request that the receiver said yes to: when, about which message, made when, of which record in which state."""

    time: float
    message: str
    happened: float
    record: int
    value: int


class Report(NamedTuple):
    """What came of a storm."""

    expected: int
    taken: list[Taken]
    refused: int
    states: Mapping[str, int]
    first_change: float
    last_change: float

    @property
    def events(self) -> set[tuple[int, int]]:
        """What was told at least once: a record and its state."""
        return {(one.record, one.value) for one in self.taken}

    @property
    def repeated(self) -> int:
        """How often something was told that had been told before."""
        return len(self.taken) - len({one.message for one in self.taken})

    def out_of_order(self) -> list[Taken]:
        """What was told after something that happened to the same record later."""
        newest: dict[int, int] = defaultdict(int)
        found = []
        for one in self.taken:
            if one.value < newest[one.record]:
                found.append(one)
            newest[one.record] = max(newest[one.record], one.value)
        return found

    def delays(self) -> list[float]:
        """How many seconds after it happened each event was told for the first time, in order of size."""
        first: dict[str, float] = {}
        for one in self.taken:
            first.setdefault(one.message, one.time - one.happened)
        return sorted(first.values())


class _Choosy:
    """Refuses some requests, and remembers those that it takes."""

    def __init__(self, share: float) -> None:
        self.taken: list[Taken] = []
        self.refused = 0
        self._share = share
        self._refusals: Counter[str] = Counter()
        self._random = random.Random(7)
        self._lock = threading.Lock()

    def __call__(self, received: Received) -> int:
        with self._lock:
            return self._answer(received)

    def _answer(self, received: Received) -> int:
        body = msgspec.json.decode(received.content, type=_Body)
        id = body.meta.id
        if self._random.random() < self._share and self._refusals[id] < MOST_REFUSALS:
            self._refusals[id] += 1
            self.refused += 1
            return 503
        happened = instant(body.meta.timestamp.replace("T", " ").rstrip("Z")).timestamp()
        self.taken.append(Taken(time.time(), id, happened, body.data.id, int(body.data.value)))
        return 200


def storm(
    location: str,
    *,
    changes: int,
    records: int,
    workers: int,
    kills: int,
    refused_share: float = REFUSED_SHARE,
    per_second: float | None = None,
) -> Report:
    """Makes so many changes to so many records, and waits until all are told; as fast as it goes unless ``per_second`` is given."""
    choosy = _Choosy(refused_share)
    with ExitStack() as running:
        receiver = running.enter_context(receiving())
        receiver.answering = choosy
        running.enter_context(_environment({REACH_VARIABLE: "loopback", RETRIES_VARIABLE: RETRIES}))
        server = running.enter_context(served(location, "--no-jobs"))
        _subscribe(server, receiver)
        processes = [running.enter_context(worker(location, *SILENCE)) for _ in range(workers)]
        with ThreadPoolExecutor(1) as threads:
            began = time.time()
            changing = threads.submit(_change, server, changes, records, per_second)
            for number in range(kills):
                _until(lambda number=number: len(choosy.taken) >= changes * (number + 1) // (kills + 2))
                _kill(processes, number % workers)
                processes[number % workers] = running.enter_context(worker(location, *SILENCE))
            expected = changing.result()
            ended = time.time()
        _until(lambda: len({one.message for one in choosy.taken}) >= len(expected))
        _until(lambda: "waiting" not in _states(location))
        states = _states(location)
    taken = choosy.taken
    assert {(one.record, one.value) for one in taken} <= expected
    return Report(len(expected), taken, choosy.refused, states, began, ended)


def _subscribe(server: Served, receiver: Receiver) -> None:
    body = {"subscription_url": f"{receiver.url}/hook", "event_action": "*", "event_object": "deal"}
    with connections(server, 1) as (connection,):
        connection.call("POST", "/v1/webhooks", body)


def _change(server: Served, changes: int, records: int, per_second: float | None) -> set[tuple[int, int]]:
    """Adds records and changes them, over several connections at a time; every state that a record was in."""
    began = time.monotonic()

    def work(connection: Connection) -> set[tuple[int, int]]:
        states: set[tuple[int, int]] = set()
        mine = [connection.call("POST", "/api/v2/deals", {"title": "Deal", "value": 1})["id"] for _ in range(share)]
        states.update((id, 1) for id in mine)
        value = 1
        while len(states) < changes // THREADS:
            value += 1
            for id in mine[: changes // THREADS - len(states)]:
                if per_second:
                    due = began + len(states) * THREADS / per_second
                    time.sleep(max(0.0, due - time.monotonic()))
                connection.call("PATCH", f"/api/v2/deals/{id}", {"value": value})
                states.add((id, value))
        return states

    share = records // THREADS
    with connections(server, THREADS) as everyone, ThreadPoolExecutor(THREADS) as threads:
        return set().union(*threads.map(work, everyone))


def _kill(processes: list[Popen[bytes]], number: int) -> None:
    processes[number].kill()
    processes[number].wait()


def _states(location: str) -> dict[str, int]:
    """How many deliveries are in which state."""
    platform = Platform(location)
    columns = webhook_deliveries.c
    with platform.companies()[0].database.read() as db:
        rows: list[Any] = db.rows(sa.select(columns.state, sa.func.count()).group_by(columns.state))
    platform.close()
    return dict(rows)


def _until(condition: Any) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "not everything was told"
        time.sleep(0.05)


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Variables for the processes that are started meanwhile."""
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
