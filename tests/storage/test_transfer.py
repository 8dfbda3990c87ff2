"""A company that is transferred from SQLite to PostgreSQL is the same there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from dealwright.crm import demo
from dealwright.storage import field_indexes, transfer
from dealwright.storage.engines import Database, SqliteDatabase
from dealwright.storage.platform import Company, Platform
from dealwright.storage.tables import metadata
from dealwright.storage.types import DateTimeMsText, JsonText
from tests import company
from tests.conftest import empty_postgres_database

INDEXES = "select indexdef from pg_indexes where schemaname = 'company_tests' order by indexname"


@pytest.fixture
def source_database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """Yields the database of a small demo company, to which nothing is written any more."""
    folder = tmp_path / "original"
    company.create_company(str(folder))
    api = company.open_api(str(folder), files=str(tmp_path / "files"))
    demo.fill(api.companies, api.principal.company, deals=40)
    database = api.principal.company.database
    company.close(api)
    assert isinstance(database, SqliteDatabase)
    yield database
    database.close()


def read_rows(database: Database, table: sa.Table) -> list[tuple[Any, ...]]:
    with database.read() as db:
        found = db.rows(sa.select(table).order_by(*table.primary_key.columns))
    return [tuple(map(normalized, table.c, row)) for row in found]


def normalized(column: sa.Column[Any], value: Any) -> Any:
    """Returns a value in a form that is the same for both databases."""
    if value is None:
        return None
    if column.type is JsonText:
        return orjson.loads(value)
    if column.type is DateTimeMsText:
        return datetime.fromisoformat(value)
    return bool(value) if isinstance(column.type, sa.Boolean) else value


def transfer_company(file: Path, sent: Path, platform: Platform) -> Company:
    platform.create_platform_tables()
    with platform.new_company(company.DOMAIN) as new, new.database.write() as db:
        later = transfer.copy_company(file, sent, db)
    platform.run_deferred_statements(later)
    return new


def test_everything_is_transferred(source_database: SqliteDatabase, tmp_path: Path, postgres_url: str) -> None:
    sent = tmp_path / "sent"
    with empty_postgres_database() as other_url:
        # The second transfer sends the data of the first again, without reading the file.
        for url, file in ((postgres_url, source_database.path), (other_url, tmp_path / "gone")):
            platform = Platform(url)
            transferred = transfer_company(file, sent, platform)
            for table in metadata.sorted_tables:
                if "only" not in table.info:
                    assert read_rows(transferred.database, table) == read_rows(source_database, table), table.name
            with transferred.database.read() as db:
                made = db.values(sa.text(INDEXES))
                # Beside those of every company there are those of its fields.
                of_fields = field_indexes.create_statements(db)
            assert of_fields
            platform.close()
            api = company.open_api(url)
            assert api.post("/api/v2/deals", {"title": "New"}).data["id"] == 41
            company.close(api)
            fresh = Platform(url)
            with fresh.database.write() as db:
                db.execute_sql("drop schema company_tests cascade")
                db.execute_sql("delete from dealwright.companies")
            with fresh.create_company(company.DOMAIN).database.read() as db:
                fresh_indexes = db.values(sa.text(INDEXES))
                assert len(made) == len(fresh_indexes) + len(of_fields)
                assert {*fresh_indexes} <= {*made}
            fresh.close()


def test_a_partial_transfer_is_refused(source_database: SqliteDatabase, tmp_path: Path, postgres_url: str) -> None:
    sent = tmp_path / "sent"
    with empty_postgres_database() as other_url:
        platform = Platform(other_url)
        transfer_company(source_database.path, sent, platform)
        platform.close()
    (sent / "deals").unlink()
    platform = Platform(postgres_url)
    with pytest.raises(FileNotFoundError):
        transfer_company(source_database.path, sent, platform)
    assert platform.is_new()
    platform.close()
