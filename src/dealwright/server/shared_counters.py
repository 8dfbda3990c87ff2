"""Counters that all processes of a server share: an array of integers with one lock, and slots in it that have keys.

The lock is held for some microseconds. Taking it when it is free does not release the interpreter, which a lock on a
file would: then all processes would wait for whatever thread goes on in the meantime.
"""

from __future__ import annotations

import ctypes
import logging
import multiprocessing
import threading
from types import TracebackType
from typing import Any

LOCK_TIMEOUT_SECONDS = 1.0
"""The time to wait for the lock. A process that holds it for longer has been killed, or stopped, while holding it."""
# The number of slots that a key may be in. When all are taken, the one that was used least recently is evicted.
ASSOCIATIVITY = 16
KEY, LAST_USED, HEADER_SIZE = 0, 1, 2
# The number of keys whose positions a process caches.
MAX_CACHED_KEYS = 20_000

log = logging.getLogger(__name__)


class SharedArray:
    """Integers of 64 bits, zero at first.

    With more than one process it can be passed to those that are being started.
    """

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
        """Returns the integers in the memory of this process."""
        return memoryview(self._memory).cast("B").cast("q")

    def __enter__(self) -> None:
        if not self._lock.acquire(True, LOCK_TIMEOUT_SECONDS):
            # An update that was interrupted does little harm to these integers.
            log.warning("Counters are taken over from a process that holds them no longer")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            self._lock.release()
        except (RuntimeError, ValueError):
            # The lock was taken over from this process, which had only been stopped.
            log.warning("Counters were taken over by another process")


class SlotTable:
    """A part of an array: slots of equal width, each with a key, the time of its last use, and integers of its own."""

    def __init__(self, cells: memoryview[int], start: int, count: int, width: int) -> None:
        self._cells = cells
        self._start = start
        self._count = count
        self._width = HEADER_SIZE + width
        self._zeros = memoryview(bytes(8 * self._width)).cast("q")
        self._positions: dict[int, int] = {}

    @staticmethod
    def size(count: int, width: int) -> int:
        """Returns how many integers such slots need."""
        return count * (HEADER_SIZE + width)

    def get_or_create(self, key: int, now: int) -> int:
        """Returns the position of a key's slot; a new one has zeros.

        The key must not be 0, and the lock must be held.
        """
        position = self._positions.get(key)
        if position is None or self._cells[position] != key:
            position = self._find_or_evict(key)
            if len(self._positions) >= MAX_CACHED_KEYS:
                self._positions.clear()
            self._positions[key] = position
        self._cells[position + LAST_USED] = now
        return position

    def list_used(self) -> list[int]:
        """Returns the positions of slots with keys."""
        positions = range(self._start, self._start + self._count * self._width, self._width)
        return [at for at in positions if self._cells[at]]

    def _find_or_evict(self, key: int) -> int:
        cells = self._cells
        candidates = [self._start + (key + step) % self._count * self._width for step in range(ASSOCIATIVITY)]
        for position in candidates:
            if cells[position] == key:
                return position
        position = min(candidates, key=lambda at: cells[at + LAST_USED] if cells[at] else -1)
        cells[position : position + self._width] = self._zeros
        cells[position] = key
        return position
