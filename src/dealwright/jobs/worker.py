"""A worker of Procrastinate for the jobs of all companies. Imported late, because importing Procrastinate is slow."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import psycopg
from procrastinate import App, JobContext, PsycopgConnector
from procrastinate.jobs import DeleteJobCondition, Job
from procrastinate.manager import JobManager
from procrastinate.retry import BaseRetryStrategy, RetryDecision

from dealwright.crm.companies import Companies
from dealwright.crm.kernel.jobs import MOSTLY_WAITING, JobName
from dealwright.jobs import procrastinate_queue
from dealwright.jobs.execution import Outcome
from dealwright.jobs.procrastinate_queue import ClaimedJob
from dealwright.jobs.registry import MAX_WAITING_JOBS, all_jobs
from dealwright.jobs.thread_pool import DaemonThreadPool
from dealwright.storage.procrastinate import CLAIM, NOTIFY_WORKERS, QUEUE, WAITING_QUEUE
from dealwright.storage.types import PLATFORM_SCHEMA

T = TypeVar("T")

_POLL_SECONDS = 1.0
"""The polling interval: Procrastinate may miss the notification of a job that is enqueued while it looks for one."""

_WAKE_UPS_PER_SECOND = 10
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


class _FairManager(JobManager):
    """Claims jobs by the time that they are due, instead of by their ids."""

    async def fetch_job(self, queues: Iterable[str] | None, worker_id: int) -> Job | None:
        row = await self.connector.execute_query_one_async(query=CLAIM, queues=list(queues or ()), worker_id=worker_id)
        return None if row["id"] is None else Job.from_row(row)


class Worker:
    """Runs jobs until it is stopped."""

    def __init__(
        self, companies: Companies, url: str, *, concurrency: int, heartbeat_timeout: float, shutdown_timeout: float
    ) -> None:
        self._companies = companies
        # A queue each, so that jobs that wait never take the place of those that work.
        self._concurrency = {QUEUE: concurrency, WAITING_QUEUE: MAX_WAITING_JOBS}
        self._heartbeat_timeout = heartbeat_timeout
        self._shutdown_timeout = shutdown_timeout
        self._threads = DaemonThreadPool(sum(self._concurrency.values()))
        self._app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=6, configure=_search_platform))
        self._app.job_manager = _FairManager(self._app.connector)
        for name in all_jobs():
            self._app.task(name=name, pass_context=True, retry=_Retries(), queue=_queue(name))(self._run)
        self._app.periodic(cron=_EVERY_HOUR)(
            self._app.task(name="ensure repeated", queue=QUEUE)(self._ensure_periodic_jobs)
        )
        self._notify_tasks: set[asyncio.Task[None]] = set()
        self._wake_ups: set[float] = set()
        # The jobs that have ended here lately, by id: the time, and the id of Procrastinate's worker.
        self._ended: dict[int, tuple[float, int]] = {}
        # Jobs that are given up are logged in `execution`.
        logging.getLogger("procrastinate.worker").addFilter(lambda told: getattr(told, "action", "") != "job_error")

    async def run(self, stop: asyncio.Event) -> None:
        """Runs jobs until ``stop`` is set; then waits for those that run, at most for the shutdown time-out."""
        async with self._app.open_async():
            workers = {asyncio.create_task(self._run_queue(queue)) for queue in self._concurrency}
            stop_waiter = asyncio.create_task(stop.wait())
            await asyncio.wait({*workers, stop_waiter}, return_when=asyncio.FIRST_COMPLETED)
            stop_waiter.cancel()
            # When one has ended by itself, the other one is of no use.
            for worker in workers:
                worker.cancel()
            for result in await asyncio.gather(*workers, return_exceptions=True):
                if isinstance(result, Exception):
                    raise result

    async def _run_queue(self, queue: str) -> None:
        await self._app.run_worker_async(
            queues=[queue],
            concurrency=self._concurrency[queue],
            fetch_job_polling_interval=_POLL_SECONDS,
            abort_job_polling_interval=60.0,
            shutdown_graceful_timeout=self._shutdown_timeout,
            delete_jobs=DeleteJobCondition.SUCCESSFUL.value,
            install_signal_handlers=False,
            update_heartbeat_interval=self._heartbeat_timeout / 3,
            stalled_worker_timeout=self._heartbeat_timeout,
        )

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
                self._notify_workers_in(seconds)
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

    def _notify_workers_in(self, seconds: float) -> None:
        """Makes the workers look for due jobs later: Procrastinate notifies them of new jobs only."""
        loop = asyncio.get_running_loop()
        # Many jobs that are put back for about the same time need one notification.
        at = math.ceil((loop.time() + seconds) * _WAKE_UPS_PER_SECOND) / _WAKE_UPS_PER_SECOND
        if at not in self._wake_ups:
            self._wake_ups.add(at)
            loop.call_at(at, self._notify_workers, at)

    def _notify_workers(self, at: float) -> None:
        self._wake_ups.discard(at)
        task = asyncio.create_task(self._app.connector.execute_query_async(NOTIFY_WORKERS))
        self._notify_tasks.add(task)
        task.add_done_callback(self._notify_tasks.discard)


def _queue(name: JobName) -> str:
    return WAITING_QUEUE if name in MOSTLY_WAITING else QUEUE


async def _search_platform(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"set search_path to {PLATFORM_SCHEMA}")
    await connection.commit()
