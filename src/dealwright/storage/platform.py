"""The platform: which companies there are, and which API token belongs to whom (`platform_tables` has all that it knows).

On SQLite the platform is a folder: ``platform.sqlite3`` and one file a company under ``companies/``. On PostgreSQL it
is the schema ``dealwright`` and one schema a company. The content of files is kept in neither (`places.files_location`).
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

from dealwright.storage import engines, migrations, places, procrastinate
from dealwright.storage.engines import Database, PostgresServer, SqliteDatabase, Transaction
from dealwright.storage.files import Files, open_files
from dealwright.storage.platform_tables import api_tokens, companies, platform_metadata
from dealwright.storage.tables import metadata

PLATFORM_SCHEMA = "dealwright"

T = TypeVar("T")


# Asked for every request, and composed once.
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


class TokenOwner(NamedTuple):
    """Whom an API token stands for."""

    company_id: int
    user_id: int


class Platform:
    """The companies in one place: a folder of SQLite files or a PostgreSQL database."""

    def __init__(
        self, location: str | Path, *, full_sync: bool = False, files: str | None = None, in_the_making: bool = False
    ) -> None:
        """``location`` is a folder, or the URL of a PostgreSQL database; ``files`` is where the content of files is kept.

        ``in_the_making`` is for a folder that is worth nothing when anything fails (see `SqliteDatabase`).
        """
        self._location = str(location)
        self._server: PostgresServer | None = None
        self._folder: Path | None = None
        self._full_sync = full_sync
        self._in_the_making = in_the_making
        self._open: dict[int, Company] = {}
        self._opening = threading.Lock()
        if engines.is_postgres(self._location):
            self._server = PostgresServer(self._location)
            self.database: Database = self._server.database(PLATFORM_SCHEMA)
        else:
            self._folder = Path(location)
            (self._folder / "companies").mkdir(parents=True, exist_ok=True)
            self.database = self._sqlite("platform.sqlite3")
        self._files = files or places.files_location(self.folder)

    @property
    def folder(self) -> Path:
        """Where the platform keeps what is not in its databases."""
        return self._folder or places.folder_of(self._location)

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

    def set_up(self) -> None:
        """Makes those of the platform's own tables that are missing."""
        self.database.create_tables(platform_metadata)
        if self._server is not None:
            procrastinate.install(self.database)

    def create_company(self, domain: str) -> Company:
        """Makes an empty company with all its tables. Raises ValueError for a bad domain, `DomainTaken` for a taken one."""
        with self.new_company(domain) as company:
            return company

    @contextmanager
    def new_company(self, domain: str) -> Iterator[Company]:
        """An empty company to fill; it is there for others when the block has ended, and only if it ended well.

        One is made at a time. Raises ValueError for a bad domain, `DomainTaken` for a taken one.
        """
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?", domain):
            raise ValueError("A company domain is 1 to 40 lower-case letters, digits and inner hyphens")
        with self.database.write(alone=True) as transaction:
            if transaction.value(sa.select(companies.c.id).where(companies.c.domain == domain)):
                raise DomainTaken(f"There is already a company with the domain {domain}")
            company_id = transaction.insert(companies, {"domain": domain})
            # What an attempt that was broken off may have left.
            self._company_database(domain).drop()
            company = self._company(company_id, domain)
            try:
                company.database.create_tables(metadata)
                with company.database.write() as inside:
                    migrations.stamp(inside)
                yield company
            except BaseException:
                self._open.pop(company_id).database.close()
                raise

    def version(self, company: Company) -> str:
        """The version of a company's tables."""
        return migrations.version(company.database)

    def upgrade(self) -> list[tuple[str, str, str]]:
        """Brings all tables to the newest version; for each company its domain, version before, version after."""
        self.set_up()
        done = []
        for company in self.companies():
            before = self.version(company)
            if before != migrations.HEAD:
                with self.database.write(alone=True):
                    if self.version(company) != migrations.HEAD:
                        migrations.upgrade(company.database)
            done.append((company.domain, before, self.version(company)))
        return done

    def companies(self) -> list[Company]:
        """Every company."""
        with self.database.read() as transaction:
            rows = transaction.rows(sa.select(companies.c.id, companies.c.domain).order_by(companies.c.id))
        return [self._company(*row) for row in rows]

    def company(self, company_id: int) -> Company | None:
        """One company, or None."""
        if company_id in self._open:
            return self._open[company_id]
        return next((company for company in self.companies() if company.id == company_id), None)

    def company_named(self, domain: str) -> Company | None:
        """The company with a domain, or None."""
        known = next((company for company in self._open.values() if company.domain == domain), None)
        return known or next((company for company in self.companies() if company.domain == domain), None)

    def issue_token(self, company_id: int, user_id: int) -> str:
        """A new API token for a user; the old one is void from now on. It is shown only once."""
        token = secrets.token_hex(20)
        with self.database.write() as transaction:
            transaction.execute(
                sa.delete(api_tokens).where(api_tokens.c.company_id == company_id, api_tokens.c.user_id == user_id)
            )
            transaction.insert(api_tokens, {"token_hash": hashed(token), "company_id": company_id, "user_id": user_id})
        return token

    def token_owner(self, token: str) -> TokenOwner | None:
        """Whom a token stands for, or None for one that is unknown or void."""
        rows = self.database.look_up(_TOKEN_OWNER, {"token_hash": hashed(token)})
        return TokenOwner(*rows[0]) if rows else None

    def change(self, work: Callable[[Transaction], T]) -> T:
        """Does some work on the platform's tables, again and alone when it had to give way."""
        return engines.change(self.database, work)

    def finish(self, statements: Iterable[str]) -> None:
        """Runs statements that were left for later (see `transfer.copy_company`), each for itself."""
        for statement in statements:
            with self.database.write(alone=True) as transaction:
                transaction.script(statement)

    def close(self) -> None:
        """Closes every database."""
        for company in self._open.values():
            company.database.close()
        self.database.close()
        if self._server is not None:
            self._server.close()

    def _company(self, company_id: int, domain: str) -> Company:
        with self._opening:
            if company_id not in self._open:
                files = open_files(self._files, domain, full_sync=self._full_sync)
                self._open[company_id] = Company(company_id, domain, self._company_database(domain), files)
            return self._open[company_id]

    def _company_database(self, domain: str) -> Database:
        if self._server is not None:
            return self._server.database("company_" + domain.replace("-", "_"))
        return self._sqlite(f"companies/{domain}.sqlite3")

    def _sqlite(self, name: str) -> SqliteDatabase:
        assert self._folder is not None
        return SqliteDatabase(self._folder / name, full_sync=self._full_sync, in_the_making=self._in_the_making)


def hashed(secret: str) -> str:
    """What is kept of a long random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
