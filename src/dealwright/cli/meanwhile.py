"""Does some work in a process of its own while this one does something else, such as importing a server."""

from __future__ import annotations

import multiprocessing
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


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
    process.start()
    sending.close()
    try:
        yield partial(_result, receiving)
    finally:
        # One that has told its result has nothing left to do.
        process.terminate()
        process.join()
        receiving.close()


def _do(work: Callable[[], T], sending: Connection) -> None:
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
