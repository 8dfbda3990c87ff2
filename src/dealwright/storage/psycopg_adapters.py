"""Adapts psycopg: values in the same Python forms that SQLite gives, and copies of the data that are sent."""

from __future__ import annotations

from typing import Any, BinaryIO

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.copy import LibpqWriter
from psycopg.types.string import TextLoader

from dealwright.storage.types import PLATFORM_SCHEMA


class NumberLoader(Loader):
    """Loads a number, as an integer when it is one."""

    def load(self, data: Buffer) -> int | float:
        """Returns the number in PostgreSQL's text."""
        value = float(bytes(data))
        return int(value) if value.is_integer() and abs(value) < 2**53 else value


class TeeWriter(LibpqWriter):
    """Sends rows to PostgreSQL, and writes the same data to a file."""

    def __init__(self, cursor: psycopg.Cursor[Any], file: BinaryIO) -> None:
        super().__init__(cursor)
        self._file = file

    def write(self, data: Buffer) -> None:
        """Sends a part of the rows."""
        self._file.write(data)
        super().write(data)


def configure_connection(connection: psycopg.Connection[Any]) -> None:
    """Makes a new connection return times, dates and JSON as text, and search the platform's schema."""
    connection.execute(f'set search_path to {PLATFORM_SCHEMA}, "$user", public')
    for name in ("timestamp", "date", "jsonb", "json"):
        connection.adapters.register_loader(name, TextLoader)
    for name in ("float8", "numeric"):
        connection.adapters.register_loader(name, NumberLoader)
