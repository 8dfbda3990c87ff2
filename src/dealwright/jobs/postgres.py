"""Runs the jobs of companies on PostgreSQL: a worker of Procrastinate in this process, one of any number of them.

Procrastinate claims jobs and hears of new ones. Beside it, the jobs of workers that have died are taken over, and those
that come back again and again are seen to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from dealwright.crm.unit import Companies
from dealwright.jobs import deferred

if TYPE_CHECKING:
    from dealwright.jobs.worker import Worker

log = logging.getLogger(__name__)

_SECONDS_AFTER_AN_ERROR = 1.0
_SECONDS_BETWEEN_ENSURING = 3600.0


class PostgresRunner:
    """Runs the jobs of all companies of a platform on PostgreSQL."""

    def __init__(self, companies: Companies, url: str, *, slots: int, silence: float, grace: float) -> None:
        """``slots`` jobs run at a time; after so many seconds of ``silence`` a worker has lost its jobs."""
        self._companies = companies
        self._url = url
        self._slots = slots
        self._silence = silence
        self._grace = grace
        self._stopping = threading.Event()
        self._told: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._worker = threading.Thread(target=self._work, name="dealwright-jobs", daemon=True)
        self._caretaker = threading.Thread(target=self._care, name="dealwright-jobs-care", daemon=True)

    def start(self) -> None:
        """Begins to run jobs, as they come."""
        self._worker.start()
        self._caretaker.start()

    def stop(self) -> None:
        """Claims no more jobs and waits for those that run; those that take too long are left to other workers."""
        self._stopping.set()
        if self._told is not None:
            loop, stop = self._told
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(stop.set)
        self._worker.join(self._grace + 5)
        self._caretaker.join(5)

    def _work(self) -> None:
        # Late, and in this thread: it takes half a second.
        from dealwright.jobs.worker import Worker  # noqa: PLC0415

        while not self._stopping.is_set():
            worker = Worker(self._companies, self._url, slots=self._slots, silence=self._silence, grace=self._grace)
            try:
                asyncio.run(self._run(worker))
            except Exception:
                log.exception("The worker has failed, and begins anew")
                self._stopping.wait(_SECONDS_AFTER_AN_ERROR)

    async def _run(self, worker: Worker) -> None:
        stop = asyncio.Event()
        self._told = asyncio.get_running_loop(), stop
        if self._stopping.is_set():
            return
        await worker.run(stop)

    def _care(self) -> None:
        """Takes over what others have left, again and again."""
        silence = timedelta(seconds=self._silence)
        ensure_at = 0.0
        while True:
            try:
                if time.monotonic() >= ensure_at:
                    deferred.ensure_repeated(self._companies)
                    ensure_at = time.monotonic() + _SECONDS_BETWEEN_ENSURING
                if taken := deferred.take_over(self._companies.platform.database, silence):
                    log.warning("Took over %d jobs of workers that say nothing any more", taken)
            except Exception:
                log.exception("Jobs of other workers cannot be taken over at the moment")
            if self._stopping.wait(self._silence / 3):
                return
