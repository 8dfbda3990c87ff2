"""The companies of a platform: the users that tokens stand for, and units of work on a company.

The search index and webhook events, which follow from changes of any record, are written here before a unit is
committed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import TypeVar

import sqlalchemy as sa

from dealwright.crm.integration import webhook_events
from dealwright.crm.kernel import outbound_policy
from dealwright.crm.kernel.cache import Cache
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.outbound_policy import AllowedNetworks
from dealwright.crm.kernel.unit_of_work import AppAccess, Principal, Source, StaleCompanyData, UnitOfWork
from dealwright.crm.search import index_writer
from dealwright.storage.engines import Transaction
from dealwright.storage.jobs import insert_jobs
from dealwright.storage.platform import Company, Platform
from dealwright.storage.tables import company as company_table

Clock = Callable[[], datetime]
T = TypeVar("T")

_VERSION = sa.select(company_table.c.settings_version)


def system_clock() -> datetime:
    """Returns the time of this machine, in UTC."""
    return datetime.now(UTC)


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
        # Called after a unit that enqueued jobs or ended after `next_job_at`; the job runner of this process sets both.
        self.on_jobs_enqueued: Callable[[Company], None] = lambda _company: None
        self.next_job_at: datetime | None = None

    def create_session_token(self, company: Company, user_id: int) -> str:
        """Returns a new token for a user.

        It is valid as long as this process lives, and meant for code inside the process.
        """
        token = secrets.token_hex(20)
        self._session_tokens[token] = Principal(company, user_id)
        return token

    def authenticate(self, token: str) -> Principal | None:
        """Returns the user and the company that an API token stands for; None for an unknown or revoked token."""
        if token in self._session_tokens:
            return self._session_tokens[token]
        owner = self.platform.find_token_owner(token)
        company = self.platform.find_company(owner.company_id) if owner else None
        return Principal(company, owner.user_id) if owner and company else None

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
        exclusive: bool = False,
    ) -> Iterator[UnitOfWork]:
        """Opens a unit of work: committed when the block ends, rolled back when it raises.

        With ``exclusive`` it locks out all other writers. Raises LookupError when the user does not exist or is not
        active.
        """
        transaction = company.database.write(exclusive=exclusive) if write else company.database.read()
        crm: UnitOfWork | None = None
        completed = False
        try:
            with transaction as db:
                shared = self._current_company_data(company, db)
                company_data = shared.bound_to(db)
                actor = company_data.users.get(user_id)
                if actor is None or not actor.is_enabled:
                    raise LookupError(f"no active user {user_id}")
                now = self.clock()
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
                    webhook_reach=self.webhook_reach,
                )
                yield crm
                if crm.changes:
                    index_writer.write_changes(crm)
                    webhook_events.store_events(crm)
                if crm.pending_jobs:
                    insert_jobs(db, company.id, crm.pending_jobs, now)
                completed = True
        except BaseException as error:
            # A commit that fails because the connection breaks may have succeeded: then rows refer to the files.
            if crm is not None and (not completed or company.database.is_serialization_failure(error)):
                crm.files.rollback()
            raise
        crm.files.commit()
        if crm.pending_jobs or (self.next_job_at is not None and now >= self.next_job_at):
            self.on_jobs_enqueued(company)
        if crm.company_data is company_data:
            shared.merge_loaded(company_data)

    def attempts(
        self,
        company: Company,
        user_id: int,
        *,
        write: bool,
        user_agent: str | None = None,
        app: AppAccess | None = None,
    ) -> Iterator[AbstractContextManager[UnitOfWork]]:
        """Yields units of work to do the same work in: a second one only when the first conflicted with another writer.

            for attempt in companies.attempts(company, user_id, write=True):
                with attempt as crm:
                    deal = deals.create(crm, values)

        The second one locks out all other writers.
        """
        open_unit = partial(self.unit_of_work, company, user_id, write=write, user_agent=user_agent, app=app)
        if not write:
            # Reading conflicts with nothing.
            yield open_unit()
            return
        unit = open_unit()
        # Entered here, because a block cannot be left out: opening the transaction may conflict already.
        try:
            crm = unit.__enter__()
        except Exception as error:
            if not _is_conflict(error, company):
                raise
        else:
            attempt = _FirstAttempt(unit, crm)
            yield attempt
            if not attempt.has_conflict:
                return
        yield open_unit(exclusive=True)

    def run(self, company: Company, user_id: int, work: Callable[[UnitOfWork], T], *, write: bool) -> T:
        """Runs ``work`` in a unit of work, and again in a second one when the first conflicted; returns its result."""
        for attempt in self.attempts(company, user_id, write=write):
            with attempt as crm:
                result = work(crm)
        return result

    def _current_company_data(self, company: Company, db: Transaction) -> CompanyData:
        [(version,)] = db.run(_VERSION, {})
        known = self._company_data.get(company.id)
        if known is None or known.version != version:
            known = CompanyData(version)
            self._company_data[company.id] = known
        return known


class _FirstAttempt:
    """A unit of work that is open already. Its block ends quietly when it conflicted with another writer."""

    def __init__(self, unit: AbstractContextManager[UnitOfWork, bool | None], crm: UnitOfWork) -> None:
        self._unit = unit
        self._crm = crm
        self.has_conflict = False

    def __enter__(self) -> UnitOfWork:
        return self._crm

    def __exit__(
        self, type: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool | None:
        try:
            is_handled = self._unit.__exit__(type, error, traceback)
        except Exception as failure:
            self.has_conflict = _is_conflict(failure, self._crm.company)
            if not self.has_conflict:
                raise
            return True
        self.has_conflict = isinstance(error, Exception) and _is_conflict(error, self._crm.company)
        return is_handled or self.has_conflict


def _is_conflict(error: Exception, company: Company) -> bool:
    """Whether a unit of work failed only because of another writer."""
    return isinstance(error, StaleCompanyData) or company.database.is_serialization_failure(error)
