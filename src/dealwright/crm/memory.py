"""What a process remembers of a platform between units of work: opaque bytes by key, what was not used for long forgotten."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Hashable, Iterable, Sequence

CAPACITY = 64 * 1024 * 1024
MOST_SHELVES = 1000
# What a key and its place in the dict cost, roughly.
OVERHEAD = 250


class Memory:
    """Remembers up to ``capacity`` bytes. Whoever puts something in makes sure that the key changes when it does.

    There are two halves. What is used moves to the newer one, and when that is full, the older one is forgotten: it has not
    been used since. To keep an exact order of use would cost more than a look-up.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._newer: dict[Hashable, bytes] = {}
        self._older: dict[Hashable, bytes] = {}
        self._shelves: dict[Hashable, int] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def shelf(self, name: Hashable) -> int:
        """A number for what many keys have in common, which is quicker to look up than the thing itself."""
        with self._lock:
            if len(self._shelves) >= MOST_SHELVES and name not in self._shelves:
                # Nothing finds what stood there any more, so it is forgotten in time.
                self._shelves.clear()
            if name not in self._shelves:
                self._shelves[name] = next(self._numbers)
            return self._shelves[name]

    def recall(self, keys: Sequence[Hashable]) -> list[bytes | None]:
        """What is remembered under each key, None for nothing."""
        with self._lock:
            found = list(map(self._newer.get, keys))
            if self._older and None in found:
                for place, key in enumerate(keys):
                    if found[place] is None and (entry := self._older.get(key)) is not None:
                        found[place] = entry
                        self._put(key, entry)
            return found

    def remember(self, entries: Iterable[tuple[Hashable, bytes]]) -> None:
        """Remembers bytes under their keys."""
        with self._lock:
            for key, entry in entries:
                self._put(key, entry)

    def _put(self, key: Hashable, entry: bytes) -> None:
        if key in self._newer:
            return
        self._size += len(entry) + OVERHEAD
        if self._size > self._capacity // 2:
            self._older, self._newer = self._newer, {}
            self._size = len(entry) + OVERHEAD
        self._newer[key] = entry
