"""Measures the server with a company of BENCH_ROWS deals (100,000 unless given) and prints the results.

    make bench
    BENCH_ROWS=1000000 make bench
    BENCH_DATABASE=postgresql://… make bench      an empty PostgreSQL database instead of SQLite

The server runs on one core and the load on another. Each request is compared with a bare ASGI application that sends
the same bytes under the same uvicorn; they are measured in turns, and the median of the rounds counts. Each change
voids the cached pages of lists, so reading is measured once more while deals change. Processor time per request is more
reliable than requests per second where the machine has other work, too. Searches, filters and reports are requested one
at a time: for these, users notice how long each takes, and not how many there are in a second.
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

from bench import company, conversions, deal_lines, neighbours, profiling, rate_limit_cost, scenarios, servers
from bench.baseline import RECORDED_VARIABLE
from bench.servers import Scenario, Server
from scripts import apt
from tests.sandbox import run_throwaway_sandbox

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
# Many short rounds: on a shared machine some of them are slow, which then does not change the median.
ROUNDS = 7
WARM_UP_SECONDS = 1
SECONDS = 2
CHANGES_A_SECOND = 10
ME = "/v1/users/me"
HEADING = f"\n{'':<34}{'req/s':>8}{'bare':>8}{'ratio':>7}{'CPU µs':>8}{'bare':>7}{'ratio':>7}{'p50 ms':>8}{'p99 ms':>8}"

HEADING_CHANGING = (
    f"\n{f'during {CHANGES_A_SECOND} changes a second':<34}{'req/s':>8}{'CPU µs':>8}{'p50 ms':>8}{'p99 ms':>8}"
)
HEADING_ALONE = f"\n{'one at a time':<34}{'req/s':>8}{'CPU µs':>8}{'p50 ms':>8}{'p99 ms':>8}"


class Measurement(NamedTuple):
    """One request on one server: the medians of its rounds."""

    per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    failures: float


def main() -> int:
    """Prints the tables; returns 1 when any answer was not a success."""
    try:
        wrk = apt.find_or_install("wrk", "wrk")
        apt.find_or_install("taskset", "util-linux")
    except apt.Unavailable as reason:
        print(f"Nothing is measured: {reason}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="dealwright-bench-") as name:
        folder = Path(name)
        location = os.environ.get("BENCH_DATABASE") or str(folder / "data")
        return measure(wrk, location, folder)


def measure(wrk: str, location: str, folder: Path) -> int:
    """Fills a company at the location, measures it and prints the tables; returns 1 when any answer was no success."""
    token = company.create_company(location)
    began = time.perf_counter()
    company.load_rows(location, ROWS)
    print(f"{ROWS:,} deals loaded in {time.perf_counter() - began:.1f} s", flush=True)

    all_succeeded = True
    with servers.run_uvicorn(
        "bench.company:app", {company.LOCATION_VARIABLE: location}, first_path=ME, token=token
    ) as server:
        crud = [
            *scenarios.crud_scenarios(server.port, token),
            neighbours.deals_as_people_create_them(server.port, token),
        ]
        print(HEADING)
        for scenario in crud:
            all_succeeded &= print_row(*compare(wrk, server, scenario, token, folder))
        ids = [int(path.rpartition("/")[2]) for path in crud[0].paths]
        print(HEADING_CHANGING)
        with scenarios.background_changes(server.port, token, ids, CHANGES_A_SECOND):
            for scenario in crud[:3]:
                all_succeeded &= print_row(*measure_alone(wrk, server, scenario, token, folder))
        print(HEADING_ALONE)
        for scenario in scenarios.query_scenarios(server.port, token):
            all_succeeded &= print_row(*measure_alone(wrk, server, scenario, token, folder))
        print(neighbours.HEADING)
        for row in neighbours.rows(server.port, token):
            print(row, flush=True)
        print(deal_lines.HEADING)
        for row in deal_lines.rows(server.port, token):
            print(row, flush=True)
        memory = server.memory()
    print(
        f"\nmemory after the run: {memory['VmRSS']:.0f} MB resident, {memory['RssAnon']:.0f} MB of it the process's own"
    )
    print(
        f"start to first answer: {measure_first_start():.2f} s with a new company, {server.ready_seconds:.2f} s on these rows"
    )
    own, shared = (rate_limit_cost.measure_microseconds(location, processes=number) for number in (1, 2))
    print(f"counting a request against limits: {own:.1f} µs, {shared:.1f} µs where processes share the counters")

    converted = conversions.measure_milliseconds(location)
    print(f"converting a lead with {conversions.NOTES} notes and {conversions.FILES} files: {converted:.0f} ms")

    lists = crud[1]
    print(f"\n{lists.name}, in process:\n{profiling.profile(location, lists.paths, token)}")
    return 0 if all_succeeded else 1


def print_row(row: str, all_succeeded: bool) -> bool:
    """Prints a row; returns ``all_succeeded``."""
    print(row, flush=True)
    return all_succeeded


def compare(wrk: str, server: Server, scenario: Scenario, token: str, folder: Path) -> tuple[str, bool]:
    """Returns a row of the table, and whether all answers were successes."""
    recorded = servers.send_request(server.port, scenario.method, scenario.paths[0], token, scenario.body)
    (folder / "recorded").write_bytes(msgspec.msgpack.encode(recorded))
    with servers.run_uvicorn("bench.baseline:app", {RECORDED_VARIABLE: str(folder / "recorded")}) as bare:
        rounds = [[measure_once(wrk, each, scenario, token, folder) for each in (server, bare)] for _ in range(ROUNDS)]
    measured, baseline = (
        Measurement(*map(statistics.median, zip(*runs, strict=True))) for runs in zip(*rounds, strict=True)
    )
    all_succeeded = recorded.status < 300 and not any(run.failures for runs in rounds for run in runs)
    row = (
        f"{scenario.name + f', {len(recorded.body):,} B':<34}"
        f"{measured.per_second:>8.0f}{baseline.per_second:>8.0f}{baseline.per_second / measured.per_second:>6.1f}x"
        f"{measured.cpu_us:>8.0f}{baseline.cpu_us:>7.0f}{measured.cpu_us / baseline.cpu_us:>6.1f}x"
        f"{measured.p50_ms:>8.2f}{measured.p99_ms:>8.2f}"
    )
    return (row if all_succeeded else f"{row}  with failures"), all_succeeded


def measure_alone(wrk: str, server: Server, scenario: Scenario, token: str, folder: Path) -> tuple[str, bool]:
    """Returns a row of a table without comparison, and whether all answers were successes."""
    size = len(servers.send_request(server.port, scenario.method, scenario.paths[0], token, scenario.body).body)
    rounds = [measure_once(wrk, server, scenario, token, folder) for _ in range(ROUNDS)]
    measured = Measurement(*map(statistics.median, zip(*rounds, strict=True)))
    all_succeeded = not any(run.failures for run in rounds)
    row = f"{scenario.name + f', {size:,} B':<34}{measured.per_second:>8.0f}{measured.cpu_us:>8.0f}{measured.p50_ms:>8.2f}{measured.p99_ms:>8.2f}"
    return (row if all_succeeded else f"{row}  with failures"), all_succeeded


def measure_once(wrk: str, server: Server, scenario: Scenario, token: str, folder: Path) -> Measurement:
    """Returns the measurement of one round on one server, after a warm-up."""
    servers.run_load(wrk, server.port, scenario, token, WARM_UP_SECONDS, folder)
    before = server.cpu_seconds()
    run = servers.run_load(wrk, server.port, scenario, token, SECONDS, folder)
    used = server.cpu_seconds() - before
    return Measurement(
        per_second=run.requests / run.seconds,
        cpu_us=1e6 * used / run.requests,
        p50_ms=run.p50_ms,
        p99_ms=run.p99_ms,
        failures=run.refused + run.broken,
    )


def measure_first_start() -> float:
    """Returns the seconds from starting a throw-away server, which creates a company, to its first answer."""
    began = time.perf_counter()
    with run_throwaway_sandbox() as server:
        servers.send_request(urllib.parse.urlsplit(server.url).port or 80, "GET", ME, server.api_token)
        return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
