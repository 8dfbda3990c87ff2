"""Threads that do not keep the process alive: one that must end does not wait for a slow receiver's answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class Threads:
    """Runs calls in up to ``most`` threads, which are made when they are needed."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._made = 0
        self._idle = 0
        self._lock = threading.Lock()

    def run(self, call: Callable[[], None]) -> None:
        """Runs a call as soon as a thread is free. It must not raise."""
        with self._lock:
            if self._idle:
                self._idle -= 1
            elif self._made < self._most:
                self._made += 1
                threading.Thread(target=self._serve, name=f"dealwright-job-{self._made}", daemon=True).start()
        self._calls.put(call)

    def _serve(self) -> None:
        while True:
            self._calls.get()()
            with self._lock:
                self._idle += 1
