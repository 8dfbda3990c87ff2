"""Runs the jobs of companies on PostgreSQL: a worker of Procrastinate in this process, one of any number of them.

Procrastinate claims jobs and hears of new ones. Beside it, the jobs of workers that have died are taken over, and those
that come back again and again are seen to.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from dealwright.crm.unit import Companies
from dealwright.jobs import deferred

if TYPE_CHECKING:
    from dealwright.jobs.worker import Worker

log = logging.getLogger(__name__)

_SECONDS_AFTER_AN_ERROR = 1.0


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
        self._running: Worker | None = None
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
        for thread, seconds in ((self._worker, self._grace + 5), (self._caretaker, 5)):
            if thread.is_alive():
                thread.join(seconds)

    def _work(self) -> None:
        # Late, and in this thread: it takes half a second.
        from dealwright.jobs.worker import Worker  # noqa: PLC0415

        while not self._stopping.is_set():
            worker = Worker(self._companies, self._url, slots=self._slots, silence=self._silence, grace=self._grace)
            try:
                asyncio.run(self._run(worker))
            except Exception:
                log.exception("The worker has failed")
            if self._stopping.wait(_SECONDS_AFTER_AN_ERROR):
                return
            log.warning("The worker begins anew")

    async def _run(self, worker: Worker) -> None:
        stop = asyncio.Event()
        self._told = asyncio.get_running_loop(), stop
        self._running = worker
        if not self._stopping.is_set():
            await worker.run(stop)

    def _care(self) -> None:
        """Sees that nothing is left lying, again and again."""
        ensured = False
        while True:
            try:
                if not ensured:
                    deferred.ensure_repeated(self._companies)
                    ensured = True
                self._take_over()
            except Exception:
                log.exception("Jobs cannot be looked after at the moment")
            if self._stopping.wait(self._silence / 3):
                return

    def _take_over(self) -> None:
        taken = deferred.take_over(self._companies.platform.database, timedelta(seconds=self._silence))
        if self._running is not None:
            taken += self._running.put_back_left_behind()
        if taken:
            log.warning("Jobs that workers have lost are run again: %d", taken)
