"""The unit of work: one company, one actor, one transaction, one moment.

Everything that a request does goes through one `Crm`. It is opened and committed at the edge only, never by a rule.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

import sqlalchemy as sa

from dealwright.crm import webhook_addresses
from dealwright.crm.memory import Memory
from dealwright.crm.oauth import grants
from dealwright.crm.settings import Settings, User
from dealwright.crm.values import moment, moment3
from dealwright.crm.webhook_addresses import Reach
from dealwright.storage.engines import DialectName, Transaction
from dealwright.storage.files import FilesOfUnit
from dealwright.storage.jobs import NewJob, store
from dealwright.storage.platform import Company, Platform
from dealwright.storage.tables import company as company_table

Clock = Callable[[], datetime]
Source = Literal["app", "api"]
T = TypeVar("T")

_VERSION = sa.select(company_table.c.settings_version)


def system_clock() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(UTC)


class Outdated(Exception):
    """The settings that a unit of work went by are no longer those of the company. It can be done again."""


class Crm:
    """One unit of work.

    ``now`` is the moment at which everything in it happens, as stored (``YYYY-MM-DD HH:MM:SS``); ``now3`` the same
    with milliseconds. ``writes`` says whether it may change anything. ``app`` is the OAuth app that acts for the user, if
    one does.
    """

    def __init__(
        self,
        company: Company,
        db: Transaction,
        settings: Settings,
        actor: User,
        now: datetime,
        *,
        writes: bool,
        memory: Memory,
        source: Source = "api",
        user_agent: str | None = None,
        app: grants.Access | None = None,
        webhook_reach: Reach = "public",
    ) -> None:
        self.company = company
        self.db = db
        self.settings = settings
        assert settings.version is not None
        self._settings_version = settings.version
        self.actor = actor
        self._time = now
        self.went_by_clock = False
        self.writes = writes
        self.memory = memory
        self.source: Source = source
        self.user_agent = user_agent
        self.app = app
        # Jobs that are stored when the unit is committed (`crm.jobs`).
        self.enqueued: list[NewJob] = []
        self.webhook_reach: Reach = webhook_reach
        self.files = FilesOfUnit(company.files)
        self._endings: dict[Callable[[Crm], None], None] = {}
        self.noted: dict[tuple[str, int], object] = {}

    @property
    def client_id(self) -> str | None:
        """The client id of the app that acts for the actor; None when the actor does so itself."""
        return self.app.client_id if self.app else None

    def at_end(self, ending: Callable[[Crm], None]) -> None:
        """Has something done once, when everything else of this unit has been done and before it is committed."""
        self._endings[ending] = None

    def end(self) -> None:
        """Does what was left for the end."""
        for ending in self._endings:
            ending(self)

    @property
    def time(self) -> datetime:
        """This unit's moment. Whoever asks for it may find something else the next time, without any change."""
        self.went_by_clock = True
        return self._time

    @cached_property
    def correlation_id(self) -> str:
        """What everything that happens in this unit has in common."""
        return str(uuid.uuid4())

    @cached_property
    def now(self) -> str:
        """This unit's moment, in whole seconds."""
        return moment(self.time)

    @cached_property
    def now3(self) -> str:
        """This unit's moment, with milliseconds."""
        return moment3(self.time)

    @cached_property
    def today(self) -> str:
        """This unit's date, in UTC."""
        return self.now[:10]

    @property
    def dialect(self) -> DialectName:
        """Which database this is, for the few statements that differ."""
        return self.db.dialect

    def settings_changed(self) -> None:
        """Says that users, roles, fields, pipelines, stages, types, currencies or webhooks were changed in this unit.

        Raises `Outdated` when others have changed them, too, since this unit began.
        """
        version = company_table.c.settings_version
        known = version == self._settings_version
        if not self.db.execute(sa.update(company_table).where(known).values(settings_version=version + 1)):
            raise Outdated
        self._settings_version += 1
        # Not shared before the commit: other units go on with the version that they see.
        self.settings = Settings(None, self.db)
        self.actor = self.settings.users.get(self.actor.id, self.actor)


class Bearer(NamedTuple):
    """Whom a token stands for: a user of a company, and the OAuth app to which the user gave it, if any."""

    company: Company
    user_id: int
    app: grants.Access | None = None


