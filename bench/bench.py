"""Measures the server at a company of BENCH_ROWS deals (100,000 unless given) and prints what it found.

    make bench
    BENCH_ROWS=1000000 make bench
    BENCH_DATABASE=postgresql://… make bench      an empty PostgreSQL database instead of SQLite

The server runs on one core and the load on another. Each request is compared with a bare ASGI application that sends
the same bytes under the same uvicorn; they are measured in turns, and the median of the rounds counts. Processor time
a request tells more than requests a second where the machine has other work too.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
import urllib.parse
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bench import company, counting, profiling, servers
from bench.bare import RECORDED
from bench.servers import Ask, Server
from scripts import apt
from tests.sandbox import throwaway

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
ROUNDS = 3
SECONDS = 4
TARGETS = 5000
CURSORS = 400
ME = "/v1/users/me"
HEADING = f"\n{'':<34}{'req/s':>8}{'bare':>8}{'ratio':>7}{'CPU µs':>8}{'bare':>7}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}"


class Measured(NamedTuple):
    """One request on one server: the medians of its rounds."""

    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    failures: float


def main() -> int:
    """Prints the tables; 1 when anything but successes came back."""
    try:
        wrk = apt.program("wrk", "wrk")
        apt.program("taskset", "util-linux")
    except apt.Unavailable as reason:
        print(f"Nothing is measured: {reason}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="dealwright-bench-") as name:
        folder = Path(name)
        location = os.environ.get("BENCH_DATABASE") or str(folder / "data")
        return measure(wrk, location, folder)


def measure(wrk: str, location: str, folder: Path) -> int:
    """Fills a company at the location and measures it."""
    token = company.found(location)
    began = time.perf_counter()
    company.load_rows(location, ROWS)
    print(f"{ROWS:,} deals loaded in {time.perf_counter() - began:.1f} s", flush=True)

    sound = True
    with servers.uvicorn("bench.company:app", {company.LOCATION: location}, first=ME, token=token) as server:
        asks = requests(server.port, token)
        print(HEADING)
        for what in asks:
            row, clean = compare(wrk, server, what, token, folder)
            print(row, flush=True)
            sound = sound and clean
        memory = server.memory()
    print(
        f"\nmemory after the run: {memory['VmRSS']:.0f} MB resident, {memory['RssAnon']:.0f} MB of it the process's own"
    )
    print(
        f"start to first answer: {first_start():.2f} s with a new company, {server.ready_seconds:.2f} s on these rows"
    )
    alone, shared = (counting.microseconds(location, processes=number) for number in (1, 2))
    print(f"counting a request against limits: {alone:.1f} µs, {shared:.1f} µs where processes share the counters")

    lists = asks[1]
    print(f"\n{lists.name}, in process:\n{profiling.profile(location, lists.paths, token)}")
    return 0 if sound else 1


def compare(wrk: str, server: Server, what: Ask, token: str, folder: Path) -> tuple[str, bool]:
    """A row of the table, and whether all answers were successes."""
    recorded = servers.ask(server.port, what.method, what.paths[0], token, what.body)
    (folder / "recorded").write_bytes(msgspec.msgpack.encode(recorded))
    with servers.uvicorn("bench.bare:app", {RECORDED: str(folder / "recorded")}) as bare:
        rounds = [[measure_once(wrk, each, what, token, folder) for each in (server, bare)] for _ in range(ROUNDS)]
    ours, ceiling = (Measured(*map(statistics.median, zip(*runs, strict=True))) for runs in zip(*rounds, strict=True))
    clean = recorded.status < 300 and not any(run.failures for runs in rounds for run in runs)
    row = (
        f"{what.name + f', {len(recorded.body):,} B':<34}"
        f"{ours.per_second:>8.0f}{ceiling.per_second:>8.0f}{ceiling.per_second / ours.per_second:>6.1f}x"
        f"{ours.cpu_us:>8.0f}{ceiling.cpu_us:>7.0f}{ours.cpu_us / ceiling.cpu_us:>6.1f}x"
        f"{ours.p50_ms:>8.2f}{ours.p99_ms:>8.2f}"
    )
    return (row if clean else f"{row}  with failures"), clean


def measure_once(wrk: str, server: Server, what: Ask, token: str, folder: Path) -> Measured:
    """One round on one server, after a second of warming up."""
    servers.load(wrk, server.port, what, token, 1, folder)
    before = server.cpu_seconds()
    run = servers.load(wrk, server.port, what, token, SECONDS, folder)
    used = server.cpu_seconds() - before
    return Measured(
        per_second=run.requests / run.seconds,
        cpu_us=1e6 * used / run.requests,
        p50_ms=run.p50_ms,
        p99_ms=run.p99_ms,
        failures=run.refused + run.broken,
    )


def requests(port: int, token: str) -> list[Ask]:
    """What is measured: one deal, lists of 100 in both versions, a new deal; spread over the whole company."""

    def get(path: str, **query: object) -> Any:
        answer = servers.ask(port, "GET", f"{path}?{urllib.parse.urlencode(query)}", token)
        if answer.status != 200:
            raise RuntimeError(f"GET {path} answered {answer.status}: {answer.body[:200]!r}")
        return msgspec.json.decode(answer.body)

    pipeline = get("/api/v2/pipelines")["data"][0]["id"]
    open_deals = {"pipeline_id": pipeline, "status": "open"}
    deals: list[dict[str, Any]] = []
    cursors: list[str] = []
    page = get("/api/v2/deals", **open_deals, limit=500)
    while (cursor := page["additional_data"]["next_cursor"]) and len(cursors) < CURSORS:
        deals += page["data"]
        cursors.append(cursor)
        page = get("/api/v2/deals", **open_deals, limit=500, cursor=cursor)
    stage, in_stage = Counter(deal["stage_id"] for deal in deals).most_common(1)[0]
    by_cursor = urllib.parse.urlencode(open_deals | {"limit": 100})
    by_offset = urllib.parse.urlencode({"stage_id": stage, "status": "open", "limit": 100})
    return [
        Ask("get a deal, v2", "GET", [f"/api/v2/deals/{deal['id']}" for deal in random.choices(deals, k=TARGETS)]),
        Ask("list 100 deals, v2", "GET", [f"/api/v2/deals?{by_cursor}&cursor={cursor}" for cursor in cursors[:-1]]),
        Ask(
            "list 100 deals, v1",  # v1 cannot filter by pipeline: by stage and status
            "GET",
            [f"/v1/deals?{by_offset}&start={random.randrange(max(1, in_stage - 100))}" for _ in range(TARGETS)],
        ),
        Ask("create a deal, v2", "POST", ["/api/v2/deals"], '{"title": "Measured deal"}'),
    ]


def first_start() -> float:
    """Seconds from starting a throw-away server, which founds a company, to its first answer."""
    began = time.perf_counter()
    with throwaway() as server:
        servers.ask(urllib.parse.urlsplit(server.url).port or 80, "GET", ME, server.api_token)
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
