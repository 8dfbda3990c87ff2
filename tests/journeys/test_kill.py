"""A server that is killed in the middle of its work: what it acknowledged is stored, and nothing is stored in part."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import sqlalchemy as sa

from dealwright.crm import invariants
from dealwright.storage.platform import Platform
from dealwright.storage.tables import changes, deal_stages, deals
from tests.change_log import broken_chains
from tests.server_process import Connection, ServerProcess, open_connections, run_server

THREADS = 6
CREATES = 1000
KILLED_AFTER = 300
KILLS = 50 if os.environ.get("DEALWRIGHT_LONG_TESTS") else 1


def create_until_killed(server: ServerProcess) -> list[int]:
    """Adds deals over several connections and then kills the server; returns the ids of the acknowledged deals."""
    acknowledged: list[int] = []
    enough = threading.Event()

    def create(connection: Connection) -> None:
        for _ in range(CREATES // THREADS):
            try:
                id = connection.call("POST", "/api/v2/deals", {"title": "Deal", "stage_id": 2, "value": 5})["id"]
            except (OSError, HTTPException):
                return
            acknowledged.append(id)
            if len(acknowledged) >= KILLED_AFTER:
                enough.set()

    with open_connections(server, THREADS) as all_connections, ThreadPoolExecutor(THREADS) as threads:
        work = [threads.submit(create, connection) for connection in all_connections]
        assert enough.wait(60)
        server.process.kill()
        server.process.wait()
        for one in work:
            one.result()
    return acknowledged


def test_what_was_acknowledged_survives_kills(location: str) -> None:
    acknowledged: list[int] = []
    for _ in range(KILLS):
        with run_server(location) as server:
            new = create_until_killed(server)
        assert KILLED_AFTER <= len(new) < CREATES
        assert min(new) > max(acknowledged, default=0)
        acknowledged += new
    assert len(set(acknowledged)) == len(acknowledged)
    with run_server(location) as server, open_connections(server, 1) as (connection,):
        assert connection.call("GET", f"/api/v2/deals/{acknowledged[-1]}")["value"] == 5
        assert connection.call("POST", "/api/v2/deals", {"title": "After"})["id"] > max(acknowledged)
    platform = Platform(location)
    with platform.list_companies()[0].database.read() as db:
        stored = db.values(sa.select(deals.c.id).where(deals.c.title == "Deal"))
        of_deals = sa.select(changes.c.record_id).where(changes.c.object == "deal", changes.c.action == "create")
        logged = db.values(of_deals)
        staged = db.values(sa.select(deal_stages.c.deal_id).where(deal_stages.c.stage_id == 2))
        after = db.values(sa.select(deals.c.id).where(deals.c.title == "After"))
        problems = [*invariants.find_problems(db), *broken_chains(db)]
    platform.close()
    assert set(acknowledged) <= set(stored)
    # There is at most one more deal for each connection: the one whose answer it was waiting for.
    assert len(stored) <= len(acknowledged) + KILLS * THREADS
    assert sorted(staged) == sorted(stored)
    assert sorted(logged) == sorted(stored + after)
    assert problems == []
