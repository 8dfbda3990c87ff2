"""Processes that run jobs, the tests' own among them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The command, in a process that knows the jobs of the tests.
_COMMAND = "import sys, tests.jobs.probe, dealwright.cli; sys.exit(dealwright.cli.main(sys.argv[1:]))"
WAIT_SECONDS = 60


@contextmanager
def dealwright(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """``dealwright`` with these arguments, which has said its first line; killed at the end when it still runs."""
    with tempfile.TemporaryFile("a+b") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, *arguments], cwd=ROOT, stdout=output, stdin=subprocess.DEVNULL
        )
        try:
            process.stdout = output
            until(lambda: said(process) or process.poll() is not None)
            assert process.poll() is None
            yield process
        finally:
            process.kill()
            process.wait()


def worker(location: str, *arguments: str) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """``dealwright worker``, which soon takes over from those that were killed."""
    return dealwright("worker", "--database", location, "--silence", "1.5", *arguments)


def until(condition: Callable[[], object]) -> None:
    """Waits for something to be so. Raises AssertionError when it does not come."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it has not come"
        time.sleep(0.01)


def said(process: subprocess.Popen[bytes]) -> int:
    """How many lines a process has written."""
    assert process.stdout is not None
    return os.pread(process.stdout.fileno(), 10_000, 0).count(b"\n")
