"""A company made with the tables as they are now is the same as one that the migrations have made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.storage import migrations
from dealwright.storage.engines import Database, PostgresServer, SqliteDatabase
from dealwright.storage.platform import Platform
from dealwright.storage.tables import metadata
from dealwright.storage.tables.integration.search import NOT_IN_METADATA


@pytest.fixture
def new_and_migrated(location: str, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Yields a new company, and one that was migrated from no tables."""
    platform = Platform(location)
    platform.create_platform_tables()
    fresh = platform.create_company("fresh").database
    with ExitStack() as cleanup:
        cleanup.callback(platform.close)
        old: Database = SqliteDatabase(tmp_path / "old.sqlite3")
        if location.startswith("postgresql"):
            server = PostgresServer(location)
            cleanup.callback(server.close)
            old = server.database("company_old")
            with old.write() as db:
                db.execute_sql("create schema company_old")
        cleanup.callback(old.close)
        migrations.upgrade(old)
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
    return not other_database_only and (name is None or not name.startswith(NOT_IN_METADATA))


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection")
def test_migrations_lead_to_the_tables_of_a_new_company(new_and_migrated: tuple[Database, Database]) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    fresh, old = new_and_migrated
    assert migrations.version(old) == migrations.version(fresh) == migrations.HEAD
    for database in new_and_migrated:
        with connect(database) as connection:
            context = MigrationContext.configure(
                connection, opts={"include_object": partial(include_object, database.dialect)}
            )
            assert compare_metadata(context, metadata) == []
    assert describe_schema(old) == describe_schema(fresh)


def test_a_company_of_the_newest_version_needs_no_migration(location: str) -> None:
    platform = Platform(location)
    platform.create_platform_tables()
    platform.create_company("new")
    assert platform.upgrade() == [("new", migrations.HEAD, migrations.HEAD)]
    platform.close()
