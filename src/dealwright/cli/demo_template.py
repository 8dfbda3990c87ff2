"""A template of the demo company: generating one takes a second or two, and all sandboxes of a day are the same.

The template is a platform of SQLite files in the cache folder. It contains no secrets: tokens and apps are added to the
copies. The first sandbox that this version of Dealwright starts on a day builds it, and the first one of another day
removes it. The data in PostgreSQL's form are added by the first sandbox there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import sqlite3
import tempfile
import time
from datetime import datetime
from pathlib import Path

import dealwright
from dealwright import _private_files
from dealwright._database_errors import UnusableDatabase
from dealwright.crm.companies import Companies, system_clock
from dealwright.storage import transfer
from dealwright.storage.engines import is_postgres
from dealwright.storage.paths import cache_folder
from dealwright.storage.platform import Platform

_ABANDONED_AFTER_SECONDS = 3600
"""An unfinished template that is older counts as abandoned."""


def copy_to(location: str, files_folder: Path) -> list[str] | None:
    """Copies today's template to an empty location and an empty files folder; builds it first if there is none.

    Returns SQL statements that may run later: on PostgreSQL they create indexes, without which everything works, only
    more slowly. Returns None when the cache cannot be used.
    """
    is_folder = not is_postgres(location)
    try:
        template = _get_or_build_template(system_clock())
        shutil.copytree(template / "files", files_folder, dirs_exist_ok=True)
        # A copy has the mode of the original.
        _private_files.restrict(files_folder)
        if is_folder:
            shutil.copytree(template / "platform", location, dirs_exist_ok=True)
            _private_files.restrict(Path(location))
            return []
        return _copy_to_postgres(template, location)
    except (OSError, shutil.Error, sqlite3.Error, UnusableDatabase):
        # With an unusable cache, or a template that has just been removed, the caller goes on without a template.
        for folder in (Path(location), files_folder) if is_folder else (files_folder,):
            shutil.rmtree(folder, ignore_errors=True)
            _private_files.make_folder(folder)
        return None


def _copy_to_postgres(template: Path, location: str) -> list[str]:
    """Copies the company into a PostgreSQL database; returns the SQL statements that may run later."""
    platform = Platform(location)
    try:
        platform.create_platform_tables()
        with platform.new_company("demo") as company, company.database.write() as db:
            file = template / "platform" / "companies" / "demo.sqlite3"
            return transfer.copy_company(file, template / "postgresql", db)
    finally:
        platform.close()


def build() -> None:
    """Builds today's template in advance, so that the first sandbox need not."""
    with contextlib.suppress(OSError, UnusableDatabase):
        _get_or_build_template(system_clock())


def _get_or_build_template(now: datetime) -> Path:
    folder = _private_files.make_folder(cache_folder() / "demo")
    template = folder / f"{now:%Y-%m-%d}-{_code_fingerprint()}"
    if not template.exists():
        _remove_stale(folder, template)
        unfinished = Path(tempfile.mkdtemp(prefix="made-", dir=folder))
        try:
            _build_into(unfinished)
            # Another process may have been faster and built the same.
            with contextlib.suppress(OSError):
                unfinished.rename(template)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return template


def _build_into(folder: Path) -> None:
    # Slow to import, and only needed to generate the data.
    from dealwright.crm import demo  # noqa: PLC0415

    _private_files.make_folder(folder / "files")
    platform = Platform(folder / "platform", files=str(folder / "files"), scratch=True)
    try:
        companies = Companies(platform)
        company, _ = demo.get_or_create_demo_company(companies)
        demo.fill(companies, company)
    finally:
        platform.close()


def _remove_stale(folder: Path, template: Path) -> None:
    """Removes the templates of other days and versions, and abandoned unfinished ones."""
    for other in folder.iterdir():
        if other == template:
            continue
        with contextlib.suppress(OSError):
            if not other.name.startswith("made-"):
                # A process that is copying it gets an error rather than a part of it.
                shutil.rmtree(other.rename(folder / f"made-{secrets.token_hex(8)}"))
            elif time.time() - other.stat().st_mtime > _ABANDONED_AFTER_SECONDS:
                shutil.rmtree(other)


def _code_fingerprint() -> str:
    """Returns a hash of the code on the disk (paths, sizes, times), on which the template depends."""
    root = Path(dealwright.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        state = path.stat()
        digest.update(os.fsencode(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n"))
    return digest.hexdigest()[:16]
