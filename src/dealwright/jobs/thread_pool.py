"""A pool of threads that do not keep the process alive, so that its end does not wait for a slow receiver's answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable


class DaemonThreadPool:
    """Runs calls in up to ``max_threads`` threads, which are started when they are needed."""

    def __init__(self, max_threads: int) -> None:
        self._max_threads = max_threads
        self._calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._started_count = 0
        self._idle_count = 0
        self._lock = threading.Lock()

    def run(self, call: Callable[[], None]) -> None:
        """Runs a call as soon as a thread is free. It must not raise."""
        with self._lock:
            if self._idle_count:
                self._idle_count -= 1
            elif self._started_count < self._max_threads:
                self._started_count += 1
                threading.Thread(
                    target=self._run_calls, name=f"dealwright-job-{self._started_count}", daemon=True
                ).start()
        self._calls.put(call)

    def _run_calls(self) -> None:
        while True:
            self._calls.get()()
            with self._lock:
                self._idle_count += 1
