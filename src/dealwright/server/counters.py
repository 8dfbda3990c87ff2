"""Counters that all processes of a server share: a block of integers behind one lock, and slots in it that are found by keys.

The lock is held for some microseconds. Taking it when it is free does not let go of the interpreter, which a lock on a
file would: then all processes would wait for whatever thread goes on meanwhile.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import threading
from types import TracebackType
from typing import Any

PATIENCE_SECONDS = 1.0
"""How long the lock is waited for. Whoever holds it for longer has been killed, or stopped, in the midst of it."""
# How many places a key may have. With more keys than places, the one that was used least recently is forgotten.
WAYS = 16
KEY, USED, OWN = 0, 1, 2
# How many keys a process remembers.
MOST_KNOWN = 20_000

log = logging.getLogger(__name__)


class Block:
    """Integers of 64 bits, zero at first. With more than one process it can be given to those that are being started."""

    def __init__(self, size: int, *, processes: int = 1) -> None:
        self.size = size
        self._memory: Any
        self._lock: Any
        if processes > 1:
            context = multiprocessing.get_context("spawn")
            self._memory = context.RawArray(ctypes.c_int64, size)
            self._lock = context.Lock()
        else:
            self._memory = bytearray(8 * size)
            self._lock = threading.Lock()

    def cells(self) -> memoryview[int]:
        """The integers, as this process sees them."""
        return memoryview(self._memory).cast("B").cast("q")

    def __enter__(self) -> None:
        if not self._lock.acquire(True, PATIENCE_SECONDS):
            # The integers are such that whatever was left undone harms little.
            log.warning("Counters are taken over from a process that holds them no longer")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._lock.release()
        except (RuntimeError, ValueError):
            # It was taken over from this process, which had only been stopped.
            log.warning("Counters were taken over by another process")


class Slots:
    """A part of a block: slots of equal width, each with a key, when it was last used, and integers of its own."""

    def __init__(self, cells: memoryview[int], start: int, number: int, width: int) -> None:
        self._cells = cells
        self._start = start
        self._number = number
        self._width = OWN + width
        self._blank = memoryview(bytes(8 * self._width)).cast("q")
        self._known: dict[int, int] = {}

    @staticmethod
    def size(number: int, width: int) -> int:
        """How many integers such slots need."""
        return number * (OWN + width)

    def find(self, key: int, now: int) -> int:
        """Where the slot of a key is; one that is new has zeros. The key may not be 0. Within the lock only."""
        at = self._known.get(key)
        if at is None or self._cells[at] != key:
            at = self._look(key)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[key] = at
        self._cells[at + USED] = now
        return at

    def all(self) -> list[int]:
        """Where slots with keys are."""
        places = range(self._start, self._start + self._number * self._width, self._width)
        return [at for at in places if self._cells[at]]

    def _look(self, key: int) -> int:
        cells = self._cells
        places = [self._start + (key + step) % self._number * self._width for step in range(WAYS)]
        for at in places:
            if cells[at] == key:
                return at
        at = min(places, key=lambda at: cells[at + USED] if cells[at] else -1)
        cells[at : at + self._width] = self._blank
        cells[at] = key
        return at
