"""A worker of Procrastinate for the jobs of all companies. Imported late: Procrastinate takes its time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any

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

log = logging.getLogger(__name__)

_POLL_SECONDS = 1.0
"""Procrastinate may miss that something is to be done while it looks for it: how long it then takes to see it."""

_SECONDS_AFTER_AN_ERROR = 2.0


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
        self._wakers: set[asyncio.Task[None]] = set()
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

    async def _run(self, context: JobContext, /, **args: Any) -> None:
        assert context.job.id is not None
        job = Deferred(context.job.id, context.job.task_name, args, context.job.attempts)
        outcome = await asyncio.wrap_future(self._begin(job))
        if outcome.error is not None:
            if outcome.retry_at is not None:
                seconds = (outcome.retry_at - self._companies.clock()).total_seconds()
                asyncio.get_running_loop().call_later(seconds, self._ring)
            raise _Failed(outcome)

    def _begin(self, job: Deferred) -> Future[Outcome]:
        """Runs a job in a thread."""
        future: Future[Outcome] = Future()

        def call() -> None:
            try:
                outcome = deferred.perform(self._companies, job)
            except BaseException as error:
                if future.set_running_or_notify_cancel():
                    future.set_exception(error)
            else:
                if future.set_running_or_notify_cancel():
                    future.set_result(outcome)

        self._threads.run(call)
        return future

    def _ring(self) -> None:
        """Has the workers look for what is due now: Procrastinate tells them of new jobs only."""
        task = asyncio.create_task(self._app.connector.execute_query_async(deferred.RING))
        self._wakers.add(task)
        task.add_done_callback(self._wakers.discard)


async def _search_platform(connection: psycopg.AsyncConnection[Any]) -> None:
    await connection.execute(f"set search_path to {SCHEMA}")
    await connection.commit()
