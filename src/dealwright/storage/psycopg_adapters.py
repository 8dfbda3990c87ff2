"""Adapts psycopg: the pool, values in the same Python forms that SQLite gives, and copies of the data that are sent."""

from __future__ import annotations

from typing import Any, BinaryIO

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.copy import LibpqWriter
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from dealwright.storage.types import PLATFORM_SCHEMA

_PATIENCE_SECONDS = 2.0
"""The time after which a thread that waits for a connection looks whether the server is there at all."""

_TOO_MANY_CONNECTIONS = "53300"


class Pool(ConnectionPool[psycopg.Connection[Any]]):
    """A pool of connections that tells a server that is gone from one with too few connections, and does so soon."""

    def getconn(self, timeout: float | None = None) -> psycopg.Connection[Any]:
        """Returns a connection.

        Raises the error of connecting when the server cannot be reached, `PoolTimeout` when all connections are in use.
        """
        total = self.timeout if timeout is None else timeout
        try:
            return super().getconn(min(total, _PATIENCE_SECONDS))
        except PoolTimeout:
            self._check_server()
            if total <= _PATIENCE_SECONDS:
                raise
        return super().getconn(total - _PATIENCE_SECONDS)

    def _check_server(self) -> None:
        try:
            psycopg.connect(str(self.conninfo), connect_timeout=round(_PATIENCE_SECONDS)).close()
        except psycopg.OperationalError as error:
            if error.sqlstate != _TOO_MANY_CONNECTIONS and "too many" not in str(error):
                raise


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


def configure_connection(connection: psycopg.Connection[Any], *, lock_timeout: float) -> None:
    """Makes a new connection return times, dates and JSON as text, search the platform's schema, and compile no queries.

    Its statements wait at most ``lock_timeout`` seconds for tables that another process is changing.
    """
    connection.execute(
        f'set lock_timeout = {round(lock_timeout * 1000)}; set search_path to {PLATFORM_SCHEMA}, "$user", public'
    )
    # A query with many conditions takes milliseconds, and seconds to compile: PostgreSQL guesses badly when that is worth it.
    connection.execute("set jit to off")
    for name in ("timestamp", "date", "jsonb", "json"):
        connection.adapters.register_loader(name, TextLoader)
    for name in ("float8", "numeric"):
        connection.adapters.register_loader(name, NumberLoader)
