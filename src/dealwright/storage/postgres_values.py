"""How psycopg hands out values, in the same Python forms that SQLite gives, and takes many rows."""

from __future__ import annotations

from typing import Any, BinaryIO

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.copy import LibpqWriter
from psycopg.types.string import TextLoader

from dealwright.storage import procrastinate


class NumberLoader(Loader):
    """A number, as an integer when it is one."""

    def load(self, data: Buffer) -> int | float:
        """Reads PostgreSQL's text of a number."""
        value = float(bytes(data))
        return int(value) if value.is_integer() and abs(value) < 2**53 else value


class Recording(LibpqWriter):
    """Sends rows to PostgreSQL, and writes down what it sends."""

    def __init__(self, cursor: psycopg.Cursor[Any], file: BinaryIO) -> None:
        super().__init__(cursor)
        self._file = file

    def write(self, data: Buffer) -> None:
        """Sends a part of the rows."""
        self._file.write(data)
        super().write(data)


def configure(connection: psycopg.Connection[Any]) -> None:
    """Makes moments, dates and JSON plain text on a new connection, which finds Procrastinate's tables by itself."""
    connection.execute(f'set search_path to {procrastinate.SCHEMA}, "$user", public')
    for name in ("timestamp", "date", "jsonb", "json"):
        connection.adapters.register_loader(name, TextLoader)
    for name in ("float8", "numeric"):
        connection.adapters.register_loader(name, NumberLoader)
