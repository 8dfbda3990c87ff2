"""Makes a backup of a platform, beside a server that goes on serving.

The databases are copied as they are at one moment. The content of files is copied after that: what the copied rows refer to
was stored before them, and stays for a day after the rows are gone (`files.REMOVAL_DELAY`).
"""

from __future__ import annotations

import itertools
from datetime import datetime
from typing import NamedTuple

from dealwright import _private_files
from dealwright._version import __version__
from dealwright.storage import migrations
from dealwright.storage.backups import contents, manifest, postgres_tools, sqlite_files
from dealwright.storage.backups.manifest import CompanyEntry, FileEntry, Manifest
from dealwright.storage.backups.places import NewBackup, new_backup
from dealwright.storage.engines import DialectName
from dealwright.storage.file_stores import open_files
from dealwright.storage.files import Files
from dealwright.storage.platform import Platform, company_schema
from dealwright.storage.sqlite_files import write_copy
from dealwright.storage.types import PLATFORM_SCHEMA


class Made(NamedTuple):
    """A backup that was made."""

    location: str
    manifest: Manifest


class _CompanyState(NamedTuple):
    entry: CompanyEntry
    content_keys: list[str]


class _Copied(NamedTuple):
    """The databases in a backup, and what they say of the companies."""

    files: list[FileEntry]
    companies: list[_CompanyState]
    extensions: list[str]


def make_backup(platform: Platform, location: str, now: datetime) -> Made:
    """Makes a backup in a folder of backups or in ``s3://bucket/prefix``.

    Raises `BackupError`, OSError. Nothing is left of one that fails, but files without a manifest in a bucket.
    """
    dialect: DialectName = "sqlite" if platform.server_url is None else "postgresql"
    with new_backup(location, f"{now:%Y%m%dT%H%M%SZ}") as backup:
        copied = _copy_postgres(platform, backup) if platform.server_url else _copy_sqlite(platform, backup)
        files, missing = [*copied.files], []
        key_source = platform.cipher.key_source()
        if key_source == "file":
            files.append(backup.add(manifest.SECRET_KEY_FILE, [platform.cipher.key_file.read_bytes()]))
        for company in copied.companies:
            domain = company.entry.domain
            store = open_files(platform.files_location, domain)
            # In the order of their paths, so that the manifests of two backups can be compared.
            for key in sorted(set(company.content_keys)):
                path = manifest.content_path(domain, key)
                entry = _add_content(backup, path, store, key)
                if entry is None:
                    missing.append(path)
                else:
                    files.append(entry)
        made = Manifest(
            format_version=manifest.FORMAT_VERSION,
            package_version=__version__,
            schema_revision=migrations.HEAD,
            time=f"{now:%Y-%m-%dT%H:%M:%SZ}",
            dialect=dialect,
            companies=[company.entry for company in copied.companies],
            secret_key=key_source,
            files=files,
            missing=missing,
            extensions=copied.extensions,
        )
        return Made(backup.finish(made), made)


def _add_content(backup: NewBackup, path: str, store: Files, key: str) -> FileEntry | None:
    """Adds content of the store; returns None when it is not there."""
    chunks = store.stream(key)
    try:
        first = next(chunks, b"")
    except FileNotFoundError:
        return None
    return backup.add(path, itertools.chain([first], chunks))


def _copy_sqlite(platform: Platform, backup: NewBackup) -> _Copied:
    files, companies = [], []
    with sqlite_files.snapshot(platform.folder) as readers:
        for path, reader in readers.items():
            target = backup.scratch / "copy.sqlite3"
            write_copy(reader, target)
            files.append(backup.add_file(path, target))
        for id, domain in readers[manifest.PLATFORM_FILE].execute("select id, domain from companies order by id"):
            company = readers[manifest.company_file(domain)]
            [[revision]] = company.execute("select version_num from alembic_version").fetchall()
            keys = contents.read_storage_keys(lambda sql, company=company: company.execute(sql).fetchall())  # type: ignore[misc]
            companies.append(_CompanyState(CompanyEntry(id, domain, revision), keys))
    return _Copied(files, companies, [])


def _copy_postgres(platform: Platform, backup: NewBackup) -> _Copied:
    import psycopg  # noqa: PLC0415 - only for PostgreSQL

    assert platform.server_url is not None
    with psycopg.connect(platform.server_url, autocommit=True) as connection:
        program = postgres_tools.find_program("pg_dump", connection.info.server_version // 10000)
        connection.execute("begin isolation level repeatable read, read only")
        snapshot = str(connection.execute("select pg_export_snapshot()").fetchall()[0][0])
        companies = []
        for id, domain in connection.execute(
            f"select id, domain from {PLATFORM_SCHEMA}.companies order by id"
        ).fetchall():
            schema = f'"{company_schema(domain)}".'
            revision = connection.execute(f"select version_num from {schema}alembic_version").fetchall()[0][0]
            keys = contents.read_storage_keys(lambda sql: connection.execute(sql).fetchall(), schema)
            companies.append(_CompanyState(CompanyEntry(id, domain, revision), keys))
        target = backup.scratch / "copy.dump"
        # Made here, so that nobody else can read what another program writes.
        _private_files.make_file(target)
        schemas = [PLATFORM_SCHEMA, *(company_schema(company.entry.domain) for company in companies)]
        postgres_tools.dump(platform.server_url, program, schemas, snapshot, target)
        used = connection.execute("select extname from pg_extension where extname = 'pg_trgm'").fetchall()
        connection.execute("commit")
    return _Copied([backup.add_file(manifest.DUMP_FILE, target)], companies, [row[0] for row in used])
