"""How psycopg hands out values: the same Python forms that SQLite gives."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.types.string import TextLoader

from dealwright.storage import procrastinate


class NumberLoader(Loader):
    """A number, as an integer when it is one."""

    def load(self, data: Buffer) -> int | float:
        """Reads PostgreSQL's text of a number."""
        value = float(bytes(data))
        return int(value) if value.is_integer() and abs(value) < 2**53 else value


def configure(connection: psycopg.Connection[Any]) -> None:
    """Makes moments, dates and JSON plain text on a new connection, which finds Procrastinate's tables by itself."""
    connection.execute(f'set search_path to {procrastinate.SCHEMA}, "$user", public')
    for name in ("timestamp", "date", "jsonb", "json"):
        connection.adapters.register_loader(name, TextLoader)
    for name in ("float8", "numeric"):
        connection.adapters.register_loader(name, NumberLoader)
