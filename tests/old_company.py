"""A company that the code of 26 November 2026 has made and filled: its data folder, or its PostgreSQL schema, as text.

Beside them are the answers that the API gave then. What was dumped is restored here as it was.
"""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from dealwright.storage.engines import is_postgres

FOLDER = Path(__file__).parent / "journeys" / "company_of_2026_11_26"
DOMAIN = "tests"
API_TOKEN = "0" * 39 + "1"
ACCESS_TOKEN = "old-access-token"
PASSWORD = "old password of ada"
WEBHOOK_PASSWORD = "hook-password"
VERSION = "0004"
POSTGRES_SETTINGS = ("SET ", "SELECT pg_catalog.set_config")


def restore(location: str, files: Path) -> str:
    """Restores the platform in an empty location, and its files; returns the key of its secrets."""
    kind = "postgresql" if is_postgres(location) else "sqlite"
    if is_postgres(location):
        _restore_postgres(location)
    else:
        (Path(location) / "companies").mkdir(parents=True)
        _restore_sqlite("platform", Path(location) / "platform.sqlite3")
        _restore_sqlite("company", Path(location) / "companies" / f"{DOMAIN}.sqlite3")
    for name, content in json.loads(_read(f"files.{kind}.json")).items():
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_bytes(base64.b64decode(content))
    return (FOLDER / ("fixture_key.postgresql.txt" if is_postgres(location) else "fixture_key.txt")).read_text()


def answers(location: str) -> dict[str, Any]:
    """Returns the data that the API answered with then, by path."""
    kind = "postgresql" if is_postgres(location) else "sqlite"
    found: dict[str, Any] = json.loads(_read(f"answers.{kind}.json"))
    return found


def _restore_sqlite(name: str, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma journal_mode=wal")
        db.execute("begin")
        for statement in _read(f"{name}.sql").split("-- next\n"):
            db.execute(statement)
        db.execute("commit")


def _restore_postgres(url: str) -> None:
    import psycopg

    lines = [line for line in _read("postgresql.sql").splitlines() if not line.startswith(POSTGRES_SETTINGS)]
    with psycopg.connect(url) as connection:
        connection.execute("set check_function_bodies = false")
        connection.execute("select set_config('search_path', '', true)")
        connection.execute("\n".join(lines).encode())


def _read(name: str) -> str:
    return gzip.decompress((FOLDER / f"{name}.gz").read_bytes()).decode()
