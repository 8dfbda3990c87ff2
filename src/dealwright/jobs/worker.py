"""A worker of Procrastinate for the jobs of all companies. Imported late: Procrastinate takes its time."""

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

from dealwright.crm.unit import Companies
from dealwright.jobs import deferred
from dealwright.jobs.attempts import Outcome
from dealwright.jobs.deferred import Deferred
from dealwright.jobs.registry import all_jobs
from dealwright.jobs.threads import Threads
from dealwright.storage.procrastinate import QUEUE, SCHEMA

T = TypeVar("T")

_POLL_SECONDS = 1.0
"""Procrastinate may miss that something is to be done while it looks for it: how long it then takes to see it."""

_SECONDS_AFTER_AN_ERROR = 2.0
_EVERY_HOUR = "17 * * * *"


class _Failed(Exception):
    """An attempt has failed, and what comes next."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.error)
        self.outcome = outcome


class _Retries(BaseRetryStrategy):
    """Tries again when the outcome says so; what was cut short by the end of the process, at once."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        if isinstance(exception, _Failed):
            at = exception.outcome.retry_at
            return None if at is None else RetryDecision(retry_at=at)
        cut_short = isinstance(exception, asyncio.CancelledError)
        return RetryDecision(
            retry_at=datetime.now(UTC) + timedelta(seconds=0 if cut_short else _SECONDS_AFTER_AN_ERROR)
        )


class Worker:
    """Runs jobs until it is told to stop."""

    def __init__(self, companies: Companies, url: str, *, slots: int, silence: float, grace: float) -> None:
        self._companies = companies
        self._slots = slots
        self._silence = silence
        self._grace = grace
        self._threads = Threads(slots)
        self._app = App(connector=PsycopgConnector(conninfo=url, min_size=1, max_size=4, configure=_search_platform))
        for name in all_jobs():
            self._app.task(name=name, pass_context=True, retry=_Retries(), queue=QUEUE)(self._run)
        self._app.periodic(cron=_EVERY_HOUR)(self._app.task(name="ensure repeated", queue=QUEUE)(self._ensure_repeated))
        self._wakers: set[asyncio.Task[None]] = set()
        # The jobs that have ended here lately, by their ids: when, and as which of Procrastinate's workers.
        self._ended: dict[int, tuple[float, int]] = {}
        # Given-up jobs are told of where they are given up.
        logging.getLogger("procrastinate.worker").addFilter(lambda told: getattr(told, "action", "") != "job_error")

    async def run(self, stop: asyncio.Event) -> None:
        """Runs jobs until ``stop`` is set; then waits for those that run, as long as is granted."""
        async with self._app.open_async():
            worker = asyncio.create_task(
                self._app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=self._slots,
                    fetch_job_polling_interval=_POLL_SECONDS,
                    abort_job_polling_interval=60.0,
                    shutdown_graceful_timeout=self._grace,
                    delete_jobs=DeleteJobCondition.SUCCESSFUL.value,
                    install_signal_handlers=False,
                    update_heartbeat_interval=self._silence / 3,
                    stalled_worker_timeout=self._silence,
                )
            )
            told = asyncio.create_task(stop.wait())
            await asyncio.wait({worker, told}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            if stop.is_set():
                worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker

    def put_back_left_behind(self) -> int:
        """Lets jobs be run again that have ended here, but could not be settled: the database was away. How many those are."""
        before = time.monotonic() - self._silence
        old = {id: worker_id for id, (ended, worker_id) in list(self._ended.items()) if ended < before}
        for id in old:
            self._ended.pop(id, None)
        database = self._companies.platform.database
        return sum(
            deferred.put_back(database, worker_id, [id for id, one in old.items() if one == worker_id])
            for worker_id in set(old.values())
        )

    async def _run(self, context: JobContext, /, **args: Any) -> None:
        assert context.job.id is not None
        job = Deferred(context.job.id, context.job.task_name, args, context.job.attempts)
        self._ended.pop(job.id, None)
        try:
            outcome = await self._in_thread(partial(deferred.perform, self._companies, job))
        finally:
            self._ended[job.id] = (time.monotonic(), context.job.worker_id or 0)
        if outcome.error is not None:
            if outcome.retry_at is not None:
                seconds = (outcome.retry_at - self._companies.clock()).total_seconds()
                asyncio.get_running_loop().call_later(seconds, self._ring)
            raise _Failed(outcome)

    async def _ensure_repeated(self, timestamp: int) -> None:
        await self._in_thread(partial(deferred.ensure_repeated, self._companies))

    async def _in_thread(self, call: Callable[[], T]) -> T:
        """Does something that waits in a thread of the jobs."""
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

    def _ring(self) -> None:
        """Has the workers look for what is due now: Procrastinate tells them of new jobs only."""
        task = asyncio.create_task(self._app.connector.execute_query_async(deferred.RING))
        self._wakers.add(task)
        task.add_done_callback(self._wakers.discard)


async def _search_platform(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"set search_path to {SCHEMA}")
    await connection.commit()
