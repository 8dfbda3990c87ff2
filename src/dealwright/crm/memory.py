"""What a process remembers of a platform between units of work: opaque bytes by key, the least used forgotten first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable

CAPACITY = 64 * 1024 * 1024
# What a key and its place in the dict cost, roughly.
OVERHEAD = 250


class Memory:
    """Remembers up to ``capacity`` bytes. Whoever puts something in makes sure that the key changes when it does."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def recall(self, keys: Iterable[Hashable]) -> list[bytes | None]:
        """What is remembered under each key, None for nothing."""
        with self._lock:
            found = []
            for key in keys:
                entry = self._entries.get(key)
                if entry is not None:
                    self._entries.move_to_end(key)
                found.append(entry)
            return found

    def remember(self, entries: Iterable[tuple[Hashable, bytes]]) -> None:
        """Remembers bytes under their keys."""
        with self._lock:
            for key, entry in entries:
                if key not in self._entries:
                    self._entries[key] = entry
                    self._size += len(entry) + OVERHEAD
            while self._size > self._capacity:
                _, forgotten = self._entries.popitem(last=False)
                self._size -= len(forgotten) + OVERHEAD