class Companies:
    """The companies of one platform, and what this process keeps in memory of each."""

    def __init__(self, platform: Platform, clock: Clock = system_clock, *, webhook_reach: Reach | None = None) -> None:
        """``webhook_reach`` says where webhooks may lead: what the environment says unless it is given."""
        self.platform = platform
        self.clock = clock
        self.webhook_reach: Reach = webhook_reach or webhook_addresses.configured()
        self._settings: dict[int, Settings] = {}
        self._memory = Memory.configured()
        self._session_tokens: dict[str, Bearer] = {}
        # Whoever runs jobs in this process is called with a company that has new ones, and when the alarm is over.
        self.jobs_enqueued: Callable[[Company], None] = lambda _company: None
        self.jobs_alarm: datetime | None = None

    def session_token(self, company: Company, user_id: int) -> str:
        """A token that stands for a user as long as this process lives: for what runs in the process itself."""
        token = secrets.token_hex(20)
        self._session_tokens[token] = Bearer(company, user_id)
        return token

    def bearer(self, token: str) -> Bearer | None:
        """Whom an API token stands for; None for one that is unknown or void."""
        if token in self._session_tokens:
            return self._session_tokens[token]
        owner = self.platform.token_owner(token)
        company = self.platform.company(owner.company_id) if owner else None
        return Bearer(company, owner.user_id) if owner and company else None

    def app_bearer(self, access_token: str) -> Bearer | None:
        """Whom an app's access token stands for; None for one that is unknown, void or has expired."""
        found = grants.access(self.platform, access_token, self.clock())
        if found is None:
            return None
        owner, access = found
        company = self.platform.company(owner.company_id)
        return Bearer(company, owner.user_id, access) if company else None

    @contextmanager
    def unit(
        self,
        company: Company,
        user_id: int,
        *,
        write: bool,
        source: Source = "api",
        user_agent: str | None = None,
        app: grants.Access | None = None,
        alone: bool = False,
    ) -> Iterator[Crm]:
        """Opens a unit of work: committed when the block ends, rolled back when it raises.

        With ``alone`` nobody else writes meanwhile. Raises LookupError when the user does not exist or may not act.
        """
        transaction = company.database.write(alone=alone) if write else company.database.read()
        crm: Crm | None = None
        worked = False
        try:
            with transaction as db:
                known = self._current_settings(company, db)
                settings = known.within(db)
                actor = settings.users.get(user_id)
                if actor is None or not actor.is_active or actor.is_deleted:
                    raise LookupError(f"no active user {user_id}")
                now = self.clock()
                crm = Crm(
                    company,
                    db,
                    settings,
                    actor,
                    now,
                    writes=write,
                    memory=self._memory,
                    source=source,
                    user_agent=user_agent,
                    app=app,
                    webhook_reach=self.webhook_reach,
                )
                yield crm
                crm.end()
                if crm.enqueued:
                    store(db, company.id, crm.enqueued, now)
                worked = True
        except BaseException as error:
            # A commit that fails because the connection breaks may have been made: then rows name the files.
            if crm is not None and (not worked or company.database.gave_way(error)):
                crm.files.rolled_back()
            raise
        crm.files.committed()
        if crm.enqueued or (self.jobs_alarm is not None and now >= self.jobs_alarm):
            self.jobs_enqueued(company)
        if crm.settings is settings:
            known.learn(settings)

    def run(
        self,
        company: Company,
        user_id: int,
        work: Callable[[Crm], T],
        *,
        write: bool,
        user_agent: str | None = None,
        app: grants.Access | None = None,
    ) -> T:
        """Does some work in a unit of its own, again and alone when it had to give way to another one."""
        try:
            with self.unit(company, user_id, write=write, user_agent=user_agent, app=app) as crm:
                return work(crm)
        except Exception as error:
            if not (isinstance(error, Outdated) or company.database.gave_way(error)):
                raise
        with self.unit(company, user_id, write=write, user_agent=user_agent, app=app, alone=True) as crm:
            return work(crm)

    def _current_settings(self, company: Company, db: Transaction) -> Settings:
        [(version,)] = db.run(_VERSION, {})
        known = self._settings.get(company.id)
        if known is None or known.version != version:
            known = Settings(version)
            self._settings[company.id] = known
        return known
