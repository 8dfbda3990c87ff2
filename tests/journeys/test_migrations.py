"""A company made with the tables as they are now is the same as one that the migrations have made."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from dealwright.crm.values.formats import dumps
from dealwright.storage import migrations
from dealwright.storage.engines import Database, PostgresServer, SqliteDatabase
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import platform_metadata
from dealwright.storage.tables import changes, fields, metadata, persons, search_texts
from dealwright.storage.tables.integration.search import NOT_IN_METADATA
from tests.api import Api


@pytest.fixture
def new_and_migrated(location: str, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Yields a new company, and one that was migrated from no tables."""
    platform = Platform(location)
    platform.create_platform_tables()
    fresh = platform.create_company("fresh").database
    with ExitStack() as cleanup:
        cleanup.callback(platform.close)
        with closing(sqlite3.connect(tmp_path / "old.sqlite3")) as empty:
            empty.execute("pragma journal_mode=wal")
        old: Database = SqliteDatabase(tmp_path / "old.sqlite3")
        if location.startswith("postgresql"):
            server = PostgresServer(location)
            cleanup.callback(server.close)
            old = server.database("company_old", "company")
            old.create_tables(sa.MetaData())
        cleanup.callback(old.close)
        migrations.COMPANY.migrate(old, platform.cipher.encrypt)
        yield fresh, old


@contextmanager
def connect(database: Database) -> Iterator[sa.Connection]:
    """SQLAlchemy's own connection to a company's tables."""
    engine = sa.create_engine(database.sqlalchemy_url(), poolclass=sa.NullPool)
    with engine.connect() as connection:
        if database.schema is not None:
            connection.execute(sa.text(f'set search_path to "{database.schema}"'))
            connection.commit()
            connection.dialect.default_schema_name = database.schema
        yield connection


def describe_schema(database: Database) -> dict[str, object]:
    """Returns every table with its columns and keys as the database reports them, and everything else as its SQL."""
    with connect(database) as connection:
        inspector = sa.inspect(connection)
        tables: dict[str, object] = {
            table: (
                [
                    (column["name"], str(column["type"]), column["nullable"], _normalize_sql(column["default"]))
                    for column in inspector.get_columns(table)
                ],
                inspector.get_pk_constraint(table)["constrained_columns"],
                sorted(sorted(one["column_names"]) for one in inspector.get_unique_constraints(table)),
            )
            for table in inspector.get_table_names()
            if not table.startswith(ALEMBIC_TABLE)
        }
        others = POSTGRES_OBJECTS_SQL if database.schema else SQLITE_OBJECTS_SQL
        made = connection.execute(sa.text(others)).all()
        return tables | {
            f"{kind} {name}": _normalize_sql(words) for kind, name, words in made if not name.startswith(ALEMBIC_TABLE)
        }


ALEMBIC_TABLE = "alembic_version"
SQLITE_OBJECTS_SQL = """
    select type, name, sql from sqlite_master where sql is not null and (type <> 'table' or sql like 'create virtual%')
"""
POSTGRES_OBJECTS_SQL = """
    select 'index', indexname, indexdef from pg_indexes where schemaname = current_schema()
    union all
    select 'function', proname, prosrc from pg_proc where pronamespace = to_regnamespace(current_schema())
    union all
    select 'trigger', tgname, pg_get_triggerdef(t.oid) from pg_trigger t join pg_class on pg_class.oid = tgrelid
    where not tgisinternal and relnamespace = to_regnamespace(current_schema())
"""


def _normalize_sql(words: str | None) -> str | None:
    """Returns the SQL of something without the name of its schema and without line breaks."""
    return None if words is None else " ".join(re.sub(r"company_(fresh|old)\.", "", words).split())


def include_object(dialect: str, item: object, name: str | None, *_: object) -> bool:
    """Returns False for what SQLAlchemy does not know, and for what only the other database has."""
    other_database_only = isinstance(item, sa.Table) and item.info.get("only", dialect) != dialect
    if isinstance(item, sa.Index) and "_sorted_" in (name or ""):
        # Alembic cannot compare their expressions; `describe_schema` does, as the database reports them.
        return False
    return not other_database_only and (name is None or not name.startswith(NOT_IN_METADATA))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection", "ignore:autogenerate skipping")
