"""The companies of a platform: the users that tokens stand for, and units of work on a company.

The search index, webhook events and notifications of new owners, which follow from changes of any record, are written
here before a unit is committed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import TypeVar

import sqlalchemy as sa

from dealwright.crm.history import handovers
from dealwright.crm.integration import webhook_events
from dealwright.crm.kernel import access, counters, outbound_policy
from dealwright.crm.kernel.cache import Cache, CacheStatistics
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.jobs import enqueue
from dealwright.crm.kernel.outbound_policy import AllowedNetworks
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import AppAccess, ExclusiveLockNeeded, Principal, Source, UnitOfWork, UserRef
from dealwright.crm.search import index_writer
from dealwright.crm.values.formats import format_time, parse_time
from dealwright.storage.company_copies import company_copy
from dealwright.storage.engines import ReadTooLong, Transaction, run_with_short_reads
from dealwright.storage.files import REMOVAL_DELAY, NewFiles
from dealwright.storage.jobs import insert_jobs
from dealwright.storage.platform import Company, Platform
from dealwright.storage.tables import company as company_table

__all__ = ["Companies", "InactiveUser", "ReadTooLong", "run_with_short_reads"]

Clock = Callable[[], datetime]
T = TypeVar("T")

_STATE = sa.select(company_table.c.settings_version, company_table.c.write_time)
_SET_WRITE_TIME = sa.update(company_table).values(write_time=sa.bindparam("time"))

SHARED_ATTEMPTS = 2
"""How often a unit of work is tried beside others. Who waited for a row that another one changed finds it free soon after."""

_MAX_CLOCK_SKEW = timedelta(minutes=1)
"""How far the clocks of two machines may be apart. A clock that is set back by more is believed."""


def system_clock() -> datetime:
    """Returns the time of this machine, in UTC."""
    return datetime.now(UTC)


class InactiveUser(LookupError):
    """Raised when a user acts who does not exist, was deactivated or deleted."""


class Companies:
    """The companies of one platform, and the data that this process caches of each."""

    def __init__(
        self,
        platform: Platform,
        clock: Clock = system_clock,
        *,
        webhook_reach: AllowedNetworks | None = None,
    ) -> None:
        """Sets up the caches. ``webhook_reach``: the networks that webhooks reach; the environment's by default."""
        self.platform = platform
        self.clock = clock
        self.webhook_reach: AllowedNetworks = webhook_reach or outbound_policy.allowed_networks_from_env()
        self._company_data: dict[int, CompanyData] = {}
        self._cache = Cache.from_env()
        self._session_tokens: dict[str, Principal] = {}
        # The second of the latest write that this process knows of, by company.
        self._write_times: dict[int, str] = {}
        # Called after a unit that enqueued jobs or ended after `next_job_at`; the job runner of this process sets both.
        self.on_jobs_enqueued: Callable[[Company], None] = lambda _company: None
        self.next_job_at: datetime | None = None
        # Runs a script of a schedule, whose time has come; the console of this process sets it.
        self.run_scheduled_script: Callable[[Principal, int, str], None] | None = None
        # Whether jobs are stored: those of a copy nobody runs.
        self.stores_jobs = True

    @contextmanager
    def copied(self, company: Company) -> Iterator[Companies]:
        """Yields a copy of a company as it is now, the only one of its platform: what is done there is gone afterwards.

        Its jobs are not stored, so that nothing leaves it. Raises OSError.
        """
        with company_copy(self.platform, company) as (platform, _):
            copy = Companies(platform, self.clock, webhook_reach=self.webhook_reach)
            copy.stores_jobs = False
            yield copy

    def cache_statistics(self) -> CacheStatistics:
        """Returns the state of the cache that all companies share."""
        return self._cache.statistics()

    def create_session_token(self, company: Company, user_id: int, app: AppAccess | None = None) -> str:
        """Returns a new token for a user, or for what an app may do for it.

        It is valid as long as this process lives, and meant for code inside the process.
        """
        token = secrets.token_hex(20)
        self._session_tokens[token] = Principal(company, user_id, app)
        return token

    def authenticate(self, token: str) -> Principal | None:
        """Returns the user and the company that an API token stands for; None for an unknown or revoked token."""
        if token in self._session_tokens:
            return self._session_tokens[token]
        owner = self.platform.find_token_owner(token)
        company = self.platform.find_company(owner.company_id) if owner else None
        return Principal(company, owner.user_id) if owner and company else None

    def is_active(self, owner: UserRef) -> bool:
        """Whether a user may act: exists, and is neither deactivated nor deleted.

        A unit of work checks that by itself. Whatever gives a user something without one (tokens, sessions, the budget
        of requests) asks here.
        """
        return self._check(owner, lambda _: True)

    def may_use_api(self, owner: UserRef) -> bool:
        """Whether an active user may use API tokens."""
        return self._check(owner, lambda crm: access.has_permission(crm, "can_use_api"))

    def _check(self, owner: UserRef, condition: Callable[[UnitOfWork], bool]) -> bool:
        """Whether something is true of a user in a unit of work; false for a user that may not act."""
        company = self.platform.find_company(owner.company_id)
        if company is None:
            return False
        try:
            with self.unit_of_work(company, owner.user_id, write=False) as crm:
                return condition(crm)
        except InactiveUser:
            return False

    @contextmanager
    def unit_of_work(
        self,
        company: Company,
        user_id: int,
        *,
        write: bool,
        source: Source = "api",
        user_agent: str | None = None,
        app: AppAccess | None = None,
        run_id: str | None = None,
        exclusive: bool = True,
        new_files: NewFiles | None = None,
    ) -> Iterator[UnitOfWork]:
        """Opens a unit of work: committed when the block ends, rolled back when it raises.

        One that writes is alone, unless it is not ``exclusive``: then it may fail because of another one (see `attempts`).
        ``new_files`` are kept when it is committed. Raises `InactiveUser` when the user may not act.
        """
        transaction = company.database.write(exclusive=exclusive) if write else company.database.read()
        completed = False
        try:
            with transaction as db:
                [(version, write_time)] = db.run(_STATE, {})
                shared = self._current_company_data(company, version)
                company_data = shared.bound_to(db)
                actor = company_data.users.get(user_id)
                if actor is None or not actor.is_enabled:
                    raise InactiveUser(f"no active user {user_id}")
                now = self.clock()
                if write:
                    now = self._enter_second(company, db, now, write_time)
                crm = UnitOfWork(
                    company,
                    db,
                    company_data,
                    actor,
                    now,
                    writes=write,
                    cache=self._cache,
                    source=source,
                    user_agent=user_agent,
                    app=app,
                    run_id=run_id,
                )
                yield crm
                if write:
                    counters.write_pending(crm)
                if crm.changes:
                    index_writer.write_changes(crm)
                    webhook_events.store_events(crm)
                    handovers.notify_new_owners(crm)
                if crm.files.deleted_keys:
                    enqueue(crm, "remove_files", {"keys": [*crm.files.deleted_keys]}, schedule_at=now + REMOVAL_DELAY)
                if crm.pending_jobs and self.stores_jobs:
                    insert_jobs(db, company.id, crm.pending_jobs, now)
                completed = True
        except BaseException as error:
            # A commit that fails because the connection breaks may have succeeded: then rows refer to the files.
            if completed and new_files is not None and not company.database.is_serialization_failure(error):
                new_files.keep()
            raise
        if new_files is not None:
            new_files.keep()
        if crm.pending_jobs or (self.next_job_at is not None and now >= self.next_job_at):
            self.on_jobs_enqueued(company)
        if crm.company_data is company_data:
            shared.merge_loaded(company_data)

    @contextmanager
    def preparation(
        self,
        company: Company,
        user_id: int,
        *,
        user_agent: str | None = None,
        app: AppAccess | None = None,
        source: Source = "api",
    ) -> Iterator[Preparation]:
        """Yields what a request prepares its values with. New files are removed at the end, unless a unit kept them."""

        def read() -> AbstractContextManager[UnitOfWork]:
            return self.unit_of_work(company, user_id, write=False, source=source, user_agent=user_agent, app=app)

        with NewFiles(company.files) as new_files:
            yield Preparation(read, new_files, self.webhook_reach)

    def attempts(
        self,
        company: Company,
        user_id: int,
        *,
        write: bool,
        source: Source = "api",
        user_agent: str | None = None,
        app: AppAccess | None = None,
        run_id: str | None = None,
        new_files: NewFiles | None = None,
    ) -> Iterator[AbstractContextManager[UnitOfWork]]:
        """Yields units of work to do the same work in: each only when the one before conflicted with another writer.

            for attempt in companies.attempts(company, user_id, write=True):
                with attempt as crm:
                    deal = deals.create(crm, values)

        The last one locks out all other writers. ``new_files`` are kept when one of them is committed.
        """
        open_unit = partial(
            self.unit_of_work,
            company,
            user_id,
            write=write,
            source=source,
            user_agent=user_agent,
            app=app,
            run_id=run_id,
            new_files=new_files,
        )
        if not write:
            # Reading conflicts with nothing.
            yield open_unit()
            return
        for _ in range(SHARED_ATTEMPTS):
            # The first writer in a second must be alone: it is not tried beside others, in vain.
            if self._write_times.get(company.id, "") < format_time(self.clock()):
                break
            unit = open_unit(exclusive=False)
            # Entered here, because a block cannot be left out: opening the transaction may conflict already.
            try:
                crm = unit.__enter__()
            except Exception as error:
                if not _is_conflict(error, company):
                    raise
                continue
            attempt = _SharedAttempt(unit, crm)
            yield attempt
            if attempt.conflict is None:
                return
            if isinstance(attempt.conflict, ExclusiveLockNeeded):
                break
        yield open_unit()

    def run(
        self,
        company: Company,
        user_id: int,
        work: Callable[[UnitOfWork], T],
        *,
        write: bool,
        run_id: str | None = None,
    ) -> T:
        """Runs ``work`` in a unit of work, and again in another one when it conflicted; returns its result."""
        for attempt in self.attempts(company, user_id, write=write, run_id=run_id):
            with attempt as crm:
                result = work(crm)
        return result

    def _enter_second(self, company: Company, db: Transaction, now: datetime, write_time: str) -> datetime:
        """Returns the time of a unit that writes, which is in no earlier second than any that was committed.

        All units that write side by side do so in one second; the first one in the next second is alone, so that nothing
        of an earlier second is committed after it. Otherwise who asks for what has changed since a moment would miss
        changes that were committed late. Raises `ExclusiveLockNeeded`.
        """
        second = format_time(now)
        if second < write_time:
            latest = parse_time(write_time)
            if latest - now <= _MAX_CLOCK_SKEW:
                now, second = latest, write_time
        if second != write_time:
            if not db.is_exclusive:
                raise ExclusiveLockNeeded
            db.run_later(_SET_WRITE_TIME, {"time": second})
        self._write_times[company.id] = second
        return now

    def _current_company_data(self, company: Company, version: int) -> CompanyData:
        known = self._company_data.get(company.id)
        if known is None or known.version != version:
            known = CompanyData(version)
            self._company_data[company.id] = known
        return known


class _SharedAttempt:
    """A unit of work that is open already. Its block ends quietly when it conflicted with another writer."""

    def __init__(self, unit: AbstractContextManager[UnitOfWork, bool | None], crm: UnitOfWork) -> None:
        self._unit = unit
        self._crm = crm
        self.conflict: Exception | None = None

    def __enter__(self) -> UnitOfWork:
        return self._crm

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        try:
            is_handled = self._unit.__exit__(type, error, traceback)
        except Exception as failure:
            if not _is_conflict(failure, self._crm.company):
                raise
            self.conflict = failure
            return True
        if isinstance(error, Exception) and _is_conflict(error, self._crm.company):
            self.conflict = error
        return is_handled or self.conflict is not None


def _is_conflict(error: Exception, company: Company) -> bool:
    """Whether a unit of work failed only because of another writer."""
    return isinstance(error, ExclusiveLockNeeded) or company.database.is_serialization_failure(error)
