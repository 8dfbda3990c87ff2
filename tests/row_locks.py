"""Holds back writers of a company for a moment, so that they meet when they are let go."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dealwright.storage.engines import is_postgres
from tests.company import DOMAIN


class WriteGate:
    """A connection of its own to a company's database, which locks what writers need.

    On SQLite that is the right to write, on PostgreSQL some rows.
    """

    def __init__(self, location: str) -> None:
        self._connection: Any
        if is_postgres(location):
            import psycopg

            self._connection = psycopg.connect(location, autocommit=True)
            self._connection.execute(f"set search_path to company_{DOMAIN}")
        else:
            file = Path(location) / "companies" / f"{DOMAIN}.sqlite3"
            self._connection = sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)
        self._is_postgres = is_postgres(location)

    @contextmanager
    def closed(self, rows: Mapping[str, Sequence[int]]) -> Iterator[None]:
        """Holds back writers of these rows, ids by table, during the block."""
        self._connection.execute("begin" if self._is_postgres else "begin immediate")
        try:
            if self._is_postgres:
                for table, ids in rows.items():
                    self._connection.execute(f"select 1 from {table} where id = any(%s) for update", [list(ids)])
            yield
        finally:
            self._connection.execute("rollback")

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()
