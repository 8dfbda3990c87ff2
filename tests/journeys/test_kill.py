"""A server that is killed in the middle of its work: what it has acknowledged is there, and nothing is there by halves."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import sqlalchemy as sa

from dealwright.storage.platform import Platform
from dealwright.storage.tables import changes, deal_stages, deals
from tests.remote import Connection, Served, connections, served

THREADS = 6
CREATES = 1000
KILLED_AFTER = 300


def create_until_killed(server: Served) -> list[int]:
    """Adds deals over several connections and kills the server in between; the ids of the deals that it has answered with."""
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

    with connections(server, THREADS) as everyone, ThreadPoolExecutor(THREADS) as threads:
        work = [threads.submit(create, connection) for connection in everyone]
        assert enough.wait(60)
        server.process.kill()
        server.process.wait()
        for one in work:
            one.result()
    return acknowledged


def test_what_was_acknowledged_survives_a_kill(location: str) -> None:
    with served(location) as server:
        acknowledged = create_until_killed(server)
    assert KILLED_AFTER <= len(acknowledged) < CREATES
    assert len(set(acknowledged)) == len(acknowledged)
    with served(location) as server, connections(server, 1) as (connection,):
        assert connection.call("GET", f"/api/v2/deals/{acknowledged[-1]}")["value"] == 5
        assert connection.call("POST", "/api/v2/deals", {"title": "After"})["id"] > max(acknowledged)
    platform = Platform(location)
    with platform.companies()[0].database.read() as db:
        there = db.values(sa.select(deals.c.id).where(deals.c.title == "Deal"))
        of_deals = sa.select(changes.c.record_id).where(changes.c.object == "deal", changes.c.action == "create")
        logged = db.values(of_deals)
        staged = db.values(sa.select(deal_stages.c.deal_id).where(deal_stages.c.stage_id == 2))
        after = db.values(sa.select(deals.c.id).where(deals.c.title == "After"))
    platform.close()
    assert set(acknowledged) <= set(there)
    # At most what each connection was waiting for came beside.
    assert len(there) <= len(acknowledged) + THREADS
    assert sorted(staged) == sorted(there)
    assert sorted(logged) == sorted(there + after)
