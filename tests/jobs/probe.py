"""Jobs for the tests, which record each of their runs in a file and behave as their arguments say."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Literal, NamedTuple, cast

from dealwright.crm.companies import Companies
from dealwright.crm.kernel import jobs
from dealwright.crm.kernel.jobs import JobName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.jobs.registry import JobContext, PermanentFailure, job
from dealwright.storage.platform import Company

RETRIES = (3, 30, 150)
QUICK_RETRIES = (0.2, 0.2, 0.2)


class ProbeRun(NamedTuple):
    """One run of a probe: the process, the probe's name, the number of the attempt and the event."""

    process: int
    name: str
    attempt: int
    event: Literal["began", "ended", "failed", "gave up"]


def enqueue(
    crm: UnitOfWork, log: Path, name: str, *, lock: str | None = None, quick: bool = False, **arguments: str | float
) -> None:
    """Enqueues a probe that records its runs in a file.

    Its ``arguments``: it fails its first ``fail`` times, or gives up at once with ``give_up``; it takes ``seconds``,
    and goes on as long as there is a file ``hold``. A ``quick`` one is tried again soon.
    """
    kind = "quick probe" if quick else "probe"
    jobs.enqueue(crm, cast("JobName", kind), {"log": str(log), "name": name, **arguments}, lock=lock)


def enqueue_in_own_unit(
    companies: Companies,
    company: Company,
    log: Path,
    name: str,
    *,
    lock: str | None = None,
    quick: bool = False,
    **arguments: str | float,
) -> None:
    """Enqueues a probe in a unit of its own."""
    with companies.unit_of_work(company, 1, write=True) as crm:
        enqueue(crm, log, name, lock=lock, quick=quick, **arguments)


def read_runs(log: Path) -> list[ProbeRun]:
    """Returns the recorded runs, in order."""
    if not log.exists():
        return []
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    return [ProbeRun(int(process), name, int(attempt), event) for process, name, attempt, event in rows]  # type: ignore[arg-type]


def started_probes(log: Path) -> list[tuple[str, int]]:
    """Returns the probes that have begun, with the number of the attempt."""
    return [(run.name, run.attempt) for run in read_runs(log) if run.event == "began"]


def finished_probes(log: Path) -> list[str]:
    """Returns the probes that have succeeded."""
    return [run.name for run in read_runs(log) if run.event == "ended"]


def _on_failure(context: JobContext, _error: Exception) -> None:
    _log_event(context, "gave up")


@job(cast("JobName", "probe"), retries=RETRIES, on_failure=_on_failure)
@job(cast("JobName", "quick probe"), retries=QUICK_RETRIES, on_failure=_on_failure)
def _probe(context: JobContext) -> None:
    arguments = context.arguments
    _log_event(context, "began")
    time.sleep(float(str(arguments.get("seconds", 0))))
    while Path(str(arguments.get("hold", "/does/not/exist"))).exists():
        time.sleep(0.01)
    if arguments.get("give_up"):
        raise PermanentFailure("hopeless")
    if context.attempt <= float(str(arguments.get("fail", 0))):
        _log_event(context, "failed")
        raise ValueError(f"attempt {context.attempt}")
    _log_event(context, "ended")


def _log_event(context: JobContext, event: str) -> None:
    # One write at the end of a file is atomic.
    with Path(str(context.arguments["log"])).open("a") as file:
        file.write(f"{os.getpid()}\t{context.arguments['name']}\t{context.attempt}\t{event}\n")
