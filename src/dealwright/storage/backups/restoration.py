"""Restores a backup into an empty place: completely, or not at all.

A SQLite platform is put together in a folder beside its place, which is renamed when it is complete. On PostgreSQL, and for
a store of files outside of the platform's folder, the content goes first: its keys cannot be guessed and nothing refers to
them; then the databases appear in one step.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path

from dealwright import _private_files
from dealwright.storage import migrations, paths
from dealwright.storage.backups import manifest, postgres_tools, staging
from dealwright.storage.backups.manifest import BackupError, FileEntry
from dealwright.storage.backups.places import Backup
from dealwright.storage.backups.verification import verify_backup
from dealwright.storage.engines import is_postgres
from dealwright.storage.file_stores import open_files
from dealwright.storage.files import Files
from dealwright.storage.types import PLATFORM_SCHEMA


def restore_backup(location: str, database: str, files: str | None = None) -> Backup:
    """Restores the backup at a location into an empty folder or PostgreSQL database; returns the backup.

    ``files`` is the location of the content of files, unless it is the one that the environment says. Raises `BackupError`, OSError; nothing is there then.
    """
    backup = verify_backup(location)
    _check_version(backup)
    wanted = "postgresql" if is_postgres(database) else "sqlite"
    if backup.manifest.dialect != wanted:
        names = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
        raise BackupError(
            f"{backup.location} is of {names[backup.manifest.dialect]} and cannot be restored into {names[wanted]}: "
            f"name a place of the same kind"
        )
    if wanted == "postgresql":
        _restore_postgres(backup, database, files)
    else:
        _restore_sqlite(backup, Path(database), files)
    return backup


def _check_version(backup: Backup) -> None:
    for company in backup.manifest.companies:
        if company.schema_revision > migrations.HEAD:
            raise BackupError(
                f"the tables of {company.domain} are of version {company.schema_revision} and this Dealwright knows "
                f"{migrations.HEAD}: install version {backup.manifest.package_version} or newer"
            )


def _restore_sqlite(backup: Backup, target: Path, files: str | None) -> None:
    target = target.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupError(f"{target} is not empty: restore into a folder that is empty, or not there yet")
    if target.is_mount():
        raise BackupError(f"{target} is a mount point, and cannot appear in one step: name a folder inside it")
    if not target.parent.exists():
        _private_files.make_folder(target.parent)
    files = files or paths.files_location(target)
    inside = files == paths.default_files_location(target)
    with staging.staged_folder(target.parent, target.name) as folder:
        _private_files.make_folder(folder / "companies")
        for entry in backup.manifest.files:
            content = manifest.split_content_path(entry.path)
            if content is not None and not inside:
                _store_content(backup, entry, open_files(files, content[0], full_sync=True), content[1])
            else:
                # A backup has the form of a platform's folder.
                _write(backup, entry, folder / entry.path)
        try:
            staging.publish(folder, target)
        except OSError as error:
            raise BackupError(f"{target} cannot be made: {error.strerror}") from None


def _restore_postgres(backup: Backup, url: str, files: str | None) -> None:
    import psycopg  # noqa: PLC0415 - only for PostgreSQL

    folder = paths.postgres_folder(url)
    files = files or paths.files_location(folder)
    with psycopg.connect(url, autocommit=True) as connection:
        taken = connection.execute(
            "select nspname from pg_namespace where nspname = %s or nspname like 'company\\_%%' limit 1",
            [PLATFORM_SCHEMA],
        ).fetchone()
        if taken is not None:
            raise BackupError(f"the database is not empty: there is a CRM in it (schema {taken[0]})")
        undo: list[Callable[[], None]] = []
        try:
            for entry in backup.manifest.files:
                content = manifest.split_content_path(entry.path)
                if content is not None:
                    store = open_files(files, content[0], full_sync=True)
                    if _store_content(backup, entry, store, content[1]):
                        undo.append(lambda store=store, key=content[1]: store.delete(key))  # type: ignore[misc]
                elif entry.path == manifest.SECRET_KEY_FILE:
                    undo += _put_key(backup, entry, folder / manifest.SECRET_KEY_FILE)
            for extension in backup.manifest.extensions:
                # Extensions are the database's, and no part of a schema's dump.
                connection.execute(
                    psycopg.sql.SQL("create extension if not exists {} schema public").format(
                        psycopg.sql.Identifier(extension)
                    )
                )
            postgres_tools.restore(url, backup.chunks(backup.entry(manifest.DUMP_FILE)))
        except BaseException:
            for step in reversed(undo):
                step()
            raise


def _write(backup: Backup, entry: FileEntry, path: Path) -> None:
    _private_files.make_folder(path.parent)
    _private_files.make_file(path)
    with path.open("wb") as file:
        for chunk in backup.chunks(entry):
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())


def _store_content(backup: Backup, entry: FileEntry, store: Files, key: str) -> bool:
    """Stores content under its key; returns whether it was not there already, left by a restore that was killed."""
    if _hash(store, key) == entry.sha256:
        return False
    with tempfile.TemporaryFile() as file:
        for chunk in backup.chunks(entry):
            file.write(chunk)
        file.seek(0)
        store.put(key, file)
    return True


def _hash(store: Files, key: str) -> str | None:
    digest = hashlib.sha256()
    try:
        for chunk in store.stream(key):
            digest.update(chunk)
    except FileNotFoundError:
        return None
    return digest.hexdigest()


def _put_key(backup: Backup, entry: FileEntry, path: Path) -> list[Callable[[], None]]:
    """Writes the secret key; returns what undoes that. Raises `BackupError` when there is another one."""
    content = b"".join(backup.chunks(entry))
    try:
        if path.read_bytes().strip() != content.strip():
            raise BackupError(
                f"there is another key in {path}: move it away, or name another folder with DEALWRIGHT_DATA_DIR"
            )
        return []
    except FileNotFoundError:
        _write(backup, entry, path)
        return [lambda: path.unlink(missing_ok=True)]