def test_migrations_lead_to_the_tables_of_a_new_company(new_and_migrated: tuple[Database, Database]) -> None:
    from alembic.autogenerate import compare_metadata

    fresh, old = new_and_migrated
    assert migrations.COMPANY.version(old) == migrations.COMPANY.version(fresh) == migrations.HEAD
    for database in new_and_migrated:
        with connect(database) as connection:
            context = MigrationContext.configure(
                connection, opts={"include_object": partial(include_object, database.dialect)}
            )
            assert compare_metadata(context, metadata) == []
    assert describe_schema(old) == describe_schema(fresh)


def test_what_a_company_of_old_has_stored_is_found_and_shown(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        kind: api.post("/api/v2/personFields", {"field_name": kind, "field_type": kind}).data["field_code"]
        for kind in ("time", "timerange", "phone")
    }
    number = "+1\u2013415\u2013555 0199"
    times = {
        keys["time"]: {"value": "09:00:00", "timezone_name": "Europe/London"},
        keys["timerange"]: {"value": "09:00:00", "until": "10:00:00", "timezone_name": "Asia/Tbilisi"},
    }
    person = api.post("/api/v2/persons", {"name": "Mary", "phones": [{"value": number}], "custom_fields": times}).data
    api.post("/api/v2/persons", {"name": "Ann", "custom_fields": {keys["phone"]: number}})
    known = [field["key"] for field in api.get("/v1/personFields", limit=500).data]
    recents = api.get("/v1/recents", since_timestamp="2026-03-01 00:00:00", limit=500).data
    swapped = {**person["custom_fields"]}
    for key, timezone_id in ((keys["time"], 455), (keys["timerange"], 318)):
        swapped[key] = {**swapped[key], "timezone_id": timezone_id}
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        labels = (fields.c.key == "label_ids") & (fields.c.is_custom == sa.false())
        crm.db.execute(sa.update(fields).where(labels).values(key="label"))
        without = sa.func.replace(search_texts.c.text, " 14155550199\n", "")
        crm.db.execute(sa.update(search_texts).values(text=without))
        crm.db.execute(sa.delete(changes).where(changes.c.object != "person"))
        crm.db.execute(sa.update(persons).where(persons.c.id == person["id"]).values(custom_fields=dumps(swapped)))
        crm.invalidate_company_data()
    assert len(api.get("/v1/recents", since_timestamp="2026-03-01 00:00:00", limit=500).data) == 2
    migration = import_module("dealwright.storage.migrations.versions.0007_fields")
    for _ in range(2):
        # Nothing is done twice, but that time zones change places.
        with (
            connect(api.principal.company.database) as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            migration.upgrade()
            connection.commit()
        monkeypatch.setattr(migration, "NUMBERS", {})
    assert [field["key"] for field in api.get("/v1/personFields", limit=500).data] == known
    assert api.get(f"/api/v2/persons/{person['id']}").data["custom_fields"] == person["custom_fields"]
    for term in ("415-555-0199", "4155550199"):
        assert len(api.get("/api/v2/persons/search", term=term).data["items"]) == 2
    found = api.get("/v1/recents", since_timestamp="2026-03-01 00:00:00", limit=500).data
    assert {(item["item"], item["id"]) for item in found} == {(item["item"], item["id"]) for item in recents}


def test_a_company_of_the_newest_version_needs_no_migration(location: str) -> None:
    platform = Platform(location)
    platform.create_platform_tables()
    platform.create_company("new")
    assert platform.upgrade() == [("new", migrations.HEAD, migrations.HEAD)]
    platform.close()


def test_migrations_lead_to_the_tables_of_a_new_platform(tmp_path: Path, postgres_url: str) -> None:
    from alembic.autogenerate import compare_metadata

    for location in (str(tmp_path / "platform"), postgres_url):
        platform = Platform(location)
        platform.create_platform_tables()
        fresh = describe_schema(platform.database)
        with platform.database.write() as db:
            for table in reversed(platform_metadata.sorted_tables):
                name = f"dealwright.{table.name}" if platform.database.schema else table.name
                db.execute_sql(f"drop table {name}")
        migrations.PLATFORM.migrate(platform.database, platform.cipher.encrypt)
        assert describe_schema(platform.database) == fresh
        assert migrations.PLATFORM.version(platform.database) == migrations.PLATFORM_HEAD
        with connect(platform.database) as connection:
            context = MigrationContext.configure(
                connection,
                opts={"include_object": lambda _, name, *__: "procrastinate" not in (name or "")},
            )
            assert compare_metadata(context, platform_metadata) == []
        platform.close()
