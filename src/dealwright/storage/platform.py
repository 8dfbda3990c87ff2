"""The platform: its companies, and the users of API tokens (`platform_tables` has all of its tables).

On SQLite the platform is a folder: ``platform.sqlite3`` and one file a company under ``companies/``. On PostgreSQL it
is the schema ``dealwright`` and one schema a company. The content of files is kept in neither (`paths.files_location`).
"""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from dealwright.storage import engines, migrations, paths, procrastinate
from dealwright.storage.engines import Database, PostgresServer, SqliteDatabase, Transaction
from dealwright.storage.file_stores import open_files
from dealwright.storage.files import Files
from dealwright.storage.platform_tables import api_tokens, companies, platform_metadata
from dealwright.storage.tables import metadata
from dealwright.storage.types import PLATFORM_SCHEMA

T = TypeVar("T")


# Run for every request, and composed once.
_TOKEN_OWNER = sa.select(api_tokens.c.company_id, api_tokens.c.user_id).where(
    api_tokens.c.token_hash == sa.bindparam("token_hash")
)


class DomainTaken(ValueError):
    """There is a company with this domain already."""


class Company(NamedTuple):
    """A company, its database and the content of its files."""

    id: int
    domain: str
    database: Database
    files: Files


class UserRef(NamedTuple):
    """A user of a company."""

    company_id: int
    user_id: int


