"""Measures the delivery of webhooks: 10,000 changes, a receiver that refuses, workers that are killed.

    make bench-webhooks
    BENCH_CHANGES=1000 make bench-webhooks

Retries follow sooner than in production, to keep the run short. Server, workers and receiver share the machine.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from scripts.postgres import VARIABLE
from tests.conftest import empty_postgres_database
from tests.webhook_load import MAX_REFUSALS, REFUSED_SHARE, RETRIES, LoadTestReport, run_load_test

CHANGES = int(os.environ.get("BENCH_CHANGES", "10000"))
RECORDS = 200
KILLS = 3
LIGHT_LOAD_CHANGES = 500
LIGHT_LOAD_CHANGES_PER_SECOND = 25


def main() -> int:
    """Prints the results on each database; returns 1 when an event was lost or came in the wrong order."""
    print(f"{CHANGES} changes to {RECORDS} deals; the receiver refuses {REFUSED_SHARE:.0%} of the requests (an event")
    print(f"{MAX_REFUSALS} times at most); {KILLS} kills of a worker; retries after {RETRIES} s instead of 3,30,150 s")
    failed = False
    with tempfile.TemporaryDirectory(prefix="dealwright-bench-") as folder:
        failed |= _measure("SQLite, 1 worker", str(Path(folder) / "load"), workers=1)
        _measure_light_load("SQLite, 1 worker", str(Path(folder) / "light-load"), workers=1)
    if os.environ.get(VARIABLE):
        with empty_postgres_database() as url:
            failed |= _measure("PostgreSQL, 3 workers", url, workers=3)
        with empty_postgres_database() as url:
            _measure_light_load("PostgreSQL, 3 workers", url, workers=3)
    else:
        print("PostgreSQL is not available.")
    return 1 if failed else 0


def _measure(name: str, location: str, *, workers: int) -> bool:
    """Measures and prints a run under load; returns whether something went wrong."""
    report = run_load_test(location, changes=CHANGES, records=RECORDS, workers=workers, kills=KILLS)
    seconds = max(one.received_at for one in report.accepted) - min(one.received_at for one in report.accepted)
    lost, misordered = report.expected_count - len(report.events), len(report.out_of_order())
    changing = report.last_change - report.first_change
    print(f"\n{name}")
    print(
        f"  changes              {report.expected_count} in {changing:.1f} s, {report.expected_count / changing:.0f}/s"
    )
    print(f"  delivered            {len(report.events)}, lost {lost}, repeated {report.repeated_count}")
    print(f"  out of order         {misordered}")
    print(f"  refused requests     {report.refused_count}")
    print(
        f"  deliveries/s         {report.expected_count / seconds:.0f} ({len(report.accepted) + report.refused_count} requests)"
    )
    _print_delays("delay under load", report)
    states = {"delivered": report.expected_count}
    if report.state_counts != states:
        print(f"  states               {report.state_counts}")
    return bool(lost or misordered or report.state_counts != states)


def _measure_light_load(name: str, location: str, *, workers: int) -> None:
    """Measures and prints the delay under a light load."""
    report = run_load_test(
        location,
        changes=LIGHT_LOAD_CHANGES,
        records=100,
        workers=workers,
        kills=0,
        refused_share=0,
        per_second=LIGHT_LOAD_CHANGES_PER_SECOND,
    )
    _print_delays(f"delay at {LIGHT_LOAD_CHANGES_PER_SECOND}/s", report)


def _print_delays(name: str, report: LoadTestReport) -> None:
    delays = report.delays()
    median, p99 = (delays[min(len(delays) - 1, int(len(delays) * part))] for part in (0.5, 0.99))
    print(f"  {name:<20} p50 {median * 1000:.0f} ms, p99 {p99 * 1000:.0f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
