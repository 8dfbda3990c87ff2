"""Who asks for what has changed since the latest change that it knows of misses nothing, however long writers take."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from tests.row_locks import WriteGate
from tests.server_process import Connection, open_connections, run_two_servers

SECONDS = 60 if os.environ.get("DEALWRIGHT_LONG_TESTS") else 6
DEALS = 30


class Poller:
    """A client that keeps a copy of all deals, and asks for those that have changed since the latest change it knows of."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.deals: dict[int, Any] = {}
        self._since = "2026-01-01T00:00:00Z"

    def poll(self) -> None:
        """Asks once. Raises AssertionError when a deal has gone back in time."""
        cursor = ""
        since = self._since
        while True:
            status, answer = self._connection.send(
                "GET", f"/api/v2/deals?updated_since={since}&limit=500{cursor and f'&cursor={cursor}'}"
            )
            assert status == 200, answer
            for deal in answer["data"]:
                known = self.deals.get(deal["id"])
                assert known is None or known["update_time"] <= deal["update_time"]
                self.deals[deal["id"]] = deal
                self._since = max(self._since, deal["update_time"])
            cursor = answer["additional_data"]["next_cursor"]
            if not cursor:
                return


class Recents(NamedTuple):
    """The same with the list of recent changes of v1, which tells of the ids only that it has seen."""

    connection: Connection
    seen: dict[int, str]

    def poll(self) -> None:
        """Asks once."""
        since = max(self.seen.values(), default="2026-01-01 00:00:00")
        start: int | None = 0
        while start is not None:
            path = f"/v1/recents?since_timestamp={since.replace(' ', '%20')}&items=deal&start={start}&limit=500"
            status, answer = self.connection.send("GET", path)
            assert status == 200, answer
            for item in answer["data"] or []:
                if item["data"]:
                    self.seen[item["id"]] = item["data"]["update_time"]
            start = answer["additional_data"]["pagination"].get("next_start")


def test_who_polls_misses_nothing(location: str) -> None:
    with run_two_servers(location) as servers, open_connections(servers[0], 4) as (set_up, writer, poller, recent):
        stages = [1, 2, 3]
        ids = [set_up.call("POST", "/api/v2/deals", {"title": f"Deal {n}"})["id"] for n in range(DEALS)]
        gate = WriteGate(location)
        chance = random.Random(7)
        end = time.monotonic() + SECONDS
        merged: set[int] = set()

        def hold_back() -> None:
            while time.monotonic() < end:
                with gate.closed({"deals": chance.sample(ids, 2)}):
                    time.sleep(chance.uniform(0.005, 0.09))
                time.sleep(chance.uniform(0, 0.05))

        def write(connection: Connection, seed: int) -> None:
            mine = random.Random(seed)
            while time.monotonic() < end:
                if mine.random() < 0.1:
                    connection.call("POST", "/api/v2/deals", {"title": "New", "stage_id": mine.choice(stages)})
                    continue
                changes = {"value": mine.randrange(10**6), "stage_id": mine.choice(stages)}
                connection.call("PATCH", f"/api/v2/deals/{mine.choice(ids)}", changes)

        def merge(connection: Connection) -> None:
            while time.monotonic() < end:
                one, other = (connection.call("POST", "/api/v2/deals", {"title": "Double"})["id"] for _ in range(2))
                connection.call("PUT", f"/v1/deals/{one}/merge", {"merge_with_id": other})
                merged.add(one)
                time.sleep(0.2)

        def poll(one: Callable[[], None]) -> None:
            while time.monotonic() < end:
                one()

        copy, seen = Poller(poller), Recents(recent, {})
        with open_connections(servers[1], 3) as (second, third, merging), ThreadPoolExecutor(8) as threads:
            work = [
                threads.submit(hold_back),
                threads.submit(merge, merging),
                threads.submit(poll, copy.poll),
                threads.submit(poll, seen.poll),
                *(threads.submit(write, one, seed) for seed, one in enumerate((writer, second, third))),
            ]
            for one in work:
                one.result()
        gate.close()
        copy.poll()
        seen.poll()
        with open_connections(servers[0], 1) as (last,):
            everything = Poller(last)
            everything.poll()
    assert len(everything.deals) > DEALS
    missed = {id: deal for id, deal in everything.deals.items() if copy.deals.get(id) != deal}
    assert missed == {}
    assert {id: deal["update_time"] for id, deal in everything.deals.items()} == {
        id: time.replace(" ", "T") + "Z" for id, time in seen.seen.items() if id not in merged
    }
