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
from functools import partial
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, ParamSpec, Protocol, TypeVar, cast

import sqlalchemy as sa

from dealwright._database_errors import Problem, UnusableDatabase, add_database, find_os_problem
from dealwright.storage import sqlite_files
from dealwright.storage.compiler import Compiler, postgres_compiler, sqlite_compiler
from dealwright.storage.types import next_revision

if TYPE_CHECKING:
    import psycopg

    from dealwright.storage.psycopg_adapters import WriteCursor

DialectName = Literal["sqlite", "postgresql"]
Row = tuple[Any, ...]
T = TypeVar("T")
P = ParamSpec("P")
BUSY_TIMEOUT_SECONDS = sqlite_files.BUSY_TIMEOUT_SECONDS
CONNECT_TIMEOUT_SECONDS = 30.0
"""The time that a transaction on PostgreSQL waits for a free connection."""
THROWAWAY = "throw-away"
_ROWS_PER_INSERT = 10
STEPS_BETWEEN_LOOKS = 200_000
"""The steps of SQLite's virtual machine between two looks at a short read: some 5 ms."""
MAX_LOOKS = 2
"""How often a short read may be looked at until it is given up. Statements that are kept count their steps on, so that the first
look may come early."""
LOCK_TIMEOUT_SECONDS = 0.1
"""The time that a shared writer on PostgreSQL waits for a row that another one is changing: they may be in a deadlock."""
_CONFLICTS = frozenset({"40001", "40P01", "55P03", "23505"})
# serialization_failure, deadlock_detected, lock_not_available and unique_violation


