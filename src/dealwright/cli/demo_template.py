"""A demo company to copy: making one up takes a second or two, and every sandbox of a day has the same.

The template is a platform of SQLite files in the cache folder, with nothing secret in it: tokens and apps are added to the copies.
It is made by the first sandbox that this version of Dealwright starts on a day, and goes with the first one of another day. What
the first sandbox on PostgreSQL is sent stands beside it.
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
from dealwright.crm.unit import Companies, system_clock
from dealwright.storage import transfer
from dealwright.storage.engines import is_postgres
from dealwright.storage.places import cache_folder
from dealwright.storage.platform import Platform

_SECONDS_UNTIL_ABANDONED = 3600
"""For how long a template may be in the making."""


def lay(location: str, files_folder: Path) -> list[str] | None:
    """Fills an empty place and an empty folder with a copy of the template, which is made if there is none.

    What is returned are SQL statements that may run later: on PostgreSQL they make indexes, without which everything works, only
    more slowly. None when there can be no copy.
    """
    is_folder = not is_postgres(location)
    try:
        template = _template(system_clock())
        shutil.copytree(template / "files", files_folder, dirs_exist_ok=True)
        if is_folder:
            shutil.copytree(template / "platform", location, dirs_exist_ok=True)
            return []
        return _pour(template, location)
    except (OSError, shutil.Error, sqlite3.Error):
        # A cache that cannot be used, or a template that went away just now, is no reason not to go on without it.
        for folder in (Path(location), files_folder) if is_folder else (files_folder,):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(exist_ok=True)
        return None


def _pour(template: Path, location: str) -> list[str]:
    """Copies the company into a PostgreSQL database."""
    platform = Platform(location)
    try:
        platform.set_up()
        with platform.new_company("demo") as company, company.database.write() as db:
            file = template / "platform" / "companies" / "demo.sqlite3"
            return transfer.copy_company(file, template / "postgresql", db)
    finally:
        platform.close()


def prepare() -> None:
    """Makes today's template, so that the first sandbox need not."""
    with contextlib.suppress(OSError):
        _template(system_clock())


def _template(now: datetime) -> Path:
    folder = cache_folder() / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    template = folder / f"{now:%Y-%m-%d}-{_version()}"
    if not template.exists():
        _clear(folder, template)
        made = Path(tempfile.mkdtemp(prefix="made-", dir=folder))
        try:
            _make(made)
            # Whoever was faster has made the same.
            with contextlib.suppress(OSError):
                made.rename(template)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return template


def _make(folder: Path) -> None:
    # Only who makes one up needs all this.
    from dealwright.crm import demo  # noqa: PLC0415

    (folder / "files").mkdir()
    platform = Platform(folder / "platform", files=str(folder / "files"), in_the_making=True)
    try:
        companies = Companies(platform)
        company, _ = demo.first(companies)
        demo.fill(companies, company)
    finally:
        platform.close()


def _clear(folder: Path, template: Path) -> None:
    """Removes the templates of other days and versions, and what was left unfinished."""
    for other in folder.iterdir():
        if other == template:
            continue
        with contextlib.suppress(OSError):
            if not other.name.startswith("made-"):
                # Whoever is copying it gets an error rather than a part of it.
                shutil.rmtree(other.rename(folder / f"made-{secrets.token_hex(8)}"))
            elif time.time() - other.stat().st_mtime > _SECONDS_UNTIL_ABANDONED:
                shutil.rmtree(other)


def _version() -> str:
    """What the template depends on: the code, as it stands on the disk."""
    root = Path(dealwright.__file__).parent
    told = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        state = path.stat()
        told.update(os.fsencode(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n"))
    return told.hexdigest()[:16]
