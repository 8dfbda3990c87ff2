"""Databases: SQLite files and PostgreSQL schemas, behind one kind of transaction.

A `Database` is one company's (or the platform's). SQLite has a pool of readers and one writer; PostgreSQL a pool of
connections that all companies on the server share. A transaction belongs to one thread.
"""

from __future__ import annotations

import functools
import hashlib
import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, TypeVar, cast

import sqlalchemy as sa

from dealwright.storage.statements import Compiler, postgres_compiler, sqlite_compiler
from dealwright.storage.types import next_revision

DialectName = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]
T = TypeVar("T")
BUSY_TIMEOUT_SECONDS = 30.0
THROWAWAY = "throw-away"
_ROWS_TOGETHER = 10
PATIENCE_SECONDS = 0.1
"""How long a writer on PostgreSQL waits for a record that another one is changing. They may be waiting for each other."""


class Cursor(Protocol):
    """What both drivers' cursors do."""

    rowcount: int

    @property
    def description(self) -> object: ...
    def execute(self, sql: str, parameters: Any = ..., /) -> object: ...
    def executemany(self, sql: str, parameters: Any, /) -> object: ...
    def fetchall(self) -> list[Row]: ...
    def fetchone(self) -> Row | None: ...


class Transaction:
    """Statements that take effect together."""

    def __init__(
        self,
        cursor: Cursor,
        compiler: Compiler,
        dialect: DialectName,
        state: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._cursor = cursor
        self._compiler = compiler
        self._state = state
        self.dialect = dialect

    def state(self) -> int | None:
        """A number that all have in common who see the same state of the database; None where that is not known for little."""
        return self._state()

    def rows(self, statement: sa.Executable) -> list[Row]:
        """All rows of a query."""
        self._cursor.execute(*self._compiler.compile(cast("sa.ClauseElement", statement)))
        return self._cursor.fetchall()

    def row(self, statement: sa.Executable) -> Row | None:
        """The first row of a query, or None."""
        self._cursor.execute(*self._compiler.compile(cast("sa.ClauseElement", statement)))
        return self._cursor.fetchone()

    def value(self, statement: sa.Executable) -> Any:
        """The first column of the first row, or None."""
        row = self.row(statement)
        return row[0] if row else None

    def values(self, statement: sa.Executable) -> list[Any]:
        """The first column of every row."""
        return [row[0] for row in self.rows(statement)]

    def execute(self, statement: sa.Executable) -> int:
        """Runs an update or a delete; the number of rows it touched."""
        self._cursor.execute(*self._compiler.compile(cast("sa.ClauseElement", statement)))
        return self._cursor.rowcount

    def run(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        """Runs a statement that is kept and used again, with values for all of its parameters; the rows that it gives."""
        self._cursor.execute(*self._compiler.fill(statement, values))
        return self._cursor.fetchall() if self._cursor.description else []

    def insert(self, table: sa.Table, values: Mapping[str, object]) -> int:
        """Adds a row; its id, for a table that has one (else 0)."""
        columns = tuple(values)
        self._cursor.execute(*self._compiler.fill(insertion(table, columns), values))
        if "id" not in table.c:
            return 0
        row = self._cursor.fetchone()
        assert row is not None
        return int(row[0])

    def update(self, table: sa.Table, id: int, values: Mapping[str, object]) -> None:
        """Changes one row."""
        self._cursor.execute(*self._compiler.fill(change_by_id(table, tuple(values)), {**values, "_id": id}))

    def insert_many(self, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Adds rows that all fill the same columns. They may bring ids of their own."""
        if rows:
            columns = [name for name in table.c.keys() if name in rows[0]]  # noqa: SIM118
            one, more = columns[0], itemgetter(*columns)
            self.insert_rows(table, columns, [more(row) if len(columns) > 1 else (row[one],) for row in rows])

    def insert_rows(
        self,
        table: sa.Table,
        columns: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        record: BinaryIO | None = None,
    ) -> None:
        """Adds rows that fill these columns, which are named in the order of the table.

        On PostgreSQL they are written to ``record``, too, for `insert_recorded`.
        """
        if self.dialect == "postgresql":
            with self._copy(table, columns, record) as copy:
                for row in rows:
                    copy.write_row(row)
            return
        statement = sa.insert(table).values({name: sa.bindparam(name) for name in columns})
        text, _ = self._compiler.compile(statement, columns)
        # A statement of several rows costs little more than one of a single row.
        beginning, word, values = text.rpartition("VALUES ")
        together = len(rows) - len(rows) % _ROWS_TOGETHER
        self._cursor.executemany(
            beginning + word + ", ".join([values] * _ROWS_TOGETHER),
            ([*chain(*rows[at : at + _ROWS_TOGETHER])] for at in range(0, together, _ROWS_TOGETHER)),
        )
        self._cursor.executemany(text, rows[together:])

    @contextmanager
    def without(self, what: Literal["index", "trigger"], table: sa.Table) -> Iterator[None]:
        """Takes the indexes or the triggers off a table meanwhile, to add many rows to it (see `take_off`)."""
        statements = self.take_off(what, table)
        yield
        for statement in statements:
            self.script(statement)

    def take_off(self, what: Literal["index", "trigger"], table: sa.Table) -> list[str]:
        """Takes the indexes or the triggers off a table; the statements that put them there again.

        What makes rows unique stays. On PostgreSQL, whose triggers stay as well, everybody else waits for the table.
        """
        if self.dialect == "sqlite":
            schema, conditions = "", f"type = '{what}' and tbl_name = '{table.name}' and sql is not null"
            self.script(f"select name, sql from sqlite_master where {conditions}")
        else:
            name = self._compiler.table_name(table)
            schema = f"{name.rpartition('.')[0]}."
            self.script(
                "select relname, pg_get_indexdef(indexrelid) from pg_index join pg_class on pg_class.oid = indexrelid "
                f"where indrelid = '{name}'::regclass and not indisunique and '{what}' = 'index'"
            )
        taken = self._cursor.fetchall()
        for name, _ in taken:
            self.script(f'drop {what} {schema}"{name}"')
        return [statement for _, statement in taken]

    def continue_ids(self, table: sa.Table) -> None:
        """Lets new rows count on from the highest id, after rows that brought ids of their own. SQLite does so by itself."""
        if self.dialect == "postgresql":
            name = self._compiler.table_name(table)
            sequence = f"pg_get_serial_sequence('{name}', 'id')"
            self.script(f"select setval({sequence}, greatest(max(id), nextval({sequence}))) from {name}")

    def analyze(self, *tables: sa.Table) -> None:
        """Tells PostgreSQL what it would find out for itself in a minute: what is in tables that were just loaded."""
        if self.dialect == "postgresql":
            self.script(self.analysis(tables))

    def analysis(self, tables: Iterable[sa.Table]) -> str:
        """The statement with which `analyze` does that."""
        return f"analyze {', '.join(map(self._compiler.table_name, tables))}"

    def insert_recorded(self, table: sa.Table, columns: Sequence[str], recorded: Iterable[bytes]) -> None:
        """Adds rows that `insert_rows` has recorded, on PostgreSQL."""
        with self._copy(table, columns) as copy:
            for part in recorded:
                copy.write(part)

    @contextmanager
    def _copy(self, table: sa.Table, columns: Sequence[str], record: BinaryIO | None = None) -> Iterator[Any]:
        """Adds rows the way in which PostgreSQL takes many of them fastest."""
        from dealwright.storage.postgres_values import Recording  # noqa: PLC0415

        names = ", ".join(f'"{name}"' for name in columns)
        statement = f"copy {self._compiler.table_name(table)} ({names}) from stdin"
        cursor = cast("Any", self._cursor)
        with cursor.copy(statement, writer=Recording(cursor, record) if record else None) as copy:
            yield copy
        if "id" in columns and table.autoincrement_column is not None:
            self.continue_ids(table)

    def script(self, text: str) -> None:
        """Runs a statement of plain SQL: for what no query builder says. PostgreSQL takes several, with ``;`` between them."""
        self._cursor.execute(text)


class Database(Protocol):
    """One company's database, or the platform's."""

    dialect: DialectName
    schema: str | None

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that sees one state of the data and writes nothing."""

    def look_up(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        """The rows of one query that is kept and used again, in a transaction of its own."""

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Transaction]:
        """A transaction that is committed when the block ends and rolled back when it raises.

        Where several write at a time, they may have to give way to each other (`gave_way`), unless one is ``alone``.
        """

    def create_tables(self, metadata: sa.MetaData) -> None:
        """Makes the tables that are not there yet."""

    def drop(self) -> None:
        """Removes everything, of a database that nobody has open."""

    def sqlalchemy_url(self) -> sa.URL:
        """Where SQLAlchemy's own engine finds the database: for migrations."""

    def gave_way(self, error: BaseException) -> bool:
        """Whether a transaction failed only because of another one, and may be tried again."""

    def close(self) -> None:
        """Gives back every connection."""


def is_postgres(location: str) -> bool:
    """Whether a location is the URL of a PostgreSQL database, and not a folder."""
    return location.startswith(("postgresql://", "postgres://"))


def change(database: Database, work: Callable[[Transaction], T]) -> T:
    """Does some work in a transaction of its own, again and alone when it had to give way to another one."""
    try:
        with database.write() as transaction:
            return work(transaction)
    except Exception as error:
        if not database.gave_way(error):
            raise
    with database.write(alone=True) as transaction:
        return work(transaction)


class SqliteDatabase:
    """A SQLite file in WAL mode: readers never wait, writers wait for each other."""

    dialect: DialectName = "sqlite"
    schema: str | None = None

    def __init__(self, path: Path, *, full_sync: bool = False, in_the_making: bool = False) -> None:
        """``in_the_making`` is quicker, for a file that nobody else has yet and that is worth nothing when a write fails."""
        self.path = path
        self._journal = "off" if in_the_making else "wal"
        self._synchronous = "off" if in_the_making else "full" if full_sync else "normal"
        self._compiler = sqlite_compiler()
        # Taken from and given back to the end, by one operation of the list each: no lock is needed.
        self._readers: list[_Reader] = []
        self._epoch = _Epoch()
        self._writer: sqlite3.Connection | None = None
        self._writing = threading.Lock()
        self._all: list[sqlite3.Connection] = []

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path,
            timeout=BUSY_TIMEOUT_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=1000,
        )
        connection.execute(f"pragma journal_mode={self._journal}")
        connection.execute(f"pragma synchronous={self._synchronous}")
        connection.execute("pragma foreign_keys=on")
        connection.execute("pragma cache_size=-32768")
        connection.execute("pragma mmap_size=1073741824")
        connection.execute("pragma temp_store=memory")
        # SQLite's own `lower` knows no letters beyond A to Z.
        connection.create_function("unicode_lower", 1, _lower, deterministic=True)
        self._all.append(connection)
        return connection

    def _reader(self) -> _Reader:
        try:
            return self._readers.pop()
        except IndexError:
            return _Reader(self._connect().cursor(), self._compiler, self._epoch, self._readers)

    def read(self) -> AbstractContextManager[Transaction]:
        return self._reader()

    def look_up(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        reader = self._reader()
        try:
            return reader.transaction.run(statement, values)
        finally:
            self._readers.append(reader)

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Transaction]:
        # There is one writer, and it waits for its turn: it is always alone.
        with self._writing:
            if self._writer is None:
                self._writer = self._connect()
            cursor = self._writer.cursor()
            cursor.execute("begin immediate")
            try:
                yield Transaction(cast("Cursor", cursor), self._compiler, "sqlite")
            except BaseException:
                cursor.execute("rollback")
                raise
            else:
                cursor.execute("commit")
            finally:
                cursor.close()

    def create_tables(self, metadata: sa.MetaData) -> None:
        with self.write() as transaction:
            for statement in ddl(metadata, self._compiler.dialect):
                transaction.script(statement)

    def drop(self) -> None:
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()

    def sqlalchemy_url(self) -> sa.URL:
        return sa.URL.create("sqlite", database=str(self.path))

    def gave_way(self, error: BaseException) -> bool:
        return False

    def close(self) -> None:
        for connection in self._all:
            connection.close()
        self._all.clear()
        self._writer = None
        self._readers = []


class _Reader:
    """A connection of a SQLite database that only reads, and the transaction that it is in; at its end it is ``idle`` again.

    It is made for every request, so it is no generator, which would cost more than beginning and ending a transaction.
    """

    def __init__(self, cursor: sqlite3.Cursor, compiler: Compiler, epoch: _Epoch, idle: list[_Reader]) -> None:
        self._cursor = cursor
        self.transaction = Transaction(cast("Cursor", cursor), compiler, "sqlite", self._state)
        self._epoch = epoch
        self._idle = idle
        self._began = 0
        self._version: int | None = None

    def __enter__(self) -> Transaction:
        # What is read is the state of the database at the first query, which is later than this.
        self._began = self._epoch.number
        self._cursor.execute("begin")
        return self.transaction

    def __exit__(self, *_: object) -> None:
        self._cursor.execute("rollback")
        self._idle.append(self)

    def _state(self) -> int | None:
        [version] = self._cursor.execute("pragma data_version").fetchone()
        with self._epoch.lock:
            is_current = self._began == self._epoch.number
            if version != self._version:
                self._version = version
                self._epoch.number += 1
            if not is_current:
                return None
            self._began = self._epoch.number
            return self._began


class _Epoch:
    """A number for what all readers of a SQLite database see alike, until one of them notices a change.

    Whether others have changed it, in this process or another, SQLite tells each connection by itself and by numbers of its own
    (``data_version``). So whoever sees a new one begins a new epoch, and who began to read in an earlier one belongs to none: what
    it sees may be either. Two that tell the same epoch therefore see the same.
    """

    def __init__(self) -> None:
        self.number = 0
        self.lock = threading.Lock()


class PostgresServer:
    """A PostgreSQL database whose pool of connections all companies share."""

    def __init__(self, url: str, *, max_connections: int = 10) -> None:
        # Only a server on PostgreSQL pays for the driver.
        from psycopg_pool import ConnectionPool  # noqa: PLC0415

        from dealwright.storage.postgres_values import configure  # noqa: PLC0415

        self.url = url
        self._pool = ConnectionPool(
            url, min_size=1, max_size=max_connections, open=False, configure=configure, kwargs={"autocommit": True}
        )
        self._opened = False
        self._opening = threading.Lock()

    def database(self, schema: str) -> PostgresDatabase:
        """The database in one schema."""
        return PostgresDatabase(self, schema)

    def pool(self) -> Any:
        """The pool of connections, opened on first use."""
        import psycopg  # noqa: PLC0415

        with self._opening:
            if not self._opened:
                # The pool would try for a long time, and not tell why.
                psycopg.connect(self.url).close()
                self._pool.open(wait=True, timeout=BUSY_TIMEOUT_SECONDS)
                self._opened = True
        return self._pool

    @staticmethod
    def clear(url: str) -> None:
        """Drops the throw-away platform in a PostgreSQL database, if any. Raises ValueError when it is to be kept."""
        import psycopg  # noqa: PLC0415

        with psycopg.connect(url, autocommit=True) as connection:
            found = connection.execute(
                "select nspname, obj_description(oid, 'pg_namespace') from pg_namespace"
                " where nspname = 'dealwright' or nspname like 'company\\_%' order by nspname"
            ).fetchall()
            if found and ("dealwright", THROWAWAY) not in found:
                raise ValueError("There is a CRM in this database that is not a throw-away one")
            for schema, _ in found:
                connection.execute(psycopg.sql.SQL("drop schema {} cascade").format(psycopg.sql.Identifier(schema)))

    @staticmethod
    def mark_throwaway(url: str) -> None:
        """Says of a PostgreSQL database without a platform that the one to come may be dropped."""
        import psycopg  # noqa: PLC0415

        with psycopg.connect(url) as connection:
            connection.execute("create schema dealwright")
            connection.execute(f"comment on schema dealwright is '{THROWAWAY}'")

    def close(self) -> None:
        """Closes every connection."""
        self._pool.close()


class PostgresDatabase:
    """One schema of a PostgreSQL database."""

    dialect: DialectName = "postgresql"

    def __init__(self, server: PostgresServer, schema: str) -> None:
        self.server = server
        self.schema: str | None = schema
        self._compiler = postgres_compiler(schema)
        # Writers share a lock of their own. One that had to give way takes it for itself, so that it need not again.
        self._take_turn = _turn("pg_advisory_xact_lock_shared", schema, PATIENCE_SECONDS)
        self._take_turn_alone = _turn("pg_advisory_xact_lock", schema, BUSY_TIMEOUT_SECONDS)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with self.server.pool().connection() as connection, connection.cursor() as cursor:
            cursor.execute("begin isolation level repeatable read, read only")
            try:
                yield Transaction(cursor, self._compiler, "postgresql")
            finally:
                cursor.execute("rollback")

    def look_up(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        with self.server.pool().connection() as connection, connection.cursor() as cursor:
            return Transaction(cursor, self._compiler, "postgresql").run(statement, values)

    @contextmanager
    def write(self, *, alone: bool = False) -> Iterator[Transaction]:
        with (
            self.server.pool().connection() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            cursor.execute(self._take_turn_alone if alone else self._take_turn)
            yield Transaction(cursor, self._compiler, "postgresql")

    def create_tables(self, metadata: sa.MetaData) -> None:
        with self.write(alone=True) as transaction:
            transaction.script(f'create schema if not exists "{self.schema}"')
            transaction.script(f'set local search_path to "{self.schema}"')
            # All at once: the way there and back takes as long as making a table.
            transaction.script(";\n".join(ddl(metadata, self._compiler.dialect)))

    def drop(self) -> None:
        with self.write(alone=True) as transaction:
            transaction.script(f'drop schema if exists "{self.schema}" cascade')

    def sqlalchemy_url(self) -> sa.URL:
        return sa.make_url(self.server.url).set(drivername="postgresql+psycopg")

    def gave_way(self, error: BaseException) -> bool:
        # serialization_failure, deadlock_detected and lock_not_available
        return getattr(error, "sqlstate", None) in ("40001", "40P01", "55P03")

    def close(self) -> None:
        """Nothing of its own is open; the server's pool is."""


def _turn(lock: str, schema: str, seconds: float) -> str:
    """What a writer of a schema begins with: for how long it waits for others, and the lock that says that it writes."""
    key = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)
    return f"set local lock_timeout = {round(seconds * 1000)}; select {lock}({key})"


def _lower(text: str | bytes | float | None) -> str | bytes | float | None:
    return text.lower() if isinstance(text, str) else text


@functools.cache
def insertion(table: sa.Table, columns: tuple[str, ...]) -> sa.Executable:
    """An insert of one row that fills these columns, with a parameter for each."""
    statement = sa.insert(table).values({name: sa.bindparam(name) for name in columns})
    return statement.returning(table.c.id) if "id" in table.c else statement


@functools.cache
def change_by_id(table: sa.Table, columns: tuple[str, ...]) -> sa.Executable:
    """An update of these columns of one row, with a parameter for each and ``_id``."""
    values = next_revision(table) | {name: sa.bindparam(name) for name in columns}
    return sa.update(table).where(table.c.id == sa.bindparam("_id")).values(values)


def tables_of(metadata: sa.MetaData, dialect: str) -> Iterator[sa.Table]:
    """The tables that a database of this kind has."""
    return (table for table in metadata.sorted_tables if table.info.get("only", dialect) == dialect)


def ddl(metadata: sa.MetaData, dialect: sa.Dialect) -> Iterator[str]:
    """The statements that make the tables and their indexes."""
    for table in tables_of(metadata, dialect.name):
        yield str(sa.schema.CreateTable(table, if_not_exists=True).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(sa.schema.CreateIndex(index, if_not_exists=True).compile(dialect=dialect))
        # What SQLAlchemy has no words for, such as triggers.
        yield from table.info.get(dialect.name, ())