class Platform:
    """The companies in one place: a folder of SQLite files or a PostgreSQL database."""

    def __init__(
        self, location: str | Path, *, full_sync: bool = False, files: str | None = None, scratch: bool = False
    ) -> None:
        """Opens a folder, or the PostgreSQL database with this URL; ``files`` is the location of the content of files.

        ``scratch`` is for a folder that is thrown away when anything fails (see `SqliteDatabase`).
        """
        self._location = str(location)
        self._server: PostgresServer | None = None
        self._folder: Path | None = None
        self._full_sync = full_sync
        self._scratch = scratch
        self._open_companies: dict[int, Company] = {}
        self._open_lock = threading.Lock()
        if engines.is_postgres(self._location):
            self._server = PostgresServer(self._location)
            self.database: Database = self._server.database(PLATFORM_SCHEMA)
        else:
            self._folder = Path(location)
            (self._folder / "companies").mkdir(parents=True, exist_ok=True)
            self.database = self._sqlite("platform.sqlite3")
        self._files = files or paths.files_location(self.folder)

    @property
    def folder(self) -> Path:
        """The folder for data that are not in the platform's databases."""
        return self._folder or paths.postgres_folder(self._location)

    @property
    def server_url(self) -> str | None:
        """The URL of the PostgreSQL database; None for SQLite."""
        return self._server.url if self._server else None

    def is_new(self) -> bool:
        """Whether there is no company here yet."""
        with self.database.read() as transaction:
            if self._folder is not None:
                tables = transaction.values(sa.text("select name from sqlite_master where name = 'companies'"))
            else:
                tables = transaction.values(sa.text(f"select to_regclass('{PLATFORM_SCHEMA}.companies')"))
            return tables in ([], [None]) or transaction.row(sa.select(companies.c.id).limit(1)) is None

    def create_platform_tables(self) -> None:
        """Creates those of the platform's own tables that are missing."""
        self.database.create_tables(platform_metadata)
        if self._server is not None:
            procrastinate.install(self.database)

    def create_company(self, domain: str) -> Company:
        """Creates an empty company with all its tables and returns it.

        Raises ValueError for a bad domain, `DomainTaken` for a taken one.
        """
        with self.new_company(domain) as company:
            return company

    @contextmanager
    def new_company(self, domain: str) -> Iterator[Company]:
        """Yields an empty company to fill; others see it after the block, and only if that does not raise.

        One is created at a time. Raises ValueError for a bad domain, `DomainTaken` for a taken one.
        """
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", domain):
            raise ValueError("A company domain is 1 to 40 lower-case letters, digits and inner hyphens")
        with self.database.write(exclusive=True) as transaction:
            if transaction.value(sa.select(companies.c.id).where(companies.c.domain == domain)):
                raise DomainTaken(f"There is already a company with the domain {domain}")
            company_id = transaction.insert(companies, {"domain": domain})
            # An earlier attempt that was interrupted may have left data.
            self._company_database(domain).drop()
            company = self._company(company_id, domain)
            try:
                company.database.create_tables(metadata)
                with company.database.write() as inside:
                    migrations.stamp(inside)
                yield company
            except BaseException:
                self._open_companies.pop(company_id).database.close()
                raise

    def tables_version(self, company: Company) -> str:
        """Returns the version of a company's tables."""
        return migrations.version(company.database)

    def upgrade(self) -> list[tuple[str, str, str]]:
        """Upgrades all tables to the newest version; returns for each company domain, version before, version after."""
        self.create_platform_tables()
        done = []
        for company in self.list_companies():
            before = self.tables_version(company)
            if before != migrations.HEAD:
                with self.database.write(exclusive=True):
                    if self.tables_version(company) != migrations.HEAD:
                        migrations.upgrade(company.database)
            done.append((company.domain, before, self.tables_version(company)))
        return done

    def list_companies(self) -> list[Company]:
        """Returns all companies."""
        with self.database.read() as transaction:
            rows = transaction.rows(sa.select(companies.c.id, companies.c.domain).order_by(companies.c.id))
        return [self._company(*row) for row in rows]

    def find_company(self, company_id: int) -> Company | None:
        """Returns the company with an id, or None."""
        if company_id in self._open_companies:
            return self._open_companies[company_id]
        return next((company for company in self.list_companies() if company.id == company_id), None)

    def find_company_by_domain(self, domain: str) -> Company | None:
        """Returns the company with a domain, or None."""
        known = next((company for company in self._open_companies.values() if company.domain == domain), None)
        return known or next((company for company in self.list_companies() if company.domain == domain), None)

    def issue_token(self, company_id: int, user_id: int) -> str:
        """Creates and returns a new API token for a user; the old one is void from now on. Only its hash is stored."""
        token = secrets.token_hex(20)
        with self.database.write() as transaction:
            transaction.execute(
                sa.delete(api_tokens).where(api_tokens.c.company_id == company_id, api_tokens.c.user_id == user_id)
            )
            transaction.insert(
                api_tokens, {"token_hash": hash_secret(token), "company_id": company_id, "user_id": user_id}
            )
        return token

    def find_token_owner(self, token: str) -> UserRef | None:
        """Returns the user of an API token; None for one that is unknown or void."""
        rows = self.database.query_once(_TOKEN_OWNER, {"token_hash": hash_secret(token)})
        return UserRef(*rows[0]) if rows else None

    def run_in_transaction(self, work: Callable[[Transaction], T]) -> T:
        """Runs `work` on the platform's tables as `engines.run_in_transaction` does."""
        return engines.run_in_transaction(self.database, work)

    def run_deferred_statements(self, statements: Iterable[str]) -> None:
        """Runs statements that were left for later (see `transfer.copy_company`), each in a transaction of its own."""
        for statement in statements:
            with self.database.write(exclusive=True) as transaction:
                transaction.execute_sql(statement)

    def close(self) -> None:
        """Closes every database."""
        for company in self._open_companies.values():
            company.database.close()
        self.database.close()
        if self._server is not None:
            self._server.close()

    def _company(self, company_id: int, domain: str) -> Company:
        with self._open_lock:
            if company_id not in self._open_companies:
                files = open_files(self._files, domain, full_sync=self._full_sync)
                self._open_companies[company_id] = Company(company_id, domain, self._company_database(domain), files)
            return self._open_companies[company_id]

    def _company_database(self, domain: str) -> Database:
        if self._server is not None:
            return self._server.database("company_" + domain.replace("-", "_"))
        return self._sqlite(f"companies/{domain}.sqlite3")

    def _sqlite(self, name: str) -> SqliteDatabase:
        assert self._folder is not None
        return SqliteDatabase(self._folder / name, full_sync=self._full_sync, scratch=self._scratch)


def hash_secret(secret: str) -> str:
    """Returns the hash under which a long random secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()
