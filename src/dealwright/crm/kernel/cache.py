"""A least-recently-used cache of opaque bytes by key, which a process keeps between units of work."""

from __future__ import annotations

import itertools
import os
import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

CAPACITY_VARIABLE = "DEALWRIGHT_MEMORY_MB"
DEFAULT_CAPACITY_MB = 256
MAX_PREFIXES = 1000
# The memory that a key and its slot in the dict take, roughly.
ENTRY_OVERHEAD_BYTES = 400
# Moving entries to the end costs as much as a look-up. Entries that are used often get there all the same.
LRU_UPDATE_INTERVAL = 8


class CacheStatistics(NamedTuple):
    """Keys that were found and not found since the process began, and the bytes and entries that are there now."""

    hits: int
    misses: int
    size: int
    entries: int


class Cache:
    """An LRU cache of up to ``capacity`` bytes. Callers make sure that the key changes when the content does."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._size = 0
        self._lookups = 0
        self._keys = 0
        self._misses = 0
        # The entries used last are at the end.
        self._entries: OrderedDict[Hashable, bytes] = OrderedDict()
        self._prefixes: dict[Hashable, bytes] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    @classmethod
    def from_env(cls) -> Cache:
        """Returns a cache as large as the environment says, or of the default size.

        Raises ValueError for an invalid size.
        """
        megabytes = os.environ.get(CAPACITY_VARIABLE, str(DEFAULT_CAPACITY_MB))
        if not megabytes.isdecimal():
            raise ValueError(f"{CAPACITY_VARIABLE} must be a number of megabytes, not {megabytes!r}")
        return cls(int(megabytes) * 1024 * 1024)

    def key_prefix(self, name: Hashable) -> bytes:
        """Returns a short byte prefix that stands for ``name``.

        Build keys of type bytes with it; keys of other types never collide with those.
        """
        with self._lock:
            if len(self._prefixes) >= MAX_PREFIXES and name not in self._prefixes:
                # Entries under the old prefixes are not found any more, and are evicted in time.
                self._prefixes.clear()
            if name not in self._prefixes:
                self._prefixes[name] = b"%d:" % next(self._numbers)
            return self._prefixes[name]

    def get_many(self, keys: Sequence[Hashable]) -> list[bytes | None]:
        """Returns the bytes under each key, None where there are none."""
        with self._lock:
            found = list(map(self._entries.get, keys))
            self._lookups += 1
            self._keys += len(found)
            if self._lookups % LRU_UPDATE_INTERVAL == 0:
                for key, entry in zip(keys, found, strict=True):
                    if entry is not None:
                        self._entries.move_to_end(key)
            return found

    def statistics(self) -> CacheStatistics:
        """Returns how much is cached, and how often something was."""
        with self._lock:
            return CacheStatistics(self._keys - self._misses, self._misses, self._size, len(self._entries))

    def set_many(self, entries: Iterable[tuple[Hashable, bytes]]) -> None:
        """Stores bytes under their keys, and evicts the least recently used entries beyond the capacity."""
        with self._lock:
            for key, entry in entries:
                if key not in self._entries:
                    self._size += len(entry) + ENTRY_OVERHEAD_BYTES
                    # What was not found is stored next.
                    self._misses += 1
                    # A copy, because freshly encoded bytes lie in a buffer of up to twice their size.
                    self._entries[key] = bytes(memoryview(entry))
            while self._size > self._capacity:
                _, entry = self._entries.popitem(last=False)
                self._size -= len(entry) + ENTRY_OVERHEAD_BYTES
