"""Does some work in a forked process while this one does something else, such as importing the server."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")

_STOP_SIGNALS = {signal.SIGTERM, signal.SIGINT}


class _ChildFailure(NamedTuple):
    """An error that the work raised in the child process."""

    error: BaseException


@contextmanager
def run_forked(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Runs `work` in a forked child; yields a function that returns its result or raises its exception.

    Forks only where that is safe: on Linux, as long as there is only one thread. Otherwise that function runs `work`
    itself. When the block is left before the work is done, the child is terminated.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        yield work
        return
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_run_in_child, args=(work, sending), daemon=True)
    try:
        # An exception that a signal raises during a fork is lost.
        with signals_blocked():
            process.start()
        sending.close()
        yield partial(_receive_result, receiving)
    finally:
        # A child that has sent its result has nothing left to do.
        if process.pid is not None:
            process.terminate()
            process.join()
        receiving.close()


@contextmanager
def signals_blocked() -> Iterator[None]:
    """Blocks SIGTERM and SIGINT, so that they cannot come between creating a thing and registering its clean-up."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)


def _run_in_child(work: Callable[[], T], sending: Connection) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOP_SIGNALS)
    try:
        result: object = work()
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        result = _ChildFailure(error)
    # The parent may have closed the pipe already.
    with suppress(BrokenPipeError):
        sending.send(result)


def _receive_result(receiving: Connection) -> Any:
    try:
        result = receiving.recv()
    except EOFError:
        raise ChildProcessError("A process that was to do a part of the work was killed") from None
    if isinstance(result, _ChildFailure):
        raise result.error
    return result
