"""Does some work in a process of its own while this one does something else, such as importing a server."""

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

_ENDS = {signal.SIGTERM, signal.SIGINT}


class _Failed(NamedTuple):
    """The work could not be done."""

    error: BaseException


@contextmanager
def meanwhile(work: Callable[[], T]) -> Iterator[Callable[[], T]]:
    """Begins some work; what is yielded waits for its result, or raises what it raised.

    A process is forked for it where that is safe: on Linux, as long as there is only one thread. Otherwise the work is done here,
    when its result is asked for. When the block is left before the work is done, its process ends like one that is terminated.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        yield work
        return
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(work, sending), daemon=True)
    try:
        # What a signal raises while a process forks goes unheard.
        with held_back():
            process.start()
        sending.close()
        yield partial(_result, receiving)
    finally:
        # One that has told its result has nothing left to do.
        if process.pid is not None:
            process.terminate()
            process.join()
        receiving.close()


@contextmanager
def held_back() -> Iterator[None]:
    """Nobody stops the process meanwhile, such as between making what is to be cleaned up and knowing that it is."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)


def _do(work: Callable[[], T], sending: Connection) -> None:
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDS)
    try:
        told: object = work()
    except Exception as error:
        error.add_note("".join(traceback.format_exception(error)))
        told = _Failed(error)
    # Nobody may be there any more to hear it.
    with suppress(BrokenPipeError):
        sending.send(told)


def _result(receiving: Connection) -> Any:
    try:
        told = receiving.recv()
    except EOFError:
        raise ChildProcessError("A process that was to do a part of the work was killed") from None
    if isinstance(told, _Failed):
        raise told.error
    return told
