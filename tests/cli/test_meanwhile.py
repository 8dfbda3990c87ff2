"""Work that is done in a process of its own meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

from dealwright.cli.meanwhile import meanwhile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only where it is safe to fork")


def alone() -> bool:
    """Whether this process has one thread only."""
    return threading.active_count() == 1


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refused() -> None:
    raise FileNotFoundError(2, "not there", "the file")


def waiting(begun: Path, ended: Path) -> None:
    try:
        begun.touch()
        signal.pause()
    finally:
        ended.touch()


def test_the_work_is_done_in_another_process() -> None:
    with meanwhile(os.getpid) as result:
        assert (result() != os.getpid()) == alone()


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
    with meanwhile(refused) as result, pytest.raises(FileNotFoundError) as raised:
        result()
    assert raised.value.filename == "the file"
    if alone():
        assert "in refused" in raised.value.__notes__[0]


@pytest.mark.skipif(not alone(), reason="this process has other threads")
def test_a_process_that_is_killed_is_an_error() -> None:
    with meanwhile(killed) as result, pytest.raises(ChildProcessError):
        result()


@pytest.mark.skipif(not alone(), reason="this process has other threads")
def test_work_that_nobody_waits_for_is_ended_in_order(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        begun, ended = tmp_path / "begun", tmp_path / "ended"
        with meanwhile(partial(waiting, begun, ended)):
            while not begun.exists():
                pass
        assert ended.exists()
    finally:
        signal.signal(signal.SIGTERM, before)
