"""Measures lists, sorted and narrowed, and their deep pages, on SQLite and on PostgreSQL: the slowest first.

    make bench-questions
    BENCH_ROWS=1000000 make bench-questions

Each question is asked after a change, which voids the cached pages, one at a time. Processor time is that of the server, and on
PostgreSQL without that of the database; times are of the client.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench import company, scenarios
from bench.servers import Server, run_uvicorn, send_request
from tests.conftest import empty_postgres_database

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
ROUNDS = 7
ME = "/v1/users/me"

SORTED_BY = {
    "deals": (
        *("title", "value", "expected_close_date", "probability", "status", "stage_id", "add_time", "update_time"),
        *("won_time", "next_activity_date", "activities_count", "products_count", "notes_count", "lost_reason"),
        *("owner_name", "org_name", "person_name"),
    ),
    "persons": ("name", "email", "open_deals_count", "activities_count", "org_name"),
    "organizations": ("name", "address", "people_count", "open_deals_count", "owner_name"),
}
"""What the lists of v1 are sorted by: with an index, and at the ends without one."""


class Measurement(NamedTuple):
    """A question, and the medians of its rounds in milliseconds."""

    question: str
    cpu_ms: float
    ms: float


def main() -> int:
    """Prints the tables."""
    with tempfile.TemporaryDirectory(prefix="dealwright-bench-") as folder:
        measure("SQLite", str(Path(folder) / "platform"))
    with empty_postgres_database() as url:
        measure("PostgreSQL", url)
    return 0


def measure(name: str, location: str) -> None:
    """Prints the table of one database."""
    token = company.create_company(location)
    company.load_rows(location, ROWS)
    print(f"\n{f'{name}, {ROWS:,} deals':<58}{'CPU ms':>9}{'ms':>9}")
    with run_uvicorn("bench.company:app", {company.LOCATION_VARIABLE: location}, first_path=ME, token=token) as server:
        deal = scenarios.send(server.port, token, "POST", "/api/v2/deals", {"title": "Changed"})["data"]["id"]
        found = [ask(server, token, deal, question) for question in questions(server.port, token)]
    for question, cpu_ms, ms in sorted(found, key=lambda one: one.ms, reverse=True):
        print(f"{question:<58}{cpu_ms:>9.1f}{ms:>9.1f}", flush=True)


def questions(port: int, token: str) -> list[str]:
    """Returns the paths that are asked for."""
    owner = scenarios.get(port, token, "/v1/deals", limit=1)["data"][0]["user_id"]["id"]
    stage = scenarios.get(port, token, "/v1/deals", limit=1)["data"][0]["stage_id"]
    found = []
    for noun, keys in SORTED_BY.items():
        found += [f"/v1/{noun}?sort={key}%20{direction}" for key in keys for direction in ("ASC", "DESC")]
        found += [f"/v1/{noun}?start={start}" for start in (ROWS // 4, ROWS // 2)]
    found += [f"/v1/deals?sort={key}&start={ROWS // 2}" for key in ("title", "value", "next_activity_date")]
    found += [f"/v1/deals?{narrowed}&sort=title" for narrowed in (f"user_id={owner}", f"stage_id={stage}")]
    for noun in ("deals", "persons", "organizations", "activities"):
        found += [f"/api/v2/{noun}?sort_by={key}&sort_direction=desc" for key in ("id", "add_time", "update_time")]
    return [*found, "/api/v2/activities?sort_by=due_date"]


def ask(server: Server, token: str, deal: int, question: str) -> Measurement:
    """Returns what a question takes, after one time that is not counted."""
    cpu, taken = [], []
    for _ in range(ROUNDS + 1):
        scenarios.send(server.port, token, "PATCH", f"/api/v2/deals/{deal}", {"value": time.monotonic_ns() % 10**6})
        began, began_cpu = time.perf_counter(), server.cpu_seconds()
        answer = send_request(server.port, "GET", question, token)
        taken.append((time.perf_counter() - began) * 1000)
        cpu.append((server.cpu_seconds() - began_cpu) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"{question}: {answer.status}")
    # The kernel counts processor time in steps of 10 ms: the mean of the rounds tells more than one of them.
    return Measurement(question, statistics.mean(cpu[1:]), statistics.median(taken[1:]))


if __name__ == "__main__":
    sys.exit(main())
