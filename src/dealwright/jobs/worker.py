"""A worker of Procrastinate for the jobs of all companies. Imported late, because importing Procrastinate is slow."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from dealwright.crm.companies import Companies
from dealwright.jobs import procrastinate_queue
from dealwright.jobs.execution import Outcome
from dealwright.jobs.procrastinate_queue import ClaimedJob
from dealwright.jobs.registry import all_jobs
from dealwright.jobs.thread_pool import DaemonThreadPool
from dealwright.storage.procrastinate import QUEUE
from dealwright.storage.types import PLATFORM_SCHEMA

T = TypeVar("T")

_POLL_SECONDS = 1.0
"""The polling interval: Procrastinate may miss the notification of a job that is enqueued while it looks for one."""

_ERROR_DELAY_SECONDS = 2.0
_EVERY_HOUR = "17 * * * *"


class _AttemptFailed(Exception):
    """An attempt has failed with this outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


class _Retries(BaseRetryStrategy):
    """Retries when the outcome has a time for it; a job that the end of the process cut short, at once."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, _AttemptFailed):
            at = exception.outcome.retry_at
            return None if at is None else RetryDecision(retry_at=at)
        cut_short = isinstance(exception, asyncio.CancelledError)
        return RetryDecision(retry_at=datetime.now(UTC) + timedelta(seconds=0 if cut_short else _ERROR_DELAY_SECONDS))


class Worker:
    """Runs jobs until it is stopped."""

    def __init__(
        self, companies: Companies, url: str, *, concurrency: int, heartbeat_timeout: float, shutdown_timeout: float
    ) -> None:
        self._companies = companies
        self._concurrency = concurrency
        self._heartbeat_timeout = heartbeat_timeout
        self._shutdown_timeout = shutdown_timeout
        self._threads = DaemonThreadPool(concurrency)
        self._app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4, configure=_search_platform))
        for name in all_jobs():
            self._app.task(name=name, pass_context=True, retry=_Retries(), queue=QUEUE)(self._run)
        self._app.periodic(cron=_EVERY_HOUR)(
            self._app.task(name="ensure repeated", queue=QUEUE)(self._ensure_periodic_jobs)
        )
        self._notify_tasks: set[asyncio.Task[None]] = set()
        # The jobs that have ended here lately, by id: the time, and the id of Procrastinate's worker.
        self._ended: dict[int, tuple[float, int]] = {}
        # Jobs that are given up are logged in `execution`.
        logging.getLogger("procrastinate.worker").addFilter(lambda told: getattr(told, "action", "") != "job_error")

    async def run(self, stop: asyncio.Event) -> None:
        """Runs jobs until ``stop`` is set; then waits for those that run, at most for the shutdown time-out."""
        async with self._app.open_async():
            worker = asyncio.create_task(
                self._app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=self._concurrency,
                    fetch_job_polling_interval=_POLL_SECONDS,
                    abort_job_polling_interval=60.0,
                    shutdown_graceful_timeout=self._shutdown_timeout,
                    delete_jobs=DeleteJobCondition.SUCCESSFUL.value,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._heartbeat_timeout / 3,
                    stalled_worker_timeout=self._heartbeat_timeout,
                )
            )
            stop_waiter = asyncio.create_task(stop.wait())
            await asyncio.wait({worker, stop_waiter}, return_when=asyncio.FIRST_COMPLETED)
            stop_waiter.cancel()
            if stop.is_set():
                worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    def requeue_unsettled(self) -> int:
        """Requeues ended jobs that could not be settled because the database was away; returns their number."""
        before = time.monotonic() - self._heartbeat_timeout
        old = {id: worker_id for id, (ended, worker_id) in list(self._ended.items()) if ended < before}
        for id in old:
            self._ended.pop(id, None)
        database = self._companies.platform.database
        return sum(
            procrastinate_queue.requeue_unsettled(
                database, worker_id, [id for id, one in old.items() if one == worker_id]
            )
            for worker_id in set(old.values())
        )

    async def _run(self, context: JobContext, /, **args: Any) -> None:
        assert context.job.id is not None
        job = ClaimedJob(context.job.id, context.job.task_name, args, context.job.attempts)
        self._ended.pop(job.id, None)
        try:
            outcome = await self._in_thread(partial(procrastinate_queue.run_claimed, self._companies, job))
        finally:
            self._ended[job.id] = (time.monotonic(), context.job.worker_id or 0)
        if outcome.error is not None:
            if outcome.retry_at is not None:
                seconds = (outcome.retry_at - self._companies.clock()).total_seconds()
                asyncio.get_running_loop().call_later(seconds, self._notify_workers)
            raise _AttemptFailed(outcome)

    async def _ensure_periodic_jobs(self, timestamp: int) -> None:
        await self._in_thread(partial(procrastinate_queue.ensure_periodic_jobs, self._companies))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        """Runs a blocking call in one of the job threads and returns its result."""
        future: Future[T] = Future()

        def work() -> None:
            try:
                result = call()
            except BaseException as error:
                if future.set_running_or_notify_cancel():
                    future.set_exception(error)
            else:
                if future.set_running_or_notify_cancel():
                    future.set_result(result)

        self._threads.run(work)
        return await asyncio.wrap_future(future)

    def _notify_workers(self) -> None:
        """Makes the workers look for due jobs: Procrastinate notifies them of new jobs only."""
        task = asyncio.create_task(self._app.connector.execute_query_async(procrastinate_queue.NOTIFY_WORKERS))
        self._notify_tasks.add(task)
        task.add_done_callback(self._notify_tasks.discard)


async def _search_platform(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"set search_path to {PLATFORM_SCHEMA}")
    await connection.commit()
