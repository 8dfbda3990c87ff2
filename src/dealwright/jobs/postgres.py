"""Runs the jobs of companies on PostgreSQL: a worker of Procrastinate in this process, one of any number of them.

Procrastinate claims jobs and is notified of new ones. A second thread requeues the jobs of workers that have died, and
adds periodic jobs that are missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from dealwright.crm.companies import Companies
from dealwright.jobs import procrastinate_queue

if TYPE_CHECKING:
    from dealwright.jobs.worker import Worker

log = logging.getLogger(__name__)

_ERROR_DELAY_SECONDS = 1.0


class PostgresRunner:
    """Runs the jobs of all companies of a platform on PostgreSQL."""

    def __init__(
        self, companies: Companies, url: str, *, concurrency: int, heartbeat_timeout: float, shutdown_timeout: float
    ) -> None:
        """Runs at most ``concurrency`` jobs at a time, and `MAX_WAITING_JOBS` more that mostly wait.

        A worker loses its jobs after ``heartbeat_timeout`` seconds without a heartbeat.
        """
        self._companies = companies
        self._url = url
        self._concurrency = concurrency
        self._heartbeat_timeout = heartbeat_timeout
        self._shutdown_timeout = shutdown_timeout
        self._stopping = threading.Event()
        self._stop_event: tuple[asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._current_worker: Worker | None = None
        self._worker_thread = threading.Thread(target=self._run_workers, name="dealwright-jobs", daemon=True)
        self._maintenance_thread = threading.Thread(target=self._maintain, name="dealwright-jobs-care", daemon=True)

    def start(self) -> None:
        """Starts the threads, which run jobs as they come."""
        self._worker_thread.start()
        self._maintenance_thread.start()

    def stop(self) -> None:
        """Claims no more jobs and waits for those that run; those that take too long are left to other workers."""
        self._stopping.set()
        if self._stop_event is not None:
            loop, stop = self._stop_event
            with contextlib.suppress(RuntimeError):  # the loop has ended by itself
                loop.call_soon_threadsafe(stop.set)
        for thread, seconds in ((self._worker_thread, self._shutdown_timeout + 5), (self._maintenance_thread, 5)):
            if thread.is_alive():
                thread.join(seconds)

    def is_running(self) -> bool:
        """Whether a worker of Procrastinate is there."""
        return self._worker_thread.is_alive() and self._current_worker is not None

    def _run_workers(self) -> None:
        # Imported late, and in this thread, because it takes half a second.
        from dealwright.jobs.worker import Worker  # noqa: PLC0415

        while not self._stopping.is_set():
            worker = Worker(
                self._companies,
                self._url,
                concurrency=self._concurrency,
                heartbeat_timeout=self._heartbeat_timeout,
                shutdown_timeout=self._shutdown_timeout,
            )
            try:
                asyncio.run(self._run(worker))
            except Exception:
                log.exception("The worker has failed")
            finally:
                self._current_worker = None
            if self._stopping.wait(_ERROR_DELAY_SECONDS):
                return
            log.warning("The worker begins anew")

    async def _run(self, worker: Worker) -> None:
        stop = asyncio.Event()
        self._stop_event = asyncio.get_running_loop(), stop
        self._current_worker = worker
        if not self._stopping.is_set():
            await worker.run(stop)

    def _maintain(self) -> None:
        """Adds missing periodic jobs once, and requeues lost jobs again and again, until the runner stops."""
        ensured = False
        while True:
            try:
                if not ensured:
                    procrastinate_queue.ensure_periodic_jobs(self._companies)
                    ensured = True
                self._reclaim_stalled()
            except Exception:
                log.exception("Jobs cannot be looked after at the moment")
            if self._stopping.wait(self._heartbeat_timeout / 3):
                return

    def _reclaim_stalled(self) -> None:
        reclaimed = procrastinate_queue.reclaim_stalled(
            self._companies.platform.database, timedelta(seconds=self._heartbeat_timeout)
        )
        if self._current_worker is not None:
            reclaimed += self._current_worker.requeue_unsettled()
        if reclaimed:
            log.warning("Jobs that workers have lost are run again: %d", reclaimed)
