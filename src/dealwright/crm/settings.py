"""What a company's processes keep in memory: the few records that nearly every request needs.

Users, roles, fields, pipelines, stages, activity types, currencies and webhooks change rarely and are read always. They are loaded when
first asked for and stay until the company's ``settings_version`` moves on (`Crm.settings_changed`), so that
every process sees a change with its next request.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa

from dealwright.crm.kinds import Kind, Object, Record, prepare
from dealwright.crm.values import loads
from dealwright.storage import tables
from dealwright.storage.engines import Transaction

R = TypeVar("R", bound=Record)
T = TypeVar("T")


class CompanySettings(Record):
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


class User(Record):
    """A person with a login."""

    id: int
    name: str
    email: str
    phone: str | None
    default_currency: str
    locale: str
    lang: int
    language_code: str
    country_code: str
    timezone_name: str
    icon_url: str | None
    activated: bool
    is_active: bool
    is_deleted: bool
    has_created_company: bool
    access: str
    role_id: int
    last_login: str | None
    add_time: str
    update_time: str | None

    def is_admin(self, app: str = "sales") -> bool:
        """Whether the user holds the admin rights of an app, or those of the whole account."""
        held = _administered(self.access)
        return app in held or "global" in held


@functools.lru_cache(maxsize=1000)
def _administered(access: str) -> frozenset[str]:
    """The apps whose admin rights a user holds, from what is stored of that."""
    return frozenset(entry["app"] for entry in loads(access) if entry["admin"])


class Role(Record):
    """A role: a visibility group with a place in the tree."""

    id: int
    parent_role_id: int | None
    name: str
    is_active: bool
    settings: str
    hidden_pipeline_ids: str


class Pipeline(Record):
    """A pipeline."""

    id: int
    name: str
    order_nr: int
    is_deleted: bool
    is_deal_probability_enabled: bool
    add_time: str
    update_time: str | None


class Stage(Record):
    """A step of a pipeline."""

    id: int
    pipeline_id: int
    name: str
    order_nr: int
    is_deleted: bool
    deal_probability: int
    is_deal_rot_enabled: bool
    days_to_rotten: int | None
    add_time: str
    update_time: str | None


class Field(Record):
    """A field of a kind of record."""

    id: int
    object: Object
    key: str
    name: str
    description: str | None
    field_type: str
    order_nr: int
    is_custom: bool
    is_deleted: bool
    ui_visibility: str
    important_fields: str | None
    required_fields: str | None
    created_by_user_id: int | None
    last_updated_by_user_id: int | None
    add_time: str
    update_time: str | None


class FieldOption(Record):
    """One choice of a field."""

    id: int
    field_id: int
    label: str
    color: str | None
    alt_id: str | None
    order_nr: int
    is_deleted: bool
    add_time: str
    update_time: str | None


class ActivityType(Record):
    """A type of activity."""

    id: int
    order_nr: int
    name: str
    key_string: str
    icon_key: str
    color: str | None
    is_active: bool
    is_custom: bool
    add_time: str
    update_time: str | None


class Currency(Record):
    """A currency."""

    id: int
    code: str
    name: str
    symbol: str
    decimal_points: int
    is_active: bool
    is_custom: bool


class Webhook(Record):
    """An address that is told about events. ``app`` is the client id of the app that made it; None for a user."""

    id: int
    owner_id: int
    user_id: int
    admin_id: int
    event_action: str
    event_object: str
    subscription_url: str
    version: str
    name: str | None
    type: str
    app: str | None
    http_auth_user: str | None
    http_auth_password: str | None
    secret: str | None
    is_active: bool
    add_time: str
    remove_time: str | None
    remove_reason: str | None


USER = Kind("user", tables.users, User, "User")
PIPELINE = Kind("pipeline", tables.pipelines, Pipeline, "Pipeline")
STAGE = Kind("stage", tables.stages, Stage, "Stage")
ACTIVITY_TYPE = Kind("activityType", tables.activity_types, ActivityType, "Activity type")

for _record in (CompanySettings, Role, Field, FieldOption, Currency, Webhook):
    prepare(_record)


class Settings:
    """One version of a company's settings. ``within`` says in which transaction to load what is still missing."""

    def __init__(self, version: int | None, db: Transaction | None = None) -> None:
        self.version = version
        self._loaded: dict[str, Any] = {}
        self._db = db

    def within(self, db: Transaction) -> Settings:
        """The same version, loading what is missing through a transaction that sees it: for this transaction only."""
        view = Settings(self.version, db)
        view._loaded = dict(self._loaded)
        return view

    def learn(self, view: Settings) -> None:
        """Keeps what a view has loaded, after its transaction has come to a good end without changing settings."""
        if len(view._loaded) > len(self._loaded):
            self._loaded.update(view._loaded)

    @property
    def company(self) -> CompanySettings:
        """The company's own settings."""
        rows: list[CompanySettings] = self._rows("company", tables.company, CompanySettings)
        return rows[0]

    @property
    def users(self) -> dict[int, User]:
        """Every user by id, also those that are deactivated."""
        return self._by_id("users", tables.users, User)

    @property
    def roles(self) -> dict[int, Role]:
        """Every role by id."""
        return self._by_id("roles", tables.roles, Role)

    @property
    def pipelines(self) -> dict[int, Pipeline]:
        """Every pipeline by id, in order; also deleted ones."""
        return self._by_id("pipelines", tables.pipelines, Pipeline, "order_nr")

    @property
    def stages(self) -> dict[int, Stage]:
        """Every stage by id, in order within its pipeline; also deleted ones."""
        return self._by_id("stages", tables.stages, Stage, "pipeline_id", "order_nr")

    @property
    def activity_types(self) -> dict[int, ActivityType]:
        """Every activity type by id, in order; also deactivated ones."""
        return self._by_id("activity_types", tables.activity_types, ActivityType, "order_nr")

    @property
    def currencies(self) -> dict[int, Currency]:
        """Every currency by id."""
        return self._by_id("currencies", tables.currencies, Currency)

    @property
    def currency_codes(self) -> dict[str, Currency]:
        """The active currencies by code."""
        return self._derived("currency_codes", lambda: {c.code: c for c in self.currencies.values() if c.is_active})

    @property
    def webhooks(self) -> dict[int, Webhook]:
        """Every webhook by id, also those that are told nothing any more."""
        return self._by_id("webhooks", tables.webhooks, Webhook)

    @property
    def active_webhooks(self) -> list[Webhook]:
        """The webhooks that are told about events."""
        return self._derived("active_webhooks", lambda: [hook for hook in self.webhooks.values() if hook.is_active])

    def fields(self, object: Object) -> dict[str, Field]:
        """The live fields of a kind of record by key, in order."""
        return self._derived(
            f"fields:{object}",
            lambda: {f.key: f for f in self._all_fields if f.object == object and not f.is_deleted},
        )

    def custom_fields(self, object: Object) -> dict[str, Field]:
        """The live custom fields of a kind of record by key, in order."""
        return self._derived(
            f"custom_fields:{object}", lambda: {k: f for k, f in self.fields(object).items() if f.is_custom}
        )

    def deleted_field_keys(self, object: Object) -> frozenset[str]:
        """The keys of the fields of a kind of record that are gone."""
        return self._derived(
            f"deleted_field_keys:{object}",
            lambda: frozenset(f.key for f in self._all_fields if f.object == object and f.is_deleted),
        )

    def options(self, field_id: int) -> dict[int, FieldOption]:
        """The live options of a field by id, in order."""
        return self._derived("options", lambda: self._options_by_field(deleted=False)).get(field_id, {})

    def deleted_options(self, field_id: int) -> dict[int, FieldOption]:
        """The options of a field that are gone, by id."""
        return self._derived("deleted_options", lambda: self._options_by_field(deleted=True)).get(field_id, {})

    def cached(self, name: str, make: Callable[[], T]) -> T:
        """What a module derives from these settings, made once and kept as long as they are.

        It may not hold on to the settings themselves, which belong to one transaction.
        """
        return self._derived(f"cached:{name}", make)

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

    def _by_id(self, name: str, table: sa.Table, record: type[R], *order: str) -> dict[int, R]:
        return self._derived(
            f"{name}:by_id",
            lambda: {row.id: row for row in self._rows(name, table, record, *order)},  # type: ignore[attr-defined]
        )

    def _derived(self, name: str, make: Callable[[], T]) -> T:
        if name not in self._loaded:
            self._loaded[name] = make()
        found: T = self._loaded[name]
        return found

    def _rows(self, name: str, table: sa.Table, record: type[R], *order: str) -> list[R]:
        def load() -> list[R]:
            assert self._db is not None
            statement = sa.select(table).order_by(*(table.c[column] for column in order or ("id",)))
            # Lax, because SQLite's flags are 0 and 1.
            return msgspec.convert(self._db.rows(statement), list[record], strict=False)  # type: ignore[valid-type]

        return self._derived(name, load)
