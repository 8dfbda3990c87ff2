"""Runs the jobs of companies on SQLite, in this process: any number of processes may do so on the same files.

One thread works on the tables: it claims a job for each free slot, records the outcome of those that ended, and renews
the leases of those that run; other threads run the jobs. It sleeps until the next job is due. A job that this process
enqueues wakes it; for those of other processes it polls, seldom enough to cost next to nothing (`_POLL_SECONDS`).

A runner with ``short_lived`` does not poll: it starts its thread when there is something to do, and ends it when
nothing is due soon.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from dealwright.crm.companies import Companies
from dealwright.jobs import sqlite_queue
from dealwright.jobs.execution import Outcome, run_attempt
from dealwright.jobs.registry import MAX_WAITING_JOBS, periodic_jobs
from dealwright.jobs.sqlite_queue import ClaimedJob
from dealwright.jobs.thread_pool import DaemonThreadPool
from dealwright.storage.engines import Transaction
from dealwright.storage.jobs import format_time_ms
from dealwright.storage.platform import Company

log = logging.getLogger(__name__)

_POLL_SECONDS = (0.25, 10.0)
"""The shortest and the longest time between two polls; in between, a hundred times the processor time of a poll."""
_IDLE_SECONDS = 5.0
_ERROR_DELAY = timedelta(seconds=1)
_STOP_POLL_SECONDS = 0.005


class _Message(NamedTuple):
    """A company needs attention: it has new jobs, or one has ended. Without a company: the runner stops."""

    company: Company | None
    job: ClaimedJob | None = None
    outcome: Outcome = Outcome()


class SqliteRunner:
    """Runs the jobs of all companies of a platform on SQLite."""

    def __init__(
        self,
        companies: Companies,
        *,
        concurrency: int,
        heartbeat_timeout: float,
        shutdown_timeout: float,
        short_lived: bool = False,
    ) -> None:
        """Runs at most ``concurrency`` jobs at a time, and `MAX_WAITING_JOBS` more that mostly wait.

        A process loses its jobs after ``heartbeat_timeout`` seconds without a renewal.
        """
        self._companies = companies
        # By whether a job mostly waits, so that such jobs never take the place of those that work.
        self._free_slots = {False: concurrency, True: MAX_WAITING_JOBS}
        self._lease = timedelta(seconds=heartbeat_timeout)
        self._shutdown_timeout = shutdown_timeout
        self._short_lived = short_lived
        self._runner_id = secrets.token_hex(8)
        self._threads = DaemonThreadPool(sum(self._free_slots.values()))
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._thread_lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._abandoned = False
        self._has_failed = False
        # By the id of the company: when a job of each kind is due there, how many run, and which ended ones are not
        # recorded yet.
        self._companies_by_id: dict[int, Company] = {}
        self._due: dict[tuple[int, bool], str | None] = {}
        self._running_counts: dict[int, int] = {}
        self._ended_jobs: dict[int, list[_Message]] = {}
        self._processed_at: dict[int, float] = {}
        self._renew_at = 0.0
        self._poll_at = 0.0

    def start(self) -> None:
        """Starts to run jobs, as they come."""
        self._companies.on_jobs_enqueued = self.notify
        if self._short_lived:
            self._poll()
            self._companies.next_job_at = self._next_due_at()
        else:
            self._ensure_thread()

    def notify(self, company: Company) -> None:
        """Wakes the runner: a company has jobs to run."""
        self._companies.next_job_at = None
        self._inbox.put(_Message(company))
        self._ensure_thread()

    def stop(self) -> None:
        """Claims no more jobs and waits for those that run; those that take longer are left to the next process.

        A short-lived process first runs the jobs that are due, because it may be long until the next process comes.
        """
        deadline = time.monotonic() + self._shutdown_timeout
        while self._short_lived and self._has_work() and time.monotonic() < deadline:
            time.sleep(_STOP_POLL_SECONDS)
        self._companies.on_jobs_enqueued = lambda _company: None
        self._companies.next_job_at = None
        self._stopping = True
        with self._thread_lock:
            thread = self._thread
        if thread is None:
            return
        self._inbox.put(_Message(None))
        thread.join(max(0.0, deadline - time.monotonic()))
        self._abandoned = True
        for id in [id for id, count in list(self._running_counts.items()) if count]:
            with self._companies_by_id[id].database.write_queue() as db:
                sqlite_queue.release_jobs(db, self._runner_id)

    def is_running(self) -> bool:
        """Whether the thread that claims jobs is there and can do its work."""
        thread = self._thread
        return thread is not None and thread.is_alive() and not self._has_failed

    def _has_work(self) -> bool:
        """Whether jobs are due, running, or not recorded yet; False without a thread."""
        if self._thread is None:
            return False
        next_time = self._next_due_at()
        due = next_time is not None and next_time <= self._companies.clock()
        return due or not self._inbox.empty() or any(self._running_counts.values()) or any(self._ended_jobs.values())

    def _ensure_thread(self) -> None:
        with self._thread_lock:
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._run_loop, name="dealwright-jobs", daemon=True)
                self._thread.start()

    def _run_loop(self) -> None:
        pause = 0.0
        while True:
            concerned = self._read_inbox(pause)
            try:
                if not self._short_lived and time.monotonic() >= self._poll_at:
                    self._poll()
                self._process_companies(concerned)
                pause = self._seconds_until_work()
                self._has_failed = False
            except Exception:
                self._has_failed = True
                log.exception("Jobs cannot be run at the moment")
                pause = _ERROR_DELAY.total_seconds()
            if self._abandoned or self._end_if_idle(pause):
                return

    def _end_if_idle(self, pause: float) -> bool:
        """Whether the thread ends: the runner stops, or a short-lived one has nothing due soon.

        Clears `_thread` then.
        """
        if any(self._running_counts.values()) or any(self._ended_jobs.values()):
            return False
        with self._thread_lock:
            if self._stopping or (self._short_lived and pause > _IDLE_SECONDS and self._inbox.empty()):
                self._thread = None
                self._companies.next_job_at = self._next_due_at() if self._short_lived and not self._stopping else None
                return True
        return False

    def _read_inbox(self, seconds: float) -> set[int]:
        """Waits for messages and takes them in; returns the ids of the companies that they concern."""
        concerned: set[int] = set()
        wait = seconds > 0
        while True:
            try:
                message = self._inbox.get(wait, seconds) if wait else self._inbox.get_nowait()
            except queue.Empty:
                return concerned
            wait = False
            if message.company is None:
                continue
            self._companies_by_id[message.company.id] = message.company
            concerned.add(message.company.id)
            if message.job is None:
                # Noted as due, in case there is no free slot.
                for kind in self._free_slots:
                    self._due[message.company.id, kind] = format_time_ms(self._companies.clock())
            else:
                self._free_slots[message.job.mostly_waits] += 1
                self._running_counts[message.company.id] -= 1
                self._ended_jobs.setdefault(message.company.id, []).append(message)

    def _process_companies(self, concerned: set[int]) -> None:
        """Does all that is due now: for the concerned companies and, with free slots, for those with due jobs."""
        now = self._companies.clock()
        renewing = time.monotonic() >= self._renew_at
        if renewing:
            self._renew_at = time.monotonic() + self._lease.total_seconds() / 3
            concerned |= {id for id, count in self._running_counts.items() if count}
        concerned |= {id for id, ended in self._ended_jobs.items() if ended}
        text = format_time_ms(now)
        waiting_by_kind = {
            kind: {id for (id, one), due in self._due.items() if one == kind and due is not None and due <= text}
            for kind, free in self._free_slots.items()
            if free
        }
        waiting = set().union(*waiting_by_kind.values())
        shares = {
            kind: max(1, self._free_slots[kind] // max(1, len(companies)))
            for kind, companies in waiting_by_kind.items()
        }
        # When there is more to do than slots, the companies take turns.
        for id in sorted(concerned | waiting, key=lambda one: self._processed_at.get(one, 0.0)):
            try:
                self._process_company(self._companies_by_id[id], now, renewing, shares)
            except Exception:
                log.exception("The jobs of %s cannot be run at the moment", self._companies_by_id[id].domain)
                for kind in self._free_slots:
                    self._due[id, kind] = format_time_ms(now + _ERROR_DELAY)
            self._processed_at[id] = time.monotonic()

    def _process_company(self, company: Company, now: datetime, renewing: bool, shares: Mapping[bool, int]) -> None:
        """Records the ended jobs of a company, and claims new ones, up to its shares of the free slots."""
        claimed: list[ClaimedJob] = []
        ended = self._ended_jobs.get(company.id, [])
        with company.database.write_queue() as db:
            for _, job, outcome in ended:
                assert job is not None
                sqlite_queue.record_outcome(db, self._runner_id, job, outcome, now)
            if renewing:
                sqlite_queue.renew_leases(db, self._runner_id, now + self._lease)
            sqlite_queue.reclaim_stalled(db, self._runner_id, now)
            for kind, share in shares.items():
                for _ in range(0 if self._stopping else min(share, self._free_slots[kind])):
                    job = sqlite_queue.claim(db, self._runner_id, now, now + self._lease, mostly_waits=kind)
                    if job is None:
                        break
                    claimed.append(job)
            due = self._read_due(company, db)
        ended.clear()
        self._due |= due
        for job in claimed:
            self._free_slots[job.mostly_waits] -= 1
            self._running_counts[company.id] = self._running_counts.get(company.id, 0) + 1
            self._threads.run(partial(self._run, company, job))

    def _run(self, company: Company, job: ClaimedJob) -> None:
        outcome = run_attempt(self._companies, company, job.name, job.arguments, job.failures, job.interruptions)
        self._inbox.put(_Message(company, job, outcome))

    def _poll(self) -> None:
        """Reads from every company when its next job is due; adds the periodic jobs of new companies."""
        periodic = periodic_jobs()
        began = time.thread_time()
        now = self._companies.clock()
        for company in self._companies.platform.list_companies():
            if company.id not in self._companies_by_id:
                self._companies_by_id[company.id] = company
                sqlite_queue.ensure_periodic_jobs(
                    company.database, [(name, now + every) for name, every in periodic], now
                )
            with company.database.read() as db:
                self._due |= self._read_due(company, db)
        shortest, longest = _POLL_SECONDS
        took = time.thread_time() - began
        self._poll_at = time.monotonic() + min(longest, max(shortest, took * 100))

    def _read_due(self, company: Company, db: Transaction) -> dict[tuple[int, bool], str | None]:
        """Returns when the next job of each kind is due in a company."""
        return {
            (company.id, kind): sqlite_queue.next_due(db, self._runner_id, mostly_waits=kind)
            for kind in self._free_slots
        }

    def _next_due_at(self, *, with_free_slot: bool = False) -> datetime | None:
        """Returns when the next job is due in any company; with ``with_free_slot`` one that there is a slot for."""
        times = [
            due
            for (_, kind), due in self._due.items()
            if due is not None and (self._free_slots[kind] or not with_free_slot)
        ]
        return datetime.fromisoformat(min(times)).replace(tzinfo=UTC) if times else None

    def _seconds_until_work(self) -> float:
        """Returns for how many seconds there is nothing to do, unless a message comes."""
        ends = [3600.0]
        now = time.monotonic()
        if any(self._running_counts.values()):
            ends.append(self._renew_at - now)
        if not self._short_lived:
            ends.append(self._poll_at - now)
        next_time = self._next_due_at(with_free_slot=True)
        if next_time is not None:
            ends.append((next_time - self._companies.clock()).total_seconds())
        return max(0.0, min(ends))
