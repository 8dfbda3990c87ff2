"""The data of a company that processes cache: the few records that nearly every request needs.

Users, roles, teams, fields, pipelines, stages, activity types, currencies and webhooks change rarely and are read always. They
are loaded on first use and cached until the company's ``settings_version`` changes
(`UnitOfWork.invalidate_company_data`), so that every process sees a change with its next request.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.crm.deals.model import Currency, Pipeline, Stage
from dealwright.crm.integration.model import Field, FieldOption, Webhook
from dealwright.crm.kernel.record_types import Record, RecordTypeName, preload_type
from dealwright.crm.team.model import PermissionSet, Role, Team, User
from dealwright.crm.values.formats import loads
from dealwright.crm.work.model import ActivityType, ProjectBoard, ProjectPhase
from dealwright.storage import tables
from dealwright.storage.engines import Transaction

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class CompanyRecord(Record):
    """The company's own row."""

    id: int
    name: str
    domain: str
    country: str
    industry: str | None
    default_currency: str
    timezone: str
    visibility_levels: int
    settings_version: int
    write_time: str
    run_retention_days: int


for _record in (CompanyRecord, Role, PermissionSet, Team, Field, FieldOption, Currency, Webhook):
    preload_type(_record)


class CompanyData:
    """One version of a company's cached data. A copy made by `bound_to` loads the entries that are still missing."""

    def __init__(self, version: int | None, db: Transaction | None = None) -> None:
        self.version = version
        self._loaded: dict[str, Any] = {}
        self._db = db

    def bound_to(self, db: Transaction) -> CompanyData:
        """Returns a copy bound to a transaction; entries that are not cached yet are loaded through it."""
        view = CompanyData(self.version, db)
        view._loaded = dict(self._loaded)
        return view

    def merge_loaded(self, view: CompanyData) -> None:
        """Copies the entries that ``view`` has loaded into this shared cache.

        Call it only after a commit that changed none of these records.
        """
        if len(view._loaded) > len(self._loaded):
            self._loaded.update(view._loaded)

    @property
    def company(self) -> CompanyRecord:
        """The company's own row."""
        rows: list[CompanyRecord] = self._rows("company", tables.company, CompanyRecord)
        return rows[0]

    @property
    def users(self) -> dict[int, User]:
        """All users by id, deactivated ones included."""
        return self._by_id("users", tables.users, User)

    @property
    def roles(self) -> dict[int, Role]:
        """All roles by id."""
        return self._by_id("roles", tables.roles, Role)

    @property
    def permission_sets(self) -> dict[str, PermissionSet]:
        """All permission sets by id."""
        return self._by_id("permission_sets", tables.permission_sets, PermissionSet)

    @property
    def permissions_by_set(self) -> dict[str, frozenset[str]]:
        """The permissions that each permission set contains, by its id."""
        return self._get_or_compute(
            "permissions_by_set",
            lambda: {id: frozenset(loads(one.contents)) for id, one in self.permission_sets.items()},
        )

    @property
    def teams(self) -> dict[int, Team]:
        """All teams by id; deleted ones included."""
        return self._by_id("teams", tables.teams, Team)

    @property
    def team_members(self) -> dict[int, frozenset[int]]:
        """The ids of the users in each team that has any, by its id."""

        def load() -> dict[int, frozenset[int]]:
            assert self._db is not None
            found: dict[int, set[int]] = {}
            for team_id, user_id in self._db.rows(sa.select(tables.team_members)):
                found.setdefault(team_id, set()).add(user_id)
            return {id: frozenset(users) for id, users in found.items()}

        return self._get_or_compute("team_members", load)

    @property
    def pipelines(self) -> dict[int, Pipeline]:
        """All pipelines by id, in their order; deleted ones included."""
        return self._by_id("pipelines", tables.pipelines, Pipeline, "order_nr")

    @property
    def stages(self) -> dict[int, Stage]:
        """All stages by id, in their order within the pipeline; deleted ones included."""
        return self._by_id("stages", tables.stages, Stage, "pipeline_id", "order_nr")

    @property
    def activity_types(self) -> dict[int, ActivityType]:
        """All activity types by id, in their order; deactivated ones included."""
        return self._by_id("activity_types", tables.activity_types, ActivityType, "order_nr")

    @property
    def project_boards(self) -> dict[int, ProjectBoard]:
        """All boards of projects by id, in their order; deleted ones included."""
        return self._by_id("project_boards", tables.project_boards, ProjectBoard, "order_nr")

    @property
    def project_phases(self) -> dict[int, ProjectPhase]:
        """All phases by id, in their order within the board; deleted ones included."""
        return self._by_id("project_phases", tables.project_phases, ProjectPhase, "board_id", "order_nr")

    @property
    def currencies(self) -> dict[int, Currency]:
        """All currencies by id."""
        return self._by_id("currencies", tables.currencies, Currency)

    @property
    def currency_codes(self) -> dict[str, Currency]:
        """The active currencies by code."""
        return self._get_or_compute(
            "currency_codes", lambda: {c.code: c for c in self.currencies.values() if c.is_active}
        )

    @property
    def webhooks(self) -> dict[int, Webhook]:
        """All webhooks by id, inactive ones included."""
        return self._by_id("webhooks", tables.webhooks, Webhook)

    @property
    def active_webhooks(self) -> list[Webhook]:
        """The webhooks that receive events: none that a deactivated user has made, or whose events such a user would see."""
        return self._get_or_compute(
            "active_webhooks",
            lambda: [
                hook
                for hook in self.webhooks.values()
                if hook.is_active and self.users[hook.owner_id].is_enabled and self.users[hook.user_id].is_enabled
            ],
        )

    def fields(self, object: RecordTypeName) -> dict[str, Field]:
        """Returns the live fields of a record type by key, in their order."""
        return self._get_or_compute(
            f"fields:{object}",
            lambda: {f.key: f for f in self._all_fields if f.object == object and not f.is_deleted},
        )

    def custom_fields(self, object: RecordTypeName) -> dict[str, Field]:
        """Returns the live custom fields of a record type by key, in their order."""
        return self._get_or_compute(
            f"custom_fields:{object}", lambda: {k: f for k, f in self.fields(object).items() if f.is_custom}
        )

    def deleted_field_keys(self, object: RecordTypeName) -> frozenset[str]:
        """Returns the keys of the deleted fields of a record type."""
        return self._get_or_compute(
            f"deleted_field_keys:{object}",
            lambda: frozenset(f.key for f in self._all_fields if f.object == object and f.is_deleted),
        )

    def options(self, field_id: int) -> dict[int, FieldOption]:
        """Returns the live options of a field by id, in their order."""
        return self._get_or_compute("options", lambda: self._options_by_field(deleted=False)).get(field_id, {})

    def deleted_options(self, field_id: int) -> dict[int, FieldOption]:
        """Returns the deleted options of a field by id."""
        return self._get_or_compute("deleted_options", lambda: self._options_by_field(deleted=True)).get(field_id, {})

    def get_or_compute(self, name: str, compute: Callable[[], T]) -> T:
        """Returns the cached value under ``name``; otherwise calls ``compute`` and caches its result.

        The result stays as long as this version. It must not refer to this object, which is bound to one transaction.
        """
        return self._get_or_compute(f"cached:{name}", compute)

    @property
    def _all_fields(self) -> list[Field]:
        rows: list[Field] = self._rows("fields", tables.fields, Field, "object", "order_nr", "id")
        return rows

    def _options_by_field(self, *, deleted: bool) -> dict[int, dict[int, FieldOption]]:
        options: list[FieldOption] = self._rows(
            "field_options", tables.field_options, FieldOption, "field_id", "order_nr", "id"
        )
        by_field: dict[int, dict[int, FieldOption]] = {}
        for option in options:
            if option.is_deleted == deleted:
                by_field.setdefault(option.field_id, {})[option.id] = option
        return by_field

    def _by_id(self, name: str, table: sa.Table, record: type[R], *order: str) -> dict[Any, R]:
        return self._get_or_compute(
            f"{name}:by_id",
            lambda: {row.id: row for row in self._rows(name, table, record, *order)},  # type: ignore[attr-defined]
        )

    def _get_or_compute(self, name: str, compute: Callable[[], T]) -> T:
        if name not in self._loaded:
            self._loaded[name] = compute()
        found: T = self._loaded[name]
        return found

    def _rows(self, name: str, table: sa.Table, record: type[R], *order: str) -> list[R]:
        def load() -> list[R]:
            assert self._db is not None
            statement = sa.select(table).order_by(*(table.c[column] for column in order or ("id",)))
            # Lax, because SQLite's flags are 0 and 1.
            return msgspec.convert(self._db.rows(statement), list[record], strict=False)  # type: ignore[valid-type]

        return self._get_or_compute(name, load)
