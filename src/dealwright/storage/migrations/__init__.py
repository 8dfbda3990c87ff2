"""The versions of tables: those of companies, and the platform's own.

New tables are created as they are now and marked with the newest version. Older ones are upgraded by Alembic
(`upgrade`), which is imported only then.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright._database_errors import Problem, UnusableDatabase, explain, find_os_problem
from dealwright.storage import engines, sqlite_files
from dealwright.storage.engines import Database, PostgresDatabase, SqliteDatabase, Transaction
from dealwright.storage.platform_tables import companies, platform_metadata
from dealwright.storage.platform_tables import schema_version as platform_version_table
from dealwright.storage.tables import company, metadata

log = logging.getLogger(__name__)

HEAD = "0025"
"""The newest version of a company's tables; the file in ``versions/`` that begins with it leads there."""

PLATFORM_HEAD = "0005"
"""The newest version of the platform's own tables; the file in ``platform_versions/`` that begins with it leads there."""

FIRST_WITH_ENCRYPTED_WEBHOOKS = "0006"
"""The first version whose webhooks have no secrets in plain text."""

FIRST_WITH_MAIL_ACCOUNTS = "0017"
"""The first version with mail accounts, whose passwords are encrypted."""

FIRST_WITH_CONNECTIONS = "0020"
"""The first version with connections, whose tokens are encrypted."""

VERSION_TABLE = metadata.tables["alembic_version"]
COPY_SUFFIX = ".before-upgrade.sqlite3"


class Schema(NamedTuple):
    """Tables that have versions: where their migrations are, and the table that there has always been."""

    metadata: sa.MetaData
    head: str
    folder: str
    version_table: sa.Table
    first_table: sa.Table

    def stamp(self, transaction: Transaction) -> None:
        """Marks freshly created tables as being of the newest version, unless another process has done so."""
        if transaction.row(sa.select(self.version_table.c.version_num)) is None:
            transaction.insert_later(self.version_table, {"version_num": self.head})

    def create(self, database: Database) -> None:
        """Creates a database and its tables in their newest version, unless they are there."""
        database.create_tables(self.metadata, self.stamp)

    def is_there(self, database: Database) -> bool:
        """Whether there are any of the tables. Raises `UnusableDatabase` when there is no database."""
        with database.read() as transaction:
            return database.has_table(transaction, self.first_table)

    def version(self, database: Database) -> str | None:
        """Returns the version of the tables; None for those of a time before there were versions.

        Raises `UnusableDatabase` when there are none.
        """
        with database.read() as transaction:
            if database.has_table(transaction, self.version_table):
                found = transaction.value(sa.select(self.version_table.c.version_num))
                if found is not None:
                    return str(found)
            if self.metadata is platform_metadata and database.has_table(transaction, self.first_table):
                return None
        if not database.has_data():
            raise UnusableDatabase(Problem.MISSING, database.name)
        raise UnusableDatabase(Problem.DAMAGED, database.name, "it has no tables")

    def check(self, database: Database, *, allow_older: bool = False) -> str | None:
        """Returns the version. Raises `UnusableDatabase` for tables that this code cannot work with.

        With ``allow_older`` those of an older version are none of them.
        """
        version = self.version(database)
        database.check_writable()
        if version is not None and version > self.head:
            raise UnusableDatabase(Problem.NEWER, database.name, f"version {version}, and this one knows {self.head}")
        if version != self.head and not allow_older:
            raise UnusableDatabase(Problem.OLDER, database.name, f"version {version or 'none'} instead of {self.head}")
        return version

    def upgrade(self, database: Database, encrypt: Callable[[str], str]) -> None:
        """Upgrades the tables to the newest version, if they are older. Raises `UnusableDatabase`."""
        if self.check(database, allow_older=True) != self.head:
            self.migrate(database, encrypt)

    def migrate(self, database: Database, encrypt: Callable[[str], str]) -> None:
        """Runs the migrations that are missing, in one transaction; ``encrypt`` is for secrets in plain text.

        A SQLite file is copied before its first change. Other processes that write wait. Raises `UnusableDatabase`.
        """
        try:
            with _transaction(database) as connection:
                before = self._version_inside(connection)
                if before == self.head:
                    # Another process was faster.
                    return
                log.warning("Upgrading %s from version %s to %s", database.name, before or "none", self.head)
                if isinstance(database, SqliteDatabase):
                    _copy_before_upgrade(database)
                self._run(connection, database, before, encrypt)
            log.warning("Upgraded %s to version %s", database.name, self.head)
        except (sa.exc.DBAPIError, sqlite3.Error) as error:
            error.database = database.name  # type: ignore[union-attr]
            if (unusable := explain(error)) is not None:
                raise unusable from error
            raise

    def _version_inside(self, connection: sa.Connection) -> str | None:
        """Returns the version that the transaction sees; None for tables without one."""
        if not sa.inspect(connection).has_table(self.version_table.name):
            return None
        return connection.execute(sa.text(f"select version_num from {self.version_table.name}")).scalar()

    def _run(
        self, connection: sa.Connection, database: Database, before: str | None, encrypt: Callable[[str], str]
    ) -> None:
        # These imports take a second, and are rarely needed.
        from alembic import command  # noqa: PLC0415
        from alembic.config import Config  # noqa: PLC0415

        here = Path(__file__).parent
        config = Config()
        config.set_main_option("script_location", str(here))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(here / self.folder))
        config.attributes["connection"] = connection
        config.attributes["metadata"] = self.metadata
        config.attributes["encrypt"] = encrypt
        command.upgrade(config, "head")


COMPANY = Schema(metadata, HEAD, "versions", VERSION_TABLE, company)
PLATFORM = Schema(platform_metadata, PLATFORM_HEAD, "platform_versions", platform_version_table, companies)


@contextmanager
def _transaction(database: Database) -> Iterator[sa.Connection]:
    """Yields SQLAlchemy's own connection in a transaction that locks out all other writers."""
    is_sqlite = isinstance(database, SqliteDatabase)
    # The driver of SQLite would commit by itself before and after changes of tables.
    arguments = {"timeout": engines.BUSY_TIMEOUT_SECONDS, "isolation_level": None} if is_sqlite else {}
    engine = sa.create_engine(database.sqlalchemy_url(), poolclass=sa.NullPool, connect_args=arguments)
    if is_sqlite:

        @sa.event.listens_for(engine, "begin")
        def begin(connection: sa.Connection) -> None:
            connection.exec_driver_sql("begin immediate")

    with engine.begin() as connection:
        if isinstance(database, PostgresDatabase):
            cursor: Any = connection.connection.cursor()
            cursor.execute(f'{database.alter_lock_sql}; set local search_path to "{database.schema}"')
            cursor.close()
            connection.dialect.default_schema_name = database.schema
        yield connection


def _copy_before_upgrade(database: SqliteDatabase) -> None:
    """Copies a file, as it is before the transaction that is open; the copy replaces the one of the last upgrade."""
    target = database.path.with_name(database.path.name.removesuffix(".sqlite3") + COPY_SUFFIX)
    try:
        with closing(sqlite_files.open_file(database.path, journal=None)) as connection:
            sqlite_files.copy_file(connection, target)
    except OSError as error:
        raise UnusableDatabase(find_os_problem(error), target, str(error.strerror)) from error
    log.warning("A copy of %s as it was before the upgrade is %s", database.name, target)
