"""`/health` and `/ready`: whether the process is alive, and whether it can serve. Without a token, and outside all limits of requests.

Anybody may ask as often as he likes: at most one check is under way, and its result stands for a second.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from dealwright.crm.companies import Companies
from dealwright.crm.readiness import ReadinessCheck

HEALTH, READY = "/health", "/ready"
ABSTRA_HEALTH = "/healthcheck"
"""What projects of Abstra ask for in place of `/health`."""

PATHS = frozenset({HEALTH, READY, ABSTRA_HEALTH})

TIMEOUT_SECONDS = 2.0
"""A database that takes longer does not answer."""

RESULT_SECONDS = 1.0
RETRY_AFTER = b"5"


class HealthResponse(NamedTuple):
    """Status and body."""

    status: int
    body: dict[str, object]


class Health:
    """The state of one process."""

    def __init__(self, companies: Companies) -> None:
        self._check = ReadinessCheck(companies)
        self._thread: ThreadPoolExecutor | None = None
        self._running: asyncio.Future[list[str]] | None = None
        self._started_at = 0.0
        self._problems: list[str] = []
        self._checked_at = float("-inf")
        # Whether jobs run; None where that is the business of another process.
        self.jobs_run: Callable[[], bool] | None = None

    async def answer(self, path: str) -> HealthResponse:
        """Returns the answer for one of `PATHS`."""
        if path != READY:
            return HealthResponse(200, {"status": "ok"})
        reasons = [*await self._database_problems()]
        if self.jobs_run is not None and not self.jobs_run():
            reasons.append("background jobs do not run")
        if reasons:
            return HealthResponse(503, {"status": "not ready", "reasons": reasons})
        return HealthResponse(200, {"status": "ready"})

    async def _database_problems(self) -> list[str]:
        if self._running is None:
            if time.monotonic() - self._checked_at < RESULT_SECONDS:
                return self._problems
            # A thread of its own: the others may all wait for a database.
            self._thread = self._thread or ThreadPoolExecutor(1, thread_name_prefix="dealwright-health")
            self._started_at = time.monotonic()
            self._running = asyncio.get_running_loop().run_in_executor(self._thread, self._check.problems)
            self._running.add_done_callback(self._finish)
        running = self._running
        remaining = max(0.0, self._started_at + TIMEOUT_SECONDS - time.monotonic())
        done, _ = await asyncio.wait([running], timeout=remaining)
        return running.result() if done else ["databases take too long to answer"]

    def _finish(self, done: asyncio.Future[list[str]]) -> None:
        self._problems, self._checked_at, self._running = done.result(), time.monotonic(), None

    def close(self) -> None:
        """Ends the thread, without waiting for a database."""
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
