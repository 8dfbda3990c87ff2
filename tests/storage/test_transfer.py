"""A company that is taken from SQLite to PostgreSQL is the same there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from dealwright.crm import demo
from dealwright.storage import transfer
from dealwright.storage.engines import Database, SqliteDatabase
from dealwright.storage.platform import Company, Platform
from dealwright.storage.tables import metadata
from dealwright.storage.types import JsonText, Moment3
from tests import company
from tests.conftest import empty_postgres_database

INDEXES = "select indexdef from pg_indexes where schemaname = 'company_tests' order by indexname"


@pytest.fixture
def original(tmp_path: Path) -> Iterator[SqliteDatabase]:
    """The database of a small demo company, to which nobody writes any more."""
    folder = tmp_path / "original"
    company.found(str(folder))
    api = company.open_api(str(folder), files=str(tmp_path / "files"))
    demo.fill(api.companies, api.bearer.company, deals=40)
    database = api.bearer.company.database
    company.close(api)
    assert isinstance(database, SqliteDatabase)
    yield database
    database.close()


def rows(database: Database, table: sa.Table) -> list[tuple[Any, ...]]:
    with database.read() as db:
        found = db.rows(sa.select(table).order_by(*table.primary_key.columns))
    return [tuple(map(plain, table.c, row)) for row in found]


def plain(column: sa.Column[Any], value: Any) -> Any:
    """A value as both databases mean it."""
    if value is None:
        return None
    if column.type is JsonText:
        return orjson.loads(value)
    if column.type is Moment3:
        return datetime.fromisoformat(value)
    return bool(value) if isinstance(column.type, sa.Boolean) else value


def take(file: Path, sent: Path, platform: Platform) -> Company:
    platform.set_up()
    with platform.new_company(company.DOMAIN) as taken, taken.database.write() as db:
        later = transfer.copy_company(file, sent, db)
    platform.finish(later)
    return taken


def test_everything_is_taken(original: SqliteDatabase, tmp_path: Path, postgres_url: str) -> None:
    sent = tmp_path / "sent"
    with empty_postgres_database() as other_url:
        # The second one gets what the first one was sent, without a look at the file.
        for url, file in ((postgres_url, original.path), (other_url, tmp_path / "gone")):
            platform = Platform(url)
            taken = take(file, sent, platform)
            for table in metadata.sorted_tables:
                if "only" not in table.info:
                    assert rows(taken.database, table) == rows(original, table), table.name
            with taken.database.read() as db:
                made = db.values(sa.text(INDEXES))
            platform.close()
            api = company.open_api(url)
            assert api.post("/api/v2/deals", {"title": "New"}).data["id"] == 41
            company.close(api)
            fresh = Platform(url)
            with fresh.database.write() as db:
                db.script("drop schema company_tests cascade")
                db.script("delete from dealwright.companies")
            with fresh.create_company(company.DOMAIN).database.read() as db:
                assert db.values(sa.text(INDEXES)) == made
            fresh.close()


def test_a_part_is_not_taken_for_the_whole(original: SqliteDatabase, tmp_path: Path, postgres_url: str) -> None:
    sent = tmp_path / "sent"
    with empty_postgres_database() as other_url:
        platform = Platform(other_url)
        take(original.path, sent, platform)
        platform.close()
    (sent / "deals").unlink()
    platform = Platform(postgres_url)
    with pytest.raises(FileNotFoundError):
        take(original.path, sent, platform)
    assert platform.is_new()
    platform.close()
