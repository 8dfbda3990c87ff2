"""Checks a backup that is there: every file is as it was written, databases are sound, and every row has its content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from dealwright.storage.backups import contents, manifest, postgres_tools, sqlite_files
from dealwright.storage.backups.manifest import BackupError, CompanyEntry
from dealwright.storage.backups.places import Backup, open_backup
from dealwright.storage.platform import company_schema
from dealwright.storage.types import PLATFORM_SCHEMA


def verify_backup(location: str) -> Backup:
    """Returns the backup at a location, checked. Raises `BackupError` with the first thing that is wrong; OSError."""
    backup = open_backup(location)
    for entry in backup.manifest.files:
        for _ in backup.chunks(entry):
            pass
    if backup.manifest.secret_key == "file":
        backup.entry(manifest.SECRET_KEY_FILE)
    if backup.manifest.dialect == "sqlite":
        _check_sqlite(backup)
    else:
        _check_postgres(backup)
    return backup


def _check_sqlite(backup: Backup) -> None:
    with backup.local_file(backup.entry(manifest.PLATFORM_FILE)) as path, sqlite_files.open_copy(path) as query:
        sqlite_files.check_integrity(query, f"{backup.location}: {manifest.PLATFORM_FILE}")
        known = query("select id, domain from companies order by id")
    if known != [(company.id, company.domain) for company in backup.manifest.companies]:
        raise BackupError(f"{backup.location}: {manifest.MANIFEST_FILE} names other companies than the database does")
    for company in backup.manifest.companies:
        name = manifest.company_file(company.domain)
        with backup.local_file(backup.entry(name)) as path, sqlite_files.open_copy(path) as query:
            sqlite_files.check_integrity(query, f"{backup.location}: {name}")
            _check_content(backup, company, contents.read_storage_keys(query))


def _check_postgres(backup: Backup) -> None:
    columns = {column.table.name: column for column in contents.columns_with_content()}
    with backup.local_file(backup.entry(manifest.DUMP_FILE)) as path:
        listed = postgres_tools.list_contents(path)
        for company in backup.manifest.companies:
            schema = company_schema(company.domain)
            for one in (schema, PLATFORM_SCHEMA):
                if f" SCHEMA - {one} " not in listed:
                    raise BackupError(f"{backup.location}: {manifest.DUMP_FILE} has no schema {one}")
            rows = postgres_tools.read_tables(path, schema, columns)
            _check_content(backup, company, _keys(columns, rows))


def _keys(columns: dict[str, sa.Column[str]], rows: Iterable[tuple[str, dict[str, object]]]) -> Iterator[str]:
    for table, row in rows:
        yield from contents.storage_keys(columns[table], [row])


def _check_content(backup: Backup, company: CompanyEntry, keys: Iterable[str]) -> None:
    """Raises `BackupError` for a row whose content is neither there nor known to be missing."""
    there = {entry.path for entry in backup.manifest.files}.union(backup.manifest.missing)
    for key in keys:
        path = manifest.content_path(company.domain, key)
        if path not in there:
            raise BackupError(f"{backup.location}: a row of {company.domain} has no content: {path} is missing")
