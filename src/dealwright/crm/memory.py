"""What a process remembers of a platform between units of work: opaque bytes by key, what was not used for long forgotten."""

from __future__ import annotations

import itertools
import os
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence

CAPACITY_VARIABLE = "DEALWRIGHT_MEMORY_MB"
CAPACITY_MB = 256
MOST_SHELVES = 1000
# What a key and its place in the dict cost, roughly.
OVERHEAD = 400
# To keep the order of use costs as much as looking up. What is used often gets to the end all the same.
ORDERED_EVERY = 8


class Memory:
    """Remembers up to ``capacity`` bytes. Whoever puts something in makes sure that the key changes when it does."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._recalled = 0
        # What was used last is at the end.
        self._entries: OrderedDict[Hashable, bytes] = OrderedDict()
        self._shelves: dict[Hashable, bytes] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @classmethod
    def configured(cls) -> Memory:
        """A memory as large as the environment says, or else by default. Raises ValueError."""
        said = os.environ.get(CAPACITY_VARIABLE, str(CAPACITY_MB))
        if not said.isdecimal():
            raise ValueError(f"{CAPACITY_VARIABLE} must be a number of megabytes, not {said!r}")
        return cls(int(said) * 1024 * 1024)

    def shelf(self, name: Hashable) -> bytes:
        """What many keys have in common, in few bytes for them to begin with. Those keys are bytes, and no others are."""
        with self._lock:
            if len(self._shelves) >= MOST_SHELVES and name not in self._shelves:
                # Nothing finds what stood there any more, so it is forgotten in time.
                self._shelves.clear()
            if name not in self._shelves:
                self._shelves[name] = b"%d:" % next(self._numbers)
            return self._shelves[name]

    def recall(self, keys: Sequence[Hashable]) -> list[bytes | None]:
        """What is remembered under each key, None for nothing."""
        with self._lock:
            found = list(map(self._entries.get, keys))
            self._recalled += 1
            if self._recalled % ORDERED_EVERY == 0:
                for key, entry in zip(keys, found, strict=True):
                    if entry is not None:
                        self._entries.move_to_end(key)
            return found

    def remember(self, entries: Iterable[tuple[Hashable, bytes]]) -> None:
        """Remembers bytes under their keys."""
        with self._lock:
            for key, entry in entries:
                if key not in self._entries:
                    self._size += len(entry) + OVERHEAD
                    # A copy, because what was just written lies in a buffer of up to twice its size.
                    self._entries[key] = bytes(memoryview(entry))
            while self._size > self._capacity:
                _, entry = self._entries.popitem(last=False)
                self._size -= len(entry) + OVERHEAD
