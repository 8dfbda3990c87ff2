"""Processes that run jobs, including those of the tests."""

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
WAIT_TIMEOUT_SECONDS = 60


@contextmanager
def run_command(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs ``dealwright`` with these arguments; yields it after its first line of output, and kills it at the end."""
    with tempfile.TemporaryFile("a+b") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND, *arguments], cwd=ROOT, stdout=output, stdin=subprocess.DEVNULL
        )
        try:
            process.stdout = output
            wait_until(lambda: count_output_lines(process) or process.poll() is not None)
            assert process.poll() is None
            yield process
        finally:
            process.kill()
            process.wait()


def run_worker(location: str, *arguments: str) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    """Runs ``dealwright worker``, which soon takes over the jobs of killed workers."""
    return run_command("worker", "--database", location, "--silence", "1.5", *arguments)


def wait_until(condition: Callable[[], object]) -> None:
    """Waits until a condition is true. Raises AssertionError when it takes too long."""
    deadline = time.monotonic() + WAIT_TIMEOUT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "the condition has not become true"
        time.sleep(0.01)


def count_output_lines(process: subprocess.Popen[bytes]) -> int:
    """Returns the number of lines that a process has written."""
    assert process.stdout is not None
    return os.pread(process.stdout.fileno(), 10_000, 0).count(b"\n")
