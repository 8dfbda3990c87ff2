"""The unit of work: one company, one actor, one transaction, one time.

Everything that a request does goes through one `UnitOfWork`. It is opened and committed at the edge only, never by a
rule.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.kernel.cache import Cache
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.counts import DistributionKey
from dealwright.crm.kernel.record_types import Action, FieldChange, Record, RecordType, RecordTypeName
from dealwright.crm.team.model import User
from dealwright.crm.values.formats import Values, format_time, format_time_ms
from dealwright.storage import platform as storage_platform
from dealwright.storage.engines import DialectName, Transaction
from dealwright.storage.files import TransactionalFiles
from dealwright.storage.jobs import NewJob
from dealwright.storage.platform import Company
from dealwright.storage.tables import company as company_table

Source = Literal["app", "api"]
UserRef = storage_platform.UserRef
"""A user of a company, by their ids."""


class ExclusiveLockNeeded(Exception):
    """A unit of work beside others does what only one that is alone may do. It can be tried again, alone."""


class AppAccess(NamedTuple):
    """The part of an access token that is about an app: the app that acts for the user, and its scopes."""

    app_id: int
    client_id: str
    scopes: frozenset[str]


class RecordChange:
    """The changes that a unit of work has made to one record so far.

    ``before`` is the record as it was, None for a new one; ``values`` are the columns written since, ``fields`` the old
    and the new value of each field that the change log names.
    """

    def __init__(self, kind: RecordType[Any], id: int, before: Record | None) -> None:
        self.kind = kind
        self.id = id
        self.before = before
        self.values: Values = {}
        self.actions: set[Action] = set()
        self.fields: dict[str, tuple[Json, Json]] = {}
        self.is_bulk = False

    def add(self, action: Action, values: Values, fields: Iterable[FieldChange], *, is_bulk: bool) -> None:
        """Adds one more change of the record."""
        self.actions.add(action)
        self.values |= values
        self.is_bulk = self.is_bulk or is_bulk
        for name, old, new in fields:
            first, _ = self.fields.get(name, (old, None))
            self.fields[name] = (first, new)


class PendingCounts:
    """Differences of what records keep about others, until they are written (`crm.kernel.counters`)."""

    def __init__(self) -> None:
        self._entries: dict[RecordTypeName, dict[Any, tuple[dict[str, int], bool]]] = {}
        self._distributed: Counter[DistributionKey] = Counter()

    def add(self, kind: RecordType[Any], key: Any, column: str, number: int) -> None:
        """Adds a number to a column of a record; nothing without a record."""
        if key is not None:
            differences, _ = self._entries.setdefault(kind.object, {}).setdefault(key, ({}, False))
            differences[column] = differences.get(column, 0) + number

    def mark(self, kind: RecordType[Any], key: Any) -> None:
        """Marks a record, if there is one, for which another row may be the nearest one now."""
        if key is not None:
            entries = self._entries.setdefault(kind.object, {})
            entries[key] = (entries.get(key, ({}, False))[0], True)

    def take(self, kind: RecordType[Any]) -> dict[Any, tuple[dict[str, int], bool]]:
        """Returns and forgets the differences, and whether they are marked, of the records of a type, by their keys."""
        return self._entries.pop(kind.object, {})

    def distribute(self, key: DistributionKey, number: int) -> None:
        """Adds a number to one of those of a distribution."""
        self._distributed[key] += number

    def take_distributed(self) -> list[tuple[DistributionKey, int]]:
        """Returns and forgets the differences of distributions, by their keys and in the order of these."""
        found = sorted((key, number) for key, number in self._distributed.items() if number)
        self._distributed.clear()
        return found

    def concern(self, kind: RecordType[Any]) -> bool:
        """Whether there are any for records of a type."""
        return kind.object in self._entries


class UnitOfWork:
    """One unit of work.

    ``now`` is its time as stored (``YYYY-MM-DD HH:MM:SS``), ``now_ms`` the same with milliseconds. ``writes`` says
    whether it may change anything. ``app`` is the OAuth app that acts for the user, if any. ``run_id`` names the run that
    it is part of, if any: what a run has changed can be taken back (`history.undo`).
    """

    def __init__(
        self,
        company: Company,
        db: Transaction,
        company_data: CompanyData,
        actor: User,
        now: datetime,
        *,
        writes: bool,
        cache: Cache,
        source: Source = "api",
        user_agent: str | None = None,
        app: AppAccess | None = None,
        run_id: str | None = None,
    ) -> None:
        self.company = company
        self.db = db
        self.company_data = company_data
        self.actor = actor
        self._time = now
        self.depends_on_time = False
        self.writes = writes
        self.cache = cache
        self.source: Source = source
        self.user_agent = user_agent
        self.app = app
        self.run_id = run_id
        # Jobs that are stored when the unit is committed (`crm.kernel.jobs`).
        self.pending_jobs: list[NewJob] = []
        self.files = TransactionalFiles(company.files)
        # The search index and webhook events are written from these changes before the commit (`crm.companies`).
        self.changes: dict[tuple[RecordTypeName, int], RecordChange] = {}
        self.pending_counts = PendingCounts()

    @property
    def client_id(self) -> str | None:
        """The client id of the app that acts for the actor; None when the actor does so itself."""
        return self.app.client_id if self.app else None

    def add_change(
        self,
        kind: RecordType[Any],
        id: int,
        before: Record | None,
        action: Action,
        values: Values,
        fields: Iterable[FieldChange],
        *,
        is_bulk: bool = False,
    ) -> None:
        """Adds a change of a record, which was ``before`` until then, to the changes of this unit."""
        change = self.changes.setdefault((kind.object, id), RecordChange(kind, id, before))
        change.add(action, values, fields, is_bulk=is_bulk)

    @property
    def time(self) -> datetime:
        """The time of this unit. Reading it marks the unit as time-dependent, so that its pages are not cached."""
        self.depends_on_time = True
        return self._time

    @cached_property
    def correlation_id(self) -> str:
        """The UUID that all webhook events of this unit carry."""
        return str(uuid.uuid4())

    @cached_property
    def now(self) -> str:
        """The time of this unit, in whole seconds."""
        return format_time(self.time)

    @cached_property
    def now_ms(self) -> str:
        """The time of this unit, with milliseconds."""
        return format_time_ms(self.time)

    @cached_property
    def today(self) -> str:
        """The date of this unit, in UTC."""
        return self.now[:10]

    @property
    def dialect(self) -> DialectName:
        """The SQL dialect of the database, for the few statements that differ."""
        return self.db.dialect

    def require_exclusive_lock(self) -> None:
        """Raises `ExclusiveLockNeeded` unless no other unit writes at the same time.

        Rules that change many records call it first: beside others they would meet some of them, and would be done in vain.
        """
        if not self.db.is_exclusive:
            raise ExclusiveLockNeeded

    def invalidate_company_data(self) -> None:
        """Marks the company data as changed: users, roles, teams, fields, pipelines, stages, types, currencies or webhooks.

        Every unit goes by the company data that it has found, so only one that is alone changes them.
        """
        self.require_exclusive_lock()
        version = company_table.c.settings_version
        self.db.execute(sa.update(company_table).values(settings_version=version + 1))
        # Not shared before the commit: other units go on with the version that they see.
        self.company_data = CompanyData(None, self.db)
        self.actor = self.company_data.users.get(self.actor.id, self.actor)


class Principal(NamedTuple):
    """The identity behind a token: a user of a company, and the OAuth app to which the user gave it, if any.

    ``source`` is what the change log says of the changes: the web app makes them with the session of a browser.
    """

    company: Company
    user_id: int
    app: AppAccess | None = None
    source: Source = "api"
