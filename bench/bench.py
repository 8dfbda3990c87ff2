"""Measures the server at a company of BENCH_ROWS deals (100,000 unless given) and prints what it found.

    make bench
    BENCH_ROWS=1000000 make bench
    BENCH_DATABASE=postgresql://… make bench      an empty PostgreSQL database instead of SQLite

The server runs on one core and the load on another. Each request is compared with a bare ASGI application that sends
the same bytes under the same uvicorn; they are measured in turns, and the median of the rounds counts. What is remembered
of lists is void with each change, so reading is measured once more while deals change. Processor time a request tells
more than requests a second where the machine has other work too. Searches, filters and reports are asked for one at a
time: how long each takes, not how many there are in a second, is what people notice.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path
from typing import NamedTuple

import msgspec

from bench import asks, company, counting, profiling, servers
from bench.bare import RECORDED
from bench.servers import Ask, Server
from scripts import apt
from tests.sandbox import throwaway

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
# Many short rounds: on a shared machine some of them are slow, which then says nothing about the median.
ROUNDS = 7
WARM_UP_SECONDS = 1
SECONDS = 2
CHANGES_A_SECOND = 10
ME = "/v1/users/me"
HEADING = f"\n{'':<34}{'req/s':>8}{'bare':>8}{'ratio':>7}{'CPU µs':>8}{'bare':>7}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}"

HEADING_CHANGING = (
    f"\n{f'{CHANGES_A_SECOND} changes a second meanwhile':<34}{'req/s':>8}{'CPU µs':>8}{'p50 ms':>8}{'p99 ms':>8}"
)
HEADING_ALONE = f"\n{'one at a time':<34}{'req/s':>8}{'CPU µs':>8}{'p50 ms':>8}{'p99 ms':>8}"


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
        measured = asks.records(server.port, token)
        print(HEADING)
        for what in measured:
            sound &= told(*compare(wrk, server, what, token, folder))
        ids = [int(path.rpartition("/")[2]) for path in measured[0].paths]
        print(HEADING_CHANGING)
        with asks.changing(server.port, token, ids, CHANGES_A_SECOND):
            for what in measured[:3]:
                sound &= told(*alone(wrk, server, what, token, folder))
        print(HEADING_ALONE)
        for what in asks.capabilities(server.port, token):
            sound &= told(*alone(wrk, server, what, token, folder))
        memory = server.memory()
    print(
        f"\nmemory after the run: {memory['VmRSS']:.0f} MB resident, {memory['RssAnon']:.0f} MB of it the process's own"
    )
    print(
        f"start to first answer: {first_start():.2f} s with a new company, {server.ready_seconds:.2f} s on these rows"
    )
    own, shared = (counting.microseconds(location, processes=number) for number in (1, 2))
    print(f"counting a request against limits: {own:.1f} µs, {shared:.1f} µs where processes share the counters")

    lists = measured[1]
    print(f"\n{lists.name}, in process:\n{profiling.profile(location, lists.paths, token)}")
    return 0 if sound else 1


def told(row: str, clean: bool) -> bool:
    """Prints a row; whether all answers were successes."""
    print(row, flush=True)
    return clean


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


def alone(wrk: str, server: Server, what: Ask, token: str, folder: Path) -> tuple[str, bool]:
    """A row of a table without comparison, and whether all answers were successes."""
    size = len(servers.ask(server.port, what.method, what.paths[0], token, what.body).body)
    rounds = [measure_once(wrk, server, what, token, folder) for _ in range(ROUNDS)]
    ours = Measured(*map(statistics.median, zip(*rounds, strict=True)))
    clean = not any(run.failures for run in rounds)
    row = f"{what.name + f', {size:,} B':<34}{ours.per_second:>8.0f}{ours.cpu_us:>8.0f}{ours.p50_ms:>8.2f}{ours.p99_ms:>8.2f}"
    return (row if clean else f"{row}  with failures"), clean


def measure_once(wrk: str, server: Server, what: Ask, token: str, folder: Path) -> Measured:
    """One round on one server, after some warming up."""
    servers.load(wrk, server.port, what, token, WARM_UP_SECONDS, folder)
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


def first_start() -> float:
    """Seconds from starting a throw-away server, which founds a company, to its first answer."""
    began = time.perf_counter()
    with throwaway() as server:
        servers.ask(urllib.parse.urlsplit(server.url).port or 80, "GET", ME, server.api_token)
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
