"""Work that is done in a process of its own meanwhile: by processes that have one thread only, which that of the tests may not."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dealwright.cli.meanwhile import meanwhile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only where it is safe to fork")

IMPORTS = """
import os, pathlib, signal, sys
from dealwright.cli.meanwhile import meanwhile
"""


def said_by(script: str, *arguments: object) -> str:
    """What a script prints."""
    command = [sys.executable, "-c", IMPORTS + script, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_work_is_done_in_another_process() -> None:
    script = """
with meanwhile(os.getpid) as result:
    print(result() != os.getpid())
"""
    assert said_by(script) == "True\n"


def test_where_there_are_threads_it_is_done_here() -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        with meanwhile(os.getpid) as result:
            assert result() == os.getpid()
    finally:
        done.set()
        thread.join()


def test_what_goes_wrong_is_raised_where_the_result_is_asked_for() -> None:
    script = """
def refused():
    raise FileNotFoundError(2, "not there", "the file")

with meanwhile(refused) as result:
    try:
        result()
    except FileNotFoundError as error:
        print(error.filename, "in refused" in error.__notes__[0])
"""
    assert said_by(script) == "the file True\n"


def test_a_process_that_is_killed_is_an_error() -> None:
    script = """
with meanwhile(lambda: os.kill(os.getpid(), signal.SIGKILL)) as result:
    try:
        result()
    except ChildProcessError as error:
        print(error)
"""
    assert said_by(script) == "A process that was to do a part of the work was killed\n"


def test_work_that_nobody_waits_for_is_ended_in_order(tmp_path: Path) -> None:
    script = """
begun, ended = map(pathlib.Path, sys.argv[1:])

def waiting():
    try:
        begun.touch()
        signal.pause()
    finally:
        ended.touch()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with meanwhile(waiting):
    while not begun.exists():
        pass
print(ended.exists())
"""
    assert said_by(script, tmp_path / "begun", tmp_path / "ended") == "True\n"
