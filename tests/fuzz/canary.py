"""Asks a server for something cheap all the time, in a process of its own, and tells how long that took.

    python -m tests.fuzz.canary URL TOKEN PID

asks until its standard input is closed, and prints the longest waits then. Several connections ask in turn, because each stays
with one of a server's workers.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECTIONS = 4
PAUSE_SECONDS = 0.02
LONGEST = 10
TICKS = os.sysconf("SC_CLK_TCK")


class Wait(NamedTuple):
    """A request: when it was sent, how long its answer took, and what the server's processes did meanwhile.

    They computed for ``cpu_seconds``, and their event loops, taken together, were kept waiting for a processor for
    ``queued_seconds``: on a busy machine both tell a server that is slow from one that does not get its turn.
    """

    began: float
    seconds: float
    cpu_seconds: float
    queued_seconds: float


class Waits(NamedTuple):
    """The number of requests and of those that got no answer, and the longest waits."""

    requests: int
    unanswered: int
    longest: list[Wait]


def processes(pid: int) -> list[int]:
    """Returns a process and all that come from it."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    try:
        children = [int(child) for task in tasks for child in task.read_text().split()]
    except OSError:
        return []
    return [pid, *(one for child in children for one in processes(child))]


def cpu_seconds(pids: list[int]) -> float:
    """Returns the processor time that processes have used so far."""
    ticks = 0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def queued_seconds(pids: list[int]) -> float:
    """Returns how long the first threads of processes have waited for a processor so far."""
    nanoseconds = 0
    for pid in pids:
        try:
            nanoseconds += int(Path(f"/proc/{pid}/schedstat").read_text().split()[1])
        except OSError:
            continue
    return nanoseconds / 1e9


def run(url: str, token: str, pid: int) -> Waits:
    """Asks until standard input is closed."""
    finished = threading.Event()
    waits: list[Wait] = []
    unanswered: list[float] = []
    pids = processes(pid)

    def ask() -> None:
        connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
        while not finished.is_set():
            cpu, queued, began = cpu_seconds(pids), queued_seconds(pids), time.time()
            try:
                connection.request("GET", "/api/v2/deals/1", headers={"x-api-token": token})
                connection.getresponse().read()
            except OSError:
                unanswered.append(began)
                connection.close()
            seconds = time.time() - began
            waits.append(Wait(began, seconds, cpu_seconds(pids) - cpu, queued_seconds(pids) - queued))
            finished.wait(PAUSE_SECONDS)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    finished.set()
    for thread in threads:
        thread.join()
    longest = sorted(waits, key=lambda wait: wait.seconds, reverse=True)[:LONGEST]
    return Waits(len(waits), len(unanswered), longest)


if __name__ == "__main__":
    print(json.dumps(run(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
