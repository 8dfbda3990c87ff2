"""Jobs for the tests, which write down each of their runs in a file and do what their arguments say."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Literal, NamedTuple, cast

from dealwright.crm import jobs
from dealwright.crm.jobs import JobName
from dealwright.crm.unit import Companies, Crm
from dealwright.jobs.registry import GiveUp, Work, job
from dealwright.storage.platform import Company

RETRIES = (3, 30, 150)
QUICK_RETRIES = (0.2, 0.2, 0.2)


class Run(NamedTuple):
    """One run of a probe: the process, what it is called, which attempt it was and what happened."""

    process: int
    name: str
    attempt: int
    event: Literal["began", "ended", "failed", "gave up"]


def enqueue(
    crm: Crm, log: Path, name: str, *, lock: str | None = None, quick: bool = False, **arguments: str | float
) -> None:
    """Enqueues a probe that notes its runs in a file.

    It fails its first ``fail`` times, or gives up at once with ``give_up``; it takes ``seconds``, and goes on as long as
    there is a file ``hold``. A ``quick`` one is tried again soon.
    """
    kind = "quick probe" if quick else "probe"
    jobs.enqueue(crm, cast("JobName", kind), {"log": str(log), "name": name, **arguments}, lock=lock)


def enqueue_alone(
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
    with companies.unit(company, 1, write=True) as crm:
        enqueue(crm, log, name, lock=lock, quick=quick, **arguments)


def runs(log: Path) -> list[Run]:
    """What was written down, in order."""
    if not log.exists():
        return []
    rows = [line.split("\t") for line in log.read_text().splitlines()]
    return [Run(int(process), name, int(attempt), event) for process, name, attempt, event in rows]  # type: ignore[arg-type]


def began(log: Path) -> list[tuple[str, int]]:
    """The probes that have begun, with the number of the attempt."""
    return [(run.name, run.attempt) for run in runs(log) if run.event == "began"]


def ended(log: Path) -> list[str]:
    """The probes that have ended well."""
    return [run.name for run in runs(log) if run.event == "ended"]


def _given_up(work: Work, _error: Exception) -> None:
    _note(work, "gave up")


@job(cast("JobName", "probe"), retries=RETRIES, given_up=_given_up)
@job(cast("JobName", "quick probe"), retries=QUICK_RETRIES, given_up=_given_up)
def _probe(work: Work) -> None:
    arguments = work.arguments
    _note(work, "began")
    time.sleep(float(str(arguments.get("seconds", 0))))
    while Path(str(arguments.get("hold", "/does/not/exist"))).exists():
        time.sleep(0.01)
    if arguments.get("give_up"):
        raise GiveUp("hopeless")
    if work.attempt <= float(str(arguments.get("fail", 0))):
        _note(work, "failed")
        raise ValueError(f"attempt {work.attempt}")
    _note(work, "ended")


def _note(work: Work, event: str) -> None:
    # One write at the end of a file is not divided.
    with Path(str(work.arguments["log"])).open("a") as file:
        file.write(f"{os.getpid()}\t{work.arguments['name']}\t{work.attempt}\t{event}\n")