class Cursor(Protocol):
    """The common interface of both drivers' cursors."""

    @property
    def rowcount(self) -> int: ...
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
        data_version: Callable[[], int | None] = lambda: None,
        *,
        is_exclusive: bool = False,
        execute_later: Callable[[str, Any], object] | None = None,
    ) -> None:
        self._cursor = cursor
        self._compiler = compiler
        self._data_version = data_version
        self._execute_later = cursor.execute if execute_later is None else execute_later
        self.dialect = dialect
        # Whether no other writer is at work (`Database.write`).
        self.is_exclusive = is_exclusive

    def data_version(self) -> int | None:
        """Returns the data version: equal numbers mean identical content.

        None in writers, on PostgreSQL, and for a reader during which another one has noticed a change.
        """
        return self._data_version()

    def rows(self, statement: sa.Executable) -> list[Row]:
        """Returns all rows of a query."""
        self._cursor.execute(*self._compiler.compile(cast("sa.ClauseElement", statement)))
        return self._cursor.fetchall()

    def row(self, statement: sa.Executable) -> Row | None:
        """Returns the first row of a query, or None."""
        self._cursor.execute(*self._compiler.compile(cast("sa.ClauseElement", statement)))
        return self._cursor.fetchone()

    def value(self, statement: sa.Executable) -> Any:
        """Returns the first column of the first row, or None."""
        row = self.row(statement)
        return row[0] if row else None

    def values(self, statement: sa.Executable) -> list[Any]:
        """Returns the first column of every row."""
        return [row[0] for row in self.rows(statement)]

    def execute(self, statement: sa.Executable) -> int:
        """Runs an update or a delete, and returns the number of rows it touched."""
        self._cursor.execute(*self._compiler.compile(cast("sa.ClauseElement", statement)))
        return self._cursor.rowcount

    def run(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        """Runs a query that is kept and reused, with values for all of its parameters; returns its rows."""
        self._cursor.execute(*self._compiler.bind(statement, values))
        return self._cursor.fetchall()

    def run_later(self, statement: sa.Executable, values: Mapping[str, object]) -> None:
        """Runs a statement that is kept and reused, and of which nobody needs a result.

        On PostgreSQL it is sent together with the next statement that has one, or with the commit, which saves its round
        trip; there its errors are raised.
        """
        self._execute_later(*self._compiler.bind(statement, values))

    def insert(self, table: sa.Table, values: Mapping[str, object]) -> int:
        """Inserts a row; returns its id."""
        return int(self._insert_returning(table, values, "id")[0])

    def insert_returning(self, table: sa.Table, values: Mapping[str, object]) -> Row:
        """Inserts a row; returns all of its columns."""
        return self._insert_returning(table, values, "row")

    def insert_later(self, table: sa.Table, values: Mapping[str, object]) -> None:
        """Inserts a row whose id nobody needs (see `run_later`)."""
        self.run_later(insert_statement(table, tuple(values)), values)

    def update(self, table: sa.Table, id: int, values: Mapping[str, object]) -> None:
        """Updates one row (see `run_later`)."""
        self.run_later(update_statement(table, tuple(values)), {**values, "_id": id})

    def _insert_returning(self, table: sa.Table, values: Mapping[str, object], returned: Literal["id", "row"]) -> Row:
        statement = insert_statement(table, tuple(values), returned)
        self._cursor.execute(*self._compiler.bind(statement, values))
        row = self._cursor.fetchone()
        assert row is not None
        return row

    def insert_many(self, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
        """Inserts rows that all fill the same columns. They may have ids of their own."""
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
        dump_file: BinaryIO | None = None,
    ) -> None:
        """Inserts rows that fill these columns, which are named in the order of the table.

        On PostgreSQL the data that are sent are also written to ``dump_file``, for `insert_dump`.
        """
        if self.dialect == "postgresql":
            with self._copy(table, columns, dump_file) as copy:
                for row in rows:
                    copy.write_row(row)
            return
        statement = sa.insert(table).values({name: sa.bindparam(name) for name in columns})
        text, _ = self._compiler.compile(statement, columns)
        # A statement with several rows costs little more than one with a single row.
        beginning, word, values = text.rpartition("VALUES ")
        together = len(rows) - len(rows) % _ROWS_PER_INSERT
        self._cursor.executemany(
            beginning + word + ", ".join([values] * _ROWS_PER_INSERT),
            ([*chain(*rows[at : at + _ROWS_PER_INSERT])] for at in range(0, together, _ROWS_PER_INSERT)),
        )
        self._cursor.executemany(text, rows[together:])

    @contextmanager
    def temporarily_dropped(self, what: Literal["index", "trigger"], table: sa.Table) -> Iterator[None]:
        """Drops indexes or triggers of a table for a block that adds many rows (see `drop_indexes_or_triggers`)."""
        statements = self.drop_indexes_or_triggers(what, table)
        yield
        for statement in statements:
            self.execute_sql(statement)

    def drop_indexes_or_triggers(self, what: Literal["index", "trigger"], table: sa.Table) -> list[str]:
        """Drops the non-unique indexes (or, on SQLite, the triggers) of a table; returns the SQL to create them again.

        On PostgreSQL the triggers stay, and all other transactions wait for the table.
        """
        if self.dialect == "sqlite":
            schema, conditions = "", f"type = '{what}' and tbl_name = '{table.name}' and sql is not null"
            self.execute_sql(f"select name, sql from sqlite_master where {conditions}")
        else:
            name = self._compiler.table_name(table)
            schema = f"{name.rpartition('.')[0]}."
            self.execute_sql(
                "select relname, pg_get_indexdef(indexrelid) from pg_index join pg_class on pg_class.oid = indexrelid "
                f"where indrelid = '{name}'::regclass and not indisunique and '{what}' = 'index'"
            )
        dropped = self._cursor.fetchall()
        for name, _ in dropped:
            self.execute_sql(f'drop {what} {schema}"{name}"')
        return [statement for _, statement in dropped]

    def reset_sequence(self, table: sa.Table) -> None:
        """Makes new ids follow the highest one, after rows that had ids of their own. SQLite does so by itself."""
        if self.dialect == "postgresql":
            name = self._compiler.table_name(table)
            sequence = f"pg_get_serial_sequence('{name}', 'id')"
            self.execute_sql(f"select setval({sequence}, greatest(max(id), nextval({sequence}))) from {name}")

    def analyze(self, *tables: sa.Table) -> None:
        """Updates PostgreSQL's statistics of tables just loaded, which it would otherwise do a minute later."""
        if self.dialect == "postgresql":
            self.execute_sql(self.analyze_statement(tables))

    def table_name(self, table: sa.Table) -> str:
        """Returns the quoted name of a table, with its schema, for plain SQL."""
        return self._compiler.table_name(table)

    def analyze_statement(self, tables: Iterable[sa.Table]) -> str:
        """Returns the statement that `analyze` runs."""
        return f"analyze {', '.join(map(self._compiler.table_name, tables))}"

    def insert_dump(self, table: sa.Table, columns: Sequence[str], chunks: Iterable[bytes]) -> None:
        """Inserts rows from the data that `insert_rows` has written to a file, on PostgreSQL."""
        with self._copy(table, columns) as copy:
            for part in chunks:
                copy.write(part)

    @contextmanager
    def _copy(self, table: sa.Table, columns: Sequence[str], dump_file: BinaryIO | None = None) -> Iterator[Any]:
        """Yields a COPY into a table, PostgreSQL's fastest way to add rows; then resets the sequence of its ids."""
        from dealwright.storage.psycopg_adapters import TeeWriter  # noqa: PLC0415

        names = ", ".join(f'"{name}"' for name in columns)
        statement = f"copy {self._compiler.table_name(table)} ({names}) from stdin"
        cursor = cast("Any", self._cursor)
        with cursor.copy(statement, writer=TeeWriter(cursor, dump_file) if dump_file else None) as copy:
            yield copy
        if "id" in columns and table.autoincrement_column is not None:
            self.reset_sequence(table)

    def execute_sql(self, text: str) -> None:
        """Runs plain SQL, for what no query builder can express.

        PostgreSQL takes several statements, separated by ``;``.
        """
        self._cursor.execute(text)


class Database(Protocol):
    """One company's database, or the platform's."""

    dialect: DialectName
    schema: str | None
    name: str
    """What messages call it."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Returns a transaction that sees one state of the data and writes nothing."""

    def query_once(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        """Returns the rows of one query that is kept and reused, in a transaction of its own."""

    def write(self, *, exclusive: bool = False) -> AbstractContextManager[Transaction]:
        """Returns a transaction that is committed when the block ends and rolled back when it raises.

        What it has read stays true until it commits. Writers side by side are as if one came after the other, and may fail
        because of each other (`is_serialization_failure`); an ``exclusive`` one waits until it is the only one.
        """

    def write_queue(self) -> AbstractContextManager[Transaction]:
        """Returns a transaction on tables that only the job queue writes: it fails because of no other, and guards nothing else."""

    def create_tables(self, metadata: sa.MetaData, fill: Callable[[Transaction], None] | None = None) -> None:
        """Creates the database, unless it is there, and the tables that are missing.

        ``fill`` is called in the same transaction. Nothing else creates a database. Raises `UnusableDatabase`.
        """

    def drop(self) -> None:
        """Removes all data of a database that is not open anywhere."""

    def sqlalchemy_url(self) -> sa.URL:
        """Returns the URL of the database for SQLAlchemy's own engine, which migrations use."""

    def has_table(self, transaction: Transaction, table: sa.Table) -> bool:
        """Whether there is a table."""

    def has_data(self) -> bool:
        """Whether there is anything: a file that is not empty, or a schema."""

    def check_writable(self) -> None:
        """Raises `UnusableDatabase` when nothing can be written."""

    def is_serialization_failure(self, error: BaseException) -> bool:
        """Whether a transaction failed only because of another one, and may be tried again."""

    def close(self) -> None:
        """Closes every connection."""


def is_postgres(location: str) -> bool:
    """Whether a location is the URL of a PostgreSQL database, and not a folder."""
    return location.startswith(("postgresql://", "postgres://"))


def run_in_transaction(database: Database, work: Callable[[Transaction], T]) -> T:
    """Runs `work` in a transaction, once more and exclusively after a serialization failure; returns its result."""
    try:
        with database.write() as transaction:
            return work(transaction)
    except Exception as error:
        if not database.is_serialization_failure(error):
            raise
    with database.write(exclusive=True) as transaction:
        return work(transaction)


class ReadTooLong(Exception):
    """A query was given up because it took longer than those of short reads may."""


class _ShortReads(threading.local):
    """Whether the reads of the current thread are short ones."""

    active = False


_short_reads = _ShortReads()


def run_with_short_reads(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Returns the result of work in which no query of SQLite may take long. Raises `ReadTooLong`.

    It is for threads that must not be held up: whether a query takes long is not to be seen before.
    """
    _short_reads.active = True
    try:
        return work(*args, **kwargs)
    finally:
        _short_reads.active = False


class SqliteDatabase:
    """A SQLite file in WAL mode: readers never wait, writers wait for each other."""

    dialect: DialectName = "sqlite"
    schema: str | None = None

    def __init__(self, path: Path, *, full_sync: bool = False, scratch: bool = False) -> None:
        """Sets the durability. ``full_sync`` survives a power failure, too, at the price of slower writes.

        ``scratch`` turns journal and fsync off: only for a new file that is thrown away when a write fails.
        """
        self.path = path
        self.name = str(path)
        self._journal = "off" if scratch else "wal"
        self._synchronous = "off" if scratch else "full" if full_sync else "normal"
        self._compiler = sqlite_compiler()
        self._may_be_empty = False
        # Taken from and put back to the end by one atomic operation each, so that no lock is needed.
        self._readers: list[_Reader] = []
        self._data_versions = _DataVersions()
        self._writer: sqlite3.Connection | None = None
        self._write_lock = threading.Lock()
        self._connections: list[sqlite3.Connection] = []

    def _connect(self) -> sqlite3.Connection:
        # SQLite gives its other files (``-wal``, ``-shm``) the mode of this one.
        connection = sqlite_files.open_file(
            self.path, journal=self._journal, busy_timeout=BUSY_TIMEOUT_SECONDS, may_be_empty=self._may_be_empty
        )
        connection.execute(f"pragma synchronous={self._synchronous}")
        connection.execute("pragma foreign_keys=on")
        connection.execute("pragma cache_size=-32768")
        connection.execute("pragma mmap_size=1073741824")
        connection.execute("pragma temp_store=memory")
        # SQLite's own `lower` only converts A to Z.
        connection.create_function("unicode_lower", 1, _lower, deterministic=True)
        self._connections.append(connection)
        return connection

    def _reader(self) -> _Reader:
        try:
            return self._readers.pop()
        except IndexError:
            return _Reader(self.name, self._connect().cursor(), self._compiler, self._data_versions, self._readers)

    def read(self) -> AbstractContextManager[Transaction]:
        return self._reader()

    def query_once(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        reader = self._reader()
        try:
            return reader.transaction.run(statement, values)
        except sqlite3.Error as error:
            add_database(error, self.name)
            raise
        finally:
            self._readers.append(reader)

    @contextmanager
    def write(self, *, exclusive: bool = False) -> Iterator[Transaction]:
        # There is one writer at a time, so that each one is exclusive.
        with self._write_lock:
            if self._writer is None:
                self._writer = self._connect()
            cursor = self._writer.cursor()
            try:
                cursor.execute("begin immediate")
                yield Transaction(cast("Cursor", cursor), self._compiler, "sqlite", is_exclusive=True)
                cursor.execute("commit")
            except BaseException as error:
                add_database(error, self.name)
                # After some errors, as that of a full disk, SQLite has rolled back itself.
                if self._writer.in_transaction:
                    cursor.execute("rollback")
                raise
            finally:
                cursor.close()

    def write_queue(self) -> AbstractContextManager[Transaction]:
        return self.write()

    def count_connections(self) -> tuple[int, int]:
        """Returns how many connections are open, and how many of them are in use."""
        opened = len(self._connections)
        idle = len(self._readers) + (self._writer is not None and not self._write_lock.locked())
        return opened, max(0, opened - idle)

    def create_tables(self, metadata: sa.MetaData, fill: Callable[[Transaction], None] | None = None) -> None:
        try:
            sqlite_files.create_file(self.path)
        except OSError as error:
            raise UnusableDatabase(find_os_problem(error), self.name, str(error.strerror)) from error
        self._may_be_empty = True
        with self.write() as transaction:
            for statement in ddl(metadata, self._compiler.dialect):
                transaction.execute_sql(statement)
            if fill is not None:
                fill(transaction)

    def drop(self) -> None:
        for file in self.path.parent.glob(f"{self.path.name}*"):
            file.unlink()

    def sqlalchemy_url(self) -> sa.URL:
        return sa.URL.create("sqlite", database=str(self.path))

    def has_table(self, transaction: Transaction, table: sa.Table) -> bool:
        return bool(transaction.values(sa.text(f"select 1 from sqlite_master where name = '{table.name}'")))

    def has_data(self) -> bool:
        return self.path.exists() and self.path.stat().st_size > 0

    def check_writable(self) -> None:
        """Does nothing: `sqlite_files.open_file` has looked."""

    def is_serialization_failure(self, error: BaseException) -> bool:
        return False

    def close(self) -> None:
        for connection in self._connections:
            connection.close()
        self._connections.clear()
        self._writer = None
        self._readers = []


class _Reader:
    """A connection of a SQLite database that only reads, with its transaction.

    At the end it goes back to the list ``idle``. One is used for every request, so it is no generator, which would cost
    more than beginning and ending a transaction.
    """

    def __init__(
        self, name: str, cursor: sqlite3.Cursor, compiler: Compiler, data_versions: _DataVersions, idle: list[_Reader]
    ) -> None:
        self._name = name
        self._cursor = cursor
        self.transaction = Transaction(cast("Cursor", cursor), compiler, "sqlite", self._data_version)
        self._data_versions = data_versions
        self._idle = idle
        self._version_at_start = 0
        self._version: int | None = None
        self._is_short = False
        self._looks = 0

    def __enter__(self) -> Transaction:
        # The snapshot is that of the first query, which is later than this.
        self._version_at_start = self._data_versions.current
        self._looks = 0
        # Mostly a thread gets the connection again that it had before.
        if _short_reads.active is not self._is_short:
            self._is_short = not self._is_short
            handler = self._takes_long if self._is_short else None
            self._cursor.connection.set_progress_handler(handler, STEPS_BETWEEN_LOOKS)
        self._cursor.execute("begin")
        return self.transaction

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        self._looks = 0
        if error is not None:
            add_database(error, self._name)
        # SQLite may have rolled back itself.
        if self._cursor.connection.in_transaction:
            self._cursor.execute("rollback")
        self._idle.append(self)
        if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise ReadTooLong from error

    def _takes_long(self) -> bool:
        """Whether SQLite is to give up a query; it asks now and then."""
        self._looks += 1
        return self._looks > MAX_LOOKS

    def _data_version(self) -> int | None:
        [version] = self._cursor.execute("pragma data_version").fetchone()
        with self._data_versions.lock:
            is_current = self._version_at_start == self._data_versions.current
            if version != self._version:
                self._version = version
                self._data_versions.current += 1
            if not is_current:
                return None
            self._version_at_start = self._data_versions.current
            return self._version_at_start


class _DataVersions:
    """A counter that all readers of a SQLite database share: equal numbers mean identical content.

    SQLite tells each connection by ``pragma data_version`` whether another one has changed the file, in this process or
    another, but the numbers of two connections cannot be compared. So a reader that sees a new number increments the
    counter. A reader that began before has no version, because it may see the old state or the new one.
    """

    def __init__(self) -> None:
        self.current = 0
        self.lock = threading.Lock()


class PostgresServer:
    """A PostgreSQL database whose pool of connections all companies share."""

    def __init__(self, url: str, *, max_connections: int = 10) -> None:
        # The driver is only imported for PostgreSQL.
        from dealwright.storage.psycopg_adapters import Pool, configure_connection  # noqa: PLC0415

        self.url = url
        self.name = _url_without_password(url)
        self._pool = Pool(
            url,
            min_size=1,
            max_size=max_connections,
            open=False,
            timeout=CONNECT_TIMEOUT_SECONDS,
            # After that, whoever needs a connection tries anew, and not the pool at ever longer intervals.
            reconnect_timeout=CONNECT_TIMEOUT_SECONDS / 6,
            configure=partial(configure_connection, lock_timeout=BUSY_TIMEOUT_SECONDS),
            kwargs={"autocommit": True},
        )
        self._is_open = False
        self._open_lock = threading.Lock()

    def database(self, schema: str, lock_table: str) -> PostgresDatabase:
        """Returns the database in one schema; ``lock_table`` is the one of its tables that writers lock."""
        return PostgresDatabase(self, schema, lock_table)

    def pool(self) -> Any:
        """Returns the pool of connections, which is opened on first use."""
        with self._open_lock:
            if not self._is_open:
                with _NamedErrors(self.name):
                    # The pool would try for a long time, and not show the error.
                    _connect_to_postgres(self.url).close()
                    self._pool.open(wait=True, timeout=CONNECT_TIMEOUT_SECONDS)
                self._is_open = True
        return self._pool

    def statistics(self) -> Mapping[str, int]:
        """Returns what the pool counts; empty before its first use."""
        return self._pool.get_stats() if self._is_open else {}

    @staticmethod
    def drop_throwaway(url: str) -> None:
        """Drops the throw-away platform in a PostgreSQL database, if any.

        Raises ValueError for one that is not marked as such.
        """
        import psycopg  # noqa: PLC0415

        with _connect_to_postgres(url, autocommit=True) as connection:
            found = connection.execute(
                "select nspname, obj_description(oid, 'pg_namespace') from pg_namespace"
                " where nspname = 'dealwright' or nspname like 'company\\_%' or nspname like 'rehearsal\\_%' order by nspname"
            ).fetchall()
            if found and ("dealwright", THROWAWAY) not in found:
                raise ValueError("There is a CRM in this database that is not a throw-away one")
            for schema, _ in found:
                connection.execute(psycopg.sql.SQL("drop schema {} cascade").format(psycopg.sql.Identifier(schema)))

    @staticmethod
    def mark_throwaway(url: str) -> None:
        """Marks the platform that will be created in a PostgreSQL database as one that may be dropped."""
        with _connect_to_postgres(url) as connection:
            connection.execute("create schema dealwright")
            connection.execute(f"comment on schema dealwright is '{THROWAWAY}'")

    def close(self) -> None:
        """Closes every connection."""
        self._pool.close()


class PostgresDatabase:
    """One schema of a PostgreSQL database."""

    dialect: DialectName = "postgresql"

    def __init__(self, server: PostgresServer, schema: str, lock_table: str) -> None:
        """Prepares the first statements of writers.

        Shared writers are serializable, an exclusive one is alone. The lock of a table takes no snapshot, so that whoever has
        waited for it sees what was committed meanwhile; an advisory lock would take one.
        """
        self.server = server
        self.schema: str | None = schema
        self.name = f"the schema {schema} of {server.name}"
        self._named_errors = _NamedErrors(self.name)
        self._compiler = postgres_compiler(schema)
        lock = f'lock table "{schema}"."{lock_table}" in'
        self._begin_shared = (
            f"begin isolation level serializable; {lock} row share mode;"
            f" set local lock_timeout = {round(LOCK_TIMEOUT_SECONDS * 1000)}"
        )
        self._begin_exclusive = f"begin; {lock} exclusive mode"
        patient_lock = f"set local lock_timeout = {round(BUSY_TIMEOUT_SECONDS * 1000)}; {lock}"
        # What changes tables: the lock of the table, if there is one yet, and an advisory one for when there is none.
        key = int.from_bytes(hashlib.sha256(schema.encode()).digest()[:8], "big", signed=True)
        self.alter_lock_sql = (
            f"select pg_advisory_xact_lock({key}); do $$ begin "
            f'if to_regclass(\'"{schema}"."{lock_table}"\') is not null then {patient_lock} exclusive mode; end if; end $$'
        )

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with (
            self._named_errors,
            self.server.pool().connection() as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute("begin isolation level repeatable read, read only")
            try:
                yield Transaction(cursor, self._compiler, "postgresql")
            except BaseException:
                _roll_back(connection)
                raise
            # There is nothing to commit, but after a rollback the driver would forget its prepared statements.
            connection.commit()

    def query_once(self, statement: sa.Executable, values: Mapping[str, object]) -> list[Row]:
        with self._named_errors, self.server.pool().connection() as connection, connection.cursor() as cursor:
            return Transaction(cursor, self._compiler, "postgresql").run(statement, values)

    def write(self, *, exclusive: bool = False) -> AbstractContextManager[Transaction]:
        return self._transaction(self._begin_exclusive if exclusive else self._begin_shared, is_exclusive=exclusive)

    def write_queue(self) -> AbstractContextManager[Transaction]:
        return self._transaction("begin")

    def write_snapshot(self) -> AbstractContextManager[Transaction]:
        """Opens a transaction that sees one moment of all schemas, for filling one that nobody else uses."""
        return self._transaction("begin isolation level repeatable read")

    @staticmethod
    def _cursor(connection: psycopg.Connection[Row]) -> WriteCursor:
        from dealwright.storage.psycopg_adapters import WriteCursor  # noqa: PLC0415

        return WriteCursor(connection)

    @contextmanager
    def _transaction(self, begin: str, *, is_exclusive: bool = False) -> Iterator[Transaction]:
        with self._named_errors, self.server.pool().connection() as connection, self._cursor(connection) as cursor:
            try:
                # Together, to save round trips.
                cursor.execute(begin)
                yield Transaction(
                    cursor,
                    self._compiler,
                    "postgresql",
                    is_exclusive=is_exclusive,
                    execute_later=cursor.execute_later,
                )
                cursor.execute("commit")
            except BaseException:
                _roll_back(connection)
                raise

    def create_tables(self, metadata: sa.MetaData, fill: Callable[[Transaction], None] | None = None) -> None:
        with self._alter() as transaction:
            transaction.execute_sql(f'create schema if not exists "{self.schema}"')
            transaction.execute_sql(f'set local search_path to "{self.schema}"')
            # All in one: a round trip takes as long as creating a table.
            transaction.execute_sql(";\n".join(ddl(metadata, self._compiler.dialect)))
            if fill is not None:
                fill(transaction)

    def drop(self) -> None:
        with self._alter() as transaction:
            transaction.execute_sql(f'drop schema if exists "{self.schema}" cascade')

    @contextmanager
    def _alter(self) -> Iterator[Transaction]:
        """Yields a transaction that creates or drops tables, one at a time in each schema."""
        with self._transaction("begin") as transaction:
            transaction.execute_sql(self.alter_lock_sql)
            yield transaction

    def sqlalchemy_url(self) -> sa.URL:
        return sa.make_url(self.server.url).set(drivername="postgresql+psycopg")

    def has_table(self, transaction: Transaction, table: sa.Table) -> bool:
        return bool(transaction.value(sa.text(f"select to_regclass('\"{self.schema}\".{table.name}') is not null")))

    def has_data(self) -> bool:
        with self.read() as transaction:
            return bool(transaction.value(sa.text(f"select to_regnamespace('\"{self.schema}\"') is not null")))

    def check_writable(self) -> None:
        with self.read() as transaction:
            if transaction.value(
                sa.text("select pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean")
            ):
                raise UnusableDatabase(Problem.READ_ONLY, self.name)

    def is_serialization_failure(self, error: BaseException) -> bool:
        return getattr(error, "sqlstate", None) in _CONFLICTS

    def close(self) -> None:
        """Does nothing: the connections belong to the server's pool."""


class _NamedErrors:
    """A block that adds the name of a database to errors. One is used for every transaction, so it is no generator."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        pass

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if error is not None:
            add_database(error, self._name)


def _connect_to_postgres(url: str, *, autocommit: bool = False) -> psycopg.Connection[Row]:
    import psycopg  # noqa: PLC0415 - the driver is only imported for PostgreSQL

    with _NamedErrors(_url_without_password(url)):
        return psycopg.connect(url, autocommit=autocommit)


def _roll_back(connection: psycopg.Connection[Row]) -> None:
    if not connection.closed:
        # Not by a statement: the driver must know, because what it took for prepared may have been skipped.
        connection.rollback()


def _url_without_password(url: str) -> str:
    return sa.make_url(url).render_as_string(hide_password=True)


def _lower(text: str | bytes | float | None) -> str | bytes | float | None:
    return text.lower() if isinstance(text, str) else text


@functools.cache
def insert_statement(
    table: sa.Table, columns: tuple[str, ...], returned: Literal["id", "row"] | None = None
) -> sa.Executable:
    """Returns an insert of one row that fills these columns, with a parameter for each, and returns its id, all of it or nothing."""
    statement = sa.insert(table).values({name: sa.bindparam(name) for name in columns})
    if returned is None:
        return statement
    return statement.returning(table.c.id) if returned == "id" else statement.returning(table)


@functools.cache
def update_statement(table: sa.Table, columns: tuple[str, ...]) -> sa.Executable:
    """Returns an update of these columns of one row, with a parameter for each and ``_id``."""
    values = next_revision(table) | {name: sa.bindparam(name) for name in columns}
    return sa.update(table).where(table.c.id == sa.bindparam("_id")).values(values)


def tables_for_dialect(metadata: sa.MetaData, dialect: str) -> Iterator[sa.Table]:
    """Returns the tables that a database of this dialect has."""
    return (table for table in metadata.sorted_tables if table.info.get("only", dialect) == dialect)


def ddl(metadata: sa.MetaData, dialect: sa.Dialect) -> Iterator[str]:
    """Yields the statements that create the tables and their indexes."""
    for table in tables_for_dialect(metadata, dialect.name):
        yield str(sa.schema.CreateTable(table, if_not_exists=True).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(sa.schema.CreateIndex(index, if_not_exists=True).compile(dialect=dialect))
        # SQL that SQLAlchemy cannot express, such as triggers.
        yield from table.info.get(dialect.name, ())
