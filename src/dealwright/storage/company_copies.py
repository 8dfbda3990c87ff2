"""Copies of a company as it is at one moment, in which something is tried out: its rows, and its files as long as nobody changes them.

A copy has a platform of its own, a folder that is removed with it. On SQLite the company is a file in that folder, on PostgreSQL a schema
beside its own. Its name says when it was made, so that what a killed process has left can be removed.
"""

from __future__ import annotations

import re
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from dealwright import _private_files
from dealwright.storage import field_indexes, migrations
from dealwright.storage.engines import Database, PostgresDatabase, SqliteDatabase, tables_for_dialect
from dealwright.storage.files import Files, FolderFiles
from dealwright.storage.platform import COMPANIES_FOLDER, Company, Platform
from dealwright.storage.sqlite_files import open_file, write_copy
from dealwright.storage.tables import company as company_table
from dealwright.storage.tables import metadata

MAX_SECONDS = 3600
"""For how long a copy may be used; older ones are left over."""

FOLDER = "rehearsals"
_NAME = re.compile(r"rehearsal_([0-9]{1,12})_[0-9a-f]{8}")


class CopiedFiles:
    """The files of a copy: those of the company can be read, new ones are beside them, and nothing is removed."""

    def __init__(self, original: Files, folder: Path) -> None:
        self._original = original
        self._own = FolderFiles(folder)

    def put(self, key: str, content: BinaryIO) -> None:
        self._own.put(key, content)

    def stream(self, key: str) -> Iterator[bytes]:
        try:
            yield from self._own.stream(key)
        except FileNotFoundError:
            yield from self._original.stream(key)

    def delete(self, key: str) -> None:
        self._own.delete(key)


@contextmanager
def company_copy(platform: Platform, company: Company) -> Iterator[tuple[Platform, Company]]:
    """Yields a copy of a company, with the platform that it is the only one of; both are removed afterwards. Raises OSError."""
    name = f"rehearsal_{int(time.time())}_{secrets.token_hex(4)}"
    folder = platform.folder / FOLDER / name
    _private_files.make_folder(platform.folder)
    _private_files.make_folder(folder.parent)
    _private_files.make_folder(folder)
    copy = Platform(folder, files=str(folder / "files"), scratch=True)
    database: Database | None = None
    try:
        copy.create_platform_tables()
        database = _copy_database(company, folder, name)
        files = CopiedFiles(company.files, folder / "files")
        yield copy, copy.adopt(company._replace(database=database, files=files))
    finally:
        if isinstance(database, PostgresDatabase):
            database.drop()
        copy.close()
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(platform: Platform) -> None:
    """Removes the copies that processes have left which were killed."""
    oldest = time.time() - MAX_SECONDS
    for folder in (platform.folder / FOLDER).glob("rehearsal_*"):
        if _is_abandoned(folder.name, oldest):
            shutil.rmtree(folder, ignore_errors=True)
    if isinstance(platform.database, PostgresDatabase):
        with platform.database.read() as db:
            names = db.values(sa.text("select nspname from pg_namespace where nspname like 'rehearsal\\_%'"))
        for name in names:
            if _is_abandoned(name, oldest):
                platform.database.server.database(name, company_table.name).drop()


def _is_abandoned(name: str, oldest: float) -> bool:
    found = _NAME.fullmatch(name)
    return found is not None and int(found[1]) < oldest


def _copy_database(company: Company, folder: Path, name: str) -> Database:
    if isinstance(company.database, SqliteDatabase):
        target = folder / COMPANIES_FOLDER / f"{company.domain}.sqlite3"
        _private_files.make_folder(target.parent)
        with closing(open_file(company.database.path, journal=None)) as reader:
            reader.execute("begin")
            write_copy(reader, target)
            reader.execute("rollback")
        return SqliteDatabase(target, scratch=True)
    assert isinstance(company.database, PostgresDatabase)
    database = company.database.server.database(name, company_table.name)
    try:
        migrations.COMPANY.create(database)
        # One moment for all tables, which neither waits for who writes nor holds them up.
        with database.write_snapshot() as db:
            for table in tables_for_dialect(metadata, "postgresql"):
                if table is not migrations.VERSION_TABLE:
                    columns = ", ".join(f'"{column}"' for column in table.c.keys())  # noqa: SIM118 - of SQLAlchemy
                    source = f'"{company.database.schema}"."{table.name}"'
                    db.execute_sql(f"insert into {db.table_name(table)} ({columns}) select {columns} from {source}")
                    if "id" in table.c and table.autoincrement_column is not None:
                        db.reset_sequence(table)
            for statement in field_indexes.create_statements(db):
                db.execute_sql(statement)
    except BaseException:
        database.drop()
        raise
    return database
