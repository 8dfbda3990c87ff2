"""A job for the tests, which writes down each of its runs in a file and does what its arguments say."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from dealwright.crm import jobs
from dealwright.crm.jobs import JobName
from dealwright.crm.unit import Crm
from dealwright.jobs.registry import GiveUp, Work, job

PROBE = cast("JobName", "probe")
RETRIES = (3, 30, 150)


def enqueue(crm: Crm, log: Path, name: str, *, lock: str | None = None, **arguments: str | float) -> None:
    """Enqueues a probe that notes ``name`` in a file each time that it runs.

    It fails its first ``fail`` times, or gives up at once with ``give_up``, and takes ``seconds``.
    """
    jobs.enqueue(crm, PROBE, {"log": str(log), "name": name, **arguments}, lock=lock)


def given_up(work: Work, error: Exception) -> None:
    _note(work, f"gave up {work.arguments['name']}: {error}")


@job(PROBE, retries=RETRIES, given_up=given_up)
def probe(work: Work) -> None:
    arguments = work.arguments
    name = str(arguments["name"])
    _note(work, f"{name}" if work.attempt == 1 else f"{name} {work.attempt}")
    time.sleep(float(str(arguments.get("seconds", 0))))
    if arguments.get("give_up"):
        raise GiveUp("hopeless")
    if work.attempt <= float(str(arguments.get("fail", 0))):
        raise ValueError(f"attempt {work.attempt}")
    if arguments.get("seconds"):
        _note(work, f"{name} ended")


def noted(log: Path) -> list[str]:
    """What was written down, in order."""
    return [line.partition(" ")[2] for line in log.read_text().splitlines()] if log.exists() else []


def processes(log: Path, names: Iterable[str]) -> set[int]:
    """The processes that ran some probes."""
    lines = [line.split(" ") for line in log.read_text().splitlines()]
    return {int(line[0]) for line in lines if line[1] in set(names)}


def _note(work: Work, text: str) -> None:
    # One write at the end of a file is not divided.
    with Path(str(work.arguments["log"])).open("a") as file:
        file.write(f"{os.getpid()} {text}\n")
