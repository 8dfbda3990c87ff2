"""Runs the jobs of companies on SQLite, in this process: any number of processes may do so on the same files.

One thread attends to the tables: it claims a job for each free slot, says what became of those that ended, and renews
the leases of those that run; others run the jobs. It sleeps until the next job is due. A job that this process enqueues
wakes it; for those of other processes it looks around, seldom enough to cost next to nothing (`_LOOK_AROUND_SECONDS`).

The runner of a process that passes (``passing``) does not look around: it has no thread before there is something to do,
and none any more when nothing is due soon.
"""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from dealwright.crm.unit import Companies
from dealwright.jobs import table
from dealwright.jobs.attempts import Outcome, attempt
from dealwright.jobs.registry import repeated
from dealwright.jobs.table import Claimed
from dealwright.jobs.threads import Threads
from dealwright.storage.jobs import stored
from dealwright.storage.platform import Company

log = logging.getLogger(__name__)

_LOOK_AROUND_SECONDS = (0.25, 10.0)
"""Between two looks at all companies, at least and at most; in between, a hundred times what a look takes of the processor."""
_LINGER_SECONDS = 5.0
_AFTER_AN_ERROR = timedelta(seconds=1)


class _Message(NamedTuple):
    """A company needs attention: it has new jobs, or one has ended. Without a company: all is to end."""

    company: Company | None
    job: Claimed | None = None
    outcome: Outcome = Outcome()


