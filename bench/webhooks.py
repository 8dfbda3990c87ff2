"""Measures the delivery of webhooks: 10,000 changes, a receiver that refuses, workers that are killed; `make bench-webhooks`.

    make bench-webhooks
    BENCH_CHANGES=1000 make bench-webhooks

Retries come sooner than they do otherwise, so that this ends. Server, workers and receiver share the machine.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from scripts.postgres import VARIABLE
from tests.conftest import empty_postgres_database
from tests.storm import MOST_REFUSALS, REFUSED_SHARE, RETRIES, Report, storm

CHANGES = int(os.environ.get("BENCH_CHANGES", "10000"))
RECORDS = 200
KILLS = 3
CALM_CHANGES = 500
CALM_PER_SECOND = 25


def main() -> int:
    """Prints what came of it on each database; 1 when something was lost or came in the wrong order."""
    print(f"{CHANGES} changes to {RECORDS} deals; the receiver refuses {REFUSED_SHARE:.0%} of the requests (an event")
    print(f"{MOST_REFUSALS} times at most); {KILLS} kills of a worker; retries after {RETRIES} s instead of 3,30,150 s")
    failed = False
    with tempfile.TemporaryDirectory(prefix="dealwright-bench-") as folder:
        failed |= _measure("SQLite, 1 worker", str(Path(folder) / "storm"), workers=1)
        _calm("SQLite, 1 worker", str(Path(folder) / "calm"), workers=1)
    if os.environ.get(VARIABLE):
        with empty_postgres_database() as url:
            failed |= _measure("PostgreSQL, 3 workers", url, workers=3)
        with empty_postgres_database() as url:
            _calm("PostgreSQL, 3 workers", url, workers=3)
    else:
        print("PostgreSQL is not at hand.")
    return 1 if failed else 0


def _measure(name: str, location: str, *, workers: int) -> bool:
    """A storm, and what came of it; whether something went wrong."""
    report = storm(location, changes=CHANGES, records=RECORDS, workers=workers, kills=KILLS)
    seconds = max(one.time for one in report.taken) - min(one.time for one in report.taken)
    lost, disorder = report.expected - len(report.events), len(report.out_of_order())
    changing = report.last_change - report.first_change
    print(f"\n{name}")
    print(f"  changes              {report.expected} in {changing:.1f} s, {report.expected / changing:.0f}/s")
    print(f"  delivered            {len(report.events)}, lost {lost}, told again {report.repeated}")
    print(f"  out of order         {disorder}")
    print(f"  refused requests     {report.refused}")
    print(f"  deliveries/s         {report.expected / seconds:.0f} ({len(report.taken) + report.refused} requests)")
    _say_delays("delay under load", report)
    states = {"delivered": report.expected}
    if report.states != states:
        print(f"  states               {report.states}")
    return bool(lost or disorder or report.states != states)


def _calm(name: str, location: str, *, workers: int) -> None:
    """The delay when there is time for everything."""
    report = storm(
        location,
        changes=CALM_CHANGES,
        records=100,
        workers=workers,
        kills=0,
        refused_share=0,
        per_second=CALM_PER_SECOND,
    )
    _say_delays(f"delay at {CALM_PER_SECOND}/s", report)


def _say_delays(name: str, report: Report) -> None:
    delays = report.delays()
    half, most = (delays[min(len(delays) - 1, int(len(delays) * part))] for part in (0.5, 0.99))
    print(f"  {name:<20} p50 {half * 1000:.0f} ms, p99 {most * 1000:.0f} ms", flush=True)


if __name__ == "__main__":
    sys.exit(main())
