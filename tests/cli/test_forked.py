"""Work in a forked process. Only a process with one thread may fork, so that these tests run scripts of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dealwright.cli.forked import run_forked

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only where it is safe to fork")

IMPORTS = """
import os, pathlib, signal, sys
from dealwright.cli.forked import run_forked
"""


def run_script(script: str, *arguments: object) -> str:
    """Runs a script; returns what it prints."""
    command = [sys.executable, "-c", IMPORTS + script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_work_is_done_in_another_process() -> None:
    script = """
with run_forked(os.getpid) as result:
    print(result() != os.getpid())
"""
    assert run_script(script) == "True\n"


def test_with_threads_the_work_is_done_in_this_process() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with run_forked(os.getpid) as result:
            assert result() == os.getpid()
    finally:
        done.set()
        thread.join()


def test_errors_are_raised_when_the_result_is_read() -> None:
    script = """
def refused():
    raise FileNotFoundError(2, "not there", "the file")

with run_forked(refused) as result:
    try:
        result()
    except FileNotFoundError as error:
        print(error.filename, "in refused" in error.__notes__[0])
"""
    assert run_script(script) == "the file True\n"


def test_a_process_that_is_killed_is_an_error() -> None:
    script = """
with run_forked(lambda: os.kill(os.getpid(), signal.SIGKILL)) as result:
    try:
        result()
    except ChildProcessError as error:
        print(error)
"""
    assert run_script(script) == "A process that was to do a part of the work was killed\n"


def test_unfinished_work_is_ended_cleanly(tmp_path: Path) -> None:
    script = """
begun, ended = map(pathlib.Path, sys.argv[1:])

def waiting():
    try:
        begun.touch()
        signal.pause()
    finally:
        ended.touch()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with run_forked(waiting):
    while not begun.exists():
        pass
print(ended.exists())
"""
    assert run_script(script, tmp_path / "begun", tmp_path / "ended") == "True\n"