class SqliteRunner:
    """Runs the jobs of all companies of a platform on SQLite."""

    def __init__(
        self, companies: Companies, *, slots: int, silence: float, grace: float, passing: bool = False
    ) -> None:
        """``slots`` jobs run at a time; after so many seconds of ``silence`` a process has lost its jobs."""
        self._companies = companies
        self._free = slots
        self._lease = timedelta(seconds=silence)
        self._grace = grace
        self._passing = passing
        self._name = secrets.token_hex(8)
        self._threads = Threads(slots)
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._abandoned = False
        # By the id of the company: when something is due there, what runs, and what has ended and is not written yet.
        self._known: dict[int, Company] = {}
        self._due: dict[int, str | None] = {}
        self._running: dict[int, int] = {}
        self._ended: dict[int, list[_Message]] = {}
        self._attended: dict[int, float] = {}
        self._renew_at = 0.0
        self._look_at = 0.0

    def start(self) -> None:
        """Begins to run jobs, as they come."""
        self._companies.jobs_enqueued = self.ring
        if self._passing:
            self._look()
            self._companies.jobs_alarm = self._next_time()
        else:
            self._wake()

    def ring(self, company: Company) -> None:
        """Says that a company has jobs to run."""
        self._companies.jobs_alarm = None
        self._inbox.put(_Message(company))
        self._wake()

    def stop(self) -> None:
        """Claims no more jobs and waits for those that run; those that take longer are left to the next process."""
        self._companies.jobs_enqueued = lambda _company: None
        self._companies.jobs_alarm = None
        self._stopping = True
        with self._starting:
            thread = self._thread
        if thread is None:
            return
        self._inbox.put(_Message(None))
        thread.join(self._grace)
        self._abandoned = True
        for id in [id for id, count in list(self._running.items()) if count]:
            with self._known[id].database.write() as db:
                table.put_back(db, self._name)

    def _wake(self) -> None:
        with self._starting:
            if self._thread is None and not self._stopping:
                self._thread = threading.Thread(target=self._work, name="dealwright-jobs", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        pause = 0.0
        while True:
            concerned = self._read_inbox(pause)
            try:
                if not self._passing and time.monotonic() >= self._look_at:
                    self._look()
                self._attend_to(concerned)
                pause = self._pause()
            except Exception:
                log.exception("Jobs cannot be run at the moment")
                pause = _AFTER_AN_ERROR.total_seconds()
            if self._abandoned or self._at_rest(pause):
                return

    def _at_rest(self, pause: float) -> bool:
        """Whether the thread is to end: because all is, or because nothing is due soon in a process that passes."""
        if any(self._running.values()) or any(self._ended.values()):
            return False
        with self._starting:
            if self._stopping or (self._passing and pause > _LINGER_SECONDS and self._inbox.empty()):
                self._thread = None
                self._companies.jobs_alarm = self._next_time() if self._passing and not self._stopping else None
                return True
        return False

    def _read_inbox(self, seconds: float) -> set[int]:
        """Waits for messages, and takes them in; the companies that they concern."""
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
            self._known[message.company.id] = message.company
            concerned.add(message.company.id)
            if message.job is None:
                # Remembered as due, should there be no free slot.
                self._due[message.company.id] = stored(self._companies.clock())
            else:
                self._free += 1
                self._running[message.company.id] -= 1
                self._ended.setdefault(message.company.id, []).append(message)

    def _attend_to(self, concerned: set[int]) -> None:
        """Does everything that there is to do now, above all for some companies."""
        now = self._companies.clock()
        renewing = time.monotonic() >= self._renew_at
        if renewing:
            self._renew_at = time.monotonic() + self._lease.total_seconds() / 3
            concerned |= {id for id, count in self._running.items() if count}
        concerned |= {id for id, ended in self._ended.items() if ended}
        waiting = (
            {id for id, due in self._due.items() if due is not None and due <= stored(now)} if self._free else set()
        )
        share = max(1, self._free // max(1, len(waiting)))
        # With more to do than can be done, one company after the other has its turn.
        for id in sorted(concerned | waiting, key=lambda one: self._attended.get(one, 0.0)):
            try:
                self._attend(self._known[id], now, renewing, share)
            except Exception:
                log.exception("The jobs of %s cannot be run at the moment", self._known[id].domain)
                self._due[id] = stored(now + _AFTER_AN_ERROR)
            self._attended[id] = time.monotonic()

    def _attend(self, company: Company, now: datetime, renewing: bool, share: int) -> None:
        """Writes down what has ended in a company, and claims new jobs, up to its share of the free slots."""
        claimed: list[Claimed] = []
        ended = self._ended.get(company.id, [])
        with company.database.write() as db:
            for _, job, outcome in ended:
                assert job is not None
                table.settle(db, self._name, job, outcome, now)
            if renewing:
                table.renew(db, self._name, now + self._lease)
            table.take_over(db, self._name, now)
            while len(claimed) < min(share, self._free) and not self._stopping:
                job = table.claim(db, self._name, now, now + self._lease)
                if job is None:
                    break
                claimed.append(job)
            due = table.next_due(db, self._name)
        ended.clear()
        self._due[company.id] = due
        for job in claimed:
            self._free -= 1
            self._running[company.id] = self._running.get(company.id, 0) + 1
            self._threads.run(partial(self._run, company, job))

    def _run(self, company: Company, job: Claimed) -> None:
        outcome = attempt(self._companies, company, job.name, job.arguments, job.failures, job.interruptions)
        self._inbox.put(_Message(company, job, outcome))

    def _look(self) -> None:
        """Asks every company when something is due there."""
        again = repeated()
        began = time.thread_time()
        now = self._companies.clock()
        for company in self._companies.platform.companies():
            if company.id not in self._known:
                self._known[company.id] = company
                table.ensure(company.database, [(name, now + every) for name, every in again], now)
            with company.database.read() as db:
                self._due[company.id] = table.next_due(db, self._name)
        shortest, longest = _LOOK_AROUND_SECONDS
        took = time.thread_time() - began
        self._look_at = time.monotonic() + min(longest, max(shortest, took * 100))

    def _next_time(self) -> datetime | None:
        """When something is due in any company."""
        times = [due for due in self._due.values() if due is not None]
        return datetime.fromisoformat(min(times)).replace(tzinfo=UTC) if times else None

    def _pause(self) -> float:
        """For how many seconds there is nothing to do, unless a message comes."""
        ends = [3600.0]
        moment = time.monotonic()
        if any(self._running.values()):
            ends.append(self._renew_at - moment)
        if not self._passing:
            ends.append(self._look_at - moment)
        next_time = self._next_time()
        if self._free and next_time is not None:
            ends.append((next_time - self._companies.clock()).total_seconds())
        return max(0.0, min(ends))
