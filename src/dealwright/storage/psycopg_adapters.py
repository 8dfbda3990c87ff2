"""Adapts psycopg: the pool, values in the same Python forms that SQLite gives, and copies of the data that are sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import psycopg
from psycopg.adapt import Buffer, Loader
from psycopg.copy import LibpqWriter
from psycopg.rows import RowMaker
from psycopg.types.string import TextLoader
from psycopg_pool import ConnectionPool, PoolTimeout

from dealwright.storage.types import PLATFORM_SCHEMA

_PATIENCE_SECONDS = 2.0
"""The time after which a thread that waits for a connection looks whether the server is there at all."""

_TOO_MANY_CONNECTIONS = "53300"

_TIMESTAMP = psycopg.adapters.types["timestamp"].oid
_MILLISECONDS = 3
"""The precision of `DateTimeMsText`."""


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


class WriteCursor(psycopg.Cursor[Any]):
    """A cursor that keeps statements without a result until the next one that has one, to send them together."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        super().__init__(connection)
        self._kept: list[tuple[str, Any]] = []

    def execute_later(self, query: str, parameters: Any) -> None:
        """Keeps a statement to be run before the next one."""
        self._kept.append((query, parameters))

    def execute(self, query: Any, params: Any = None, **options: Any) -> WriteCursor:
        """Runs the statements that were kept, and this one."""
        if not self._kept:
            super().execute(query, params, **options)
            return self
        kept, self._kept = self._kept, []
        errors = []
        try:
            with self.connection.pipeline(), psycopg.Cursor(self.connection) as cursor:
                try:
                    for statement in kept:
                        cursor.execute(*statement)
                    super().execute(query, params, **options)
                except psycopg.Error as error:
                    errors.append(error)
        except psycopg.Error as error:
            errors.append(error)
        if errors:
            # The later one only says that the statements after the first that failed were not run.
            raise errors[0]
        return self

    def copy(self, statement: Any, params: Any = None, *, writer: Any = None) -> Any:
        """Runs the statements that were kept, and begins a COPY."""
        kept, self._kept = self._kept, []
        for one in kept:
            super().execute(*one)
        return super().copy(statement, params, writer=writer)


class NumberLoader(Loader):
    """Loads a number, as an integer when it is one."""

    def load(self, data: Buffer) -> int | float:
        """Returns the number in PostgreSQL's text."""
        value = float(bytes(data))
        return int(value) if value.is_integer() and abs(value) < 2**53 else value


def row_maker(cursor: psycopg.Cursor[Any]) -> RowMaker[tuple[Any, ...]]:
    """Returns what makes the rows of a cursor's result: times of columns with milliseconds have all three digits in them."""
    result = cursor.pgresult
    columns = [
        column
        for column in range(result.nfields if result else 0)
        if result and result.ftype(column) == _TIMESTAMP and result.fmod(column) == _MILLISECONDS
    ]

    def make_row(values: Sequence[Any]) -> tuple[Any, ...]:
        row = list(values)
        for column in columns:
            if (time := row[column]) is not None:
                row[column] = f"{time[:19]}.{time[20:]:0<3}"
        return tuple(row)

    return make_row if columns else tuple


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
    # PostgreSQL leaves out the zeros at the end of a time, so that what is written would be read as another text.
    connection.row_factory = row_maker
    for name in ("timestamp", "date", "jsonb", "json"):
        connection.adapters.register_loader(name, TextLoader)
    for name in ("float8", "numeric"):
        connection.adapters.register_loader(name, NumberLoader)
