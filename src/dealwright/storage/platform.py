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

from dealwright import _private_files
from dealwright._database_errors import Problem, UnusableDatabase, find_os_problem
from dealwright.storage import engines, migrations, paths, procrastinate
from dealwright.storage.encryption import Cipher
from dealwright.storage.engines import Database, PostgresServer, SqliteDatabase, Transaction
from dealwright.storage.file_stores import S3_SCHEME, open_files
from dealwright.storage.files import Files
from dealwright.storage.platform_tables import api_tokens, companies, oauth_apps, second_factors
from dealwright.storage.tables import company as company_table
from dealwright.storage.tables import connections, mail_accounts, webhooks
from dealwright.storage.types import PLATFORM_SCHEMA

T = TypeVar("T")

PLATFORM_FILE = "platform.sqlite3"
COMPANIES_FOLDER = "companies"

# Run for every request, and composed once.
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_TOKEN_OWNER = sa.select(api_tokens.c.company_id, api_tokens.c.user_id).where(
    api_tokens.c.token_hash == sa.bindparam("token_hash")
)


class DomainTaken(ValueError):
    """There is a company with this domain already."""


class Company(NamedTuple):
    """A company, its database, the content of its files, and what encrypts its secrets."""

    id: int
    domain: str
    database: Database
    files: Files
    cipher: Cipher


class UserRef(NamedTuple):
    """A user of a company."""

    company_id: int
    user_id: int


class ConnectionStatistics(NamedTuple):
    """Connections to databases that are in use and idle, and how many units of work wait for one."""

    used: int
    idle: int
    waiting: int


class Platform:
    """The companies in one place: a folder of SQLite files or a PostgreSQL database."""

    def __init__(
        self, location: str | Path, *, full_sync: bool = False, files: str | None = None, scratch: bool = False
    ) -> None:
        """Takes a folder, or the URL of a PostgreSQL database; ``files`` is the location of the content of files.

        Nothing is created, and nothing opened before it is used (`create_platform_tables`, `check`).
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
            self.database: Database = self._server.database(PLATFORM_SCHEMA, companies.name)
        else:
            _refuse_address(self._location, "postgresql://USER@HOST/DATABASE")
            self._folder = Path(location)
            # Folders of older versions may be open to others.
            _private_files.restrict(self._folder)
            for pattern in (COMPANIES_FOLDER, "*.sqlite3*", f"{COMPANIES_FOLDER}/*.sqlite3*"):
                _private_files.restrict_all(self._folder, pattern)
            self.database = self._sqlite(PLATFORM_FILE)
        self._files = files or paths.files_location(self.folder)
        if not self._files.startswith(S3_SCHEME):
            _refuse_address(self._files, "s3://BUCKET/PREFIX")
        self.cipher = Cipher(self.folder, self._has_secrets)

    @property
    def folder(self) -> Path:
        """The folder for data that are not in the platform's databases."""
        return self._folder or paths.postgres_folder(self._location)

    @property
    def name(self) -> str:
        """What messages call the platform: its folder, or the URL of the PostgreSQL database without the password."""
        return self._server.name if self._server else str(self._folder)

    @property
    def files_location(self) -> str:
        """The location of the content of files."""
        return self._files

    @property
    def server_url(self) -> str | None:
        """The URL of the PostgreSQL database; None for SQLite."""
        return self._server.url if self._server else None

    def is_new(self) -> bool:
        """Whether there is no company here yet.

        Raises `UnusableDatabase` when there are companies, and the database that knows them is not there.
        """
        # First, because another process may be creating both, and creates companies last.
        orphan = self._find_company_data()
        if self.database.has_data() and migrations.PLATFORM.is_there(self.database):
            with self.database.read() as transaction:
                return transaction.row(sa.select(companies.c.id).limit(1)) is None
        if orphan:
            raise UnusableDatabase(
                Problem.DAMAGED if self.database.has_data() else Problem.MISSING,
                self.database.name,
                f"there is {orphan}, which belongs to it",
            )
        return True

    def create_platform_tables(self) -> None:
        """Creates the platform: its folder, whose parent must be there, or its schema, and its own tables.

        Those that are there are upgraded. Processes that do this at the same time wait for each other. Raises
        `UnusableDatabase`.
        """
        if self._folder is not None:
            self._create_folders(self._folder)
        if not self.database.has_data() or not migrations.PLATFORM.is_there(self.database):
            migrations.PLATFORM.create(self.database)
        self._upgrade_platform_tables()

    def check(self, *, allow_older: bool = False) -> None:
        """Looks into every database. Raises `UnusableDatabase` for the first that cannot be used.

        With ``allow_older`` those of an older version may be used, too.
        """
        migrations.PLATFORM.check(self.database, allow_older=allow_older)
        for company in self.list_companies():
            migrations.COMPANY.check(company.database, allow_older=allow_older)

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
        if not _DOMAIN.fullmatch(domain):
            raise ValueError("A company domain is 1 to 40 lower-case letters, digits and inner hyphens")
        with self.database.write(exclusive=True) as transaction:
            if transaction.value(sa.select(companies.c.id).where(companies.c.domain == domain)):
                raise DomainTaken(f"There is already a company with the domain {domain}")
            company_id = transaction.insert(companies, {"domain": domain})
            # An earlier attempt that was interrupted may have left data.
            self._company_database(domain).drop()
            company = self._company(company_id, domain)
            try:
                migrations.COMPANY.create(company.database)
                yield company
            except BaseException:
                self._open_companies.pop(company_id).database.close()
                raise

    def adopt(self, company: Company) -> Company:
        """Takes in a company whose database is somewhere else, as the only one; returns it."""
        with self.database.write(exclusive=True) as transaction:
            transaction.insert(companies, {"id": company.id, "domain": company.domain})
        self.cipher = company.cipher
        self._open_companies[company.id] = company
        return company

    def tables_version(self, company: Company) -> str:
        """Returns the version of a company's tables."""
        return str(migrations.COMPANY.version(company.database))

    def upgrade(self) -> list[tuple[str, str, str]]:
        """Upgrades all tables to the newest version; returns for each company domain, version before, version after.

        Each database is upgraded in one transaction. None is when one of them cannot be used (`UnusableDatabase`).
        """
        self.check(allow_older=True)
        self._upgrade_platform_tables()
        done = []
        for company in self.list_companies():
            before = self.tables_version(company)
            migrations.COMPANY.upgrade(company.database, self.cipher.encrypt)
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

    def issue_token(self, company_id: int, user_id: int, time: str | None = None) -> str:
        """Creates and returns a new API token for a user; the old one is void from now on. Only its hash is stored.

        ``time`` is when it is made, for those who look at the list of tokens.
        """
        token = secrets.token_hex(20)
        owned = (api_tokens.c.company_id == company_id) & (api_tokens.c.user_id == user_id)

        def replace(transaction: Transaction) -> None:
            transaction.execute(sa.delete(api_tokens).where(owned))
            transaction.insert_later(
                api_tokens,
                {"token_hash": hash_secret(token), "company_id": company_id, "user_id": user_id, "add_time": time},
            )

        self.run_in_transaction(replace)
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

    def connection_statistics(self) -> ConnectionStatistics:
        """Returns the connections of this process to databases."""
        if self._server is not None:
            found = self._server.statistics()
            size, idle = found.get("pool_size", 0), found.get("pool_available", 0)
            return ConnectionStatistics(size - idle, idle, found.get("requests_waiting", 0))
        databases = [self.database, *(company.database for company in [*self._open_companies.values()])]
        counts = [one.count_connections() for one in databases if isinstance(one, SqliteDatabase)]
        opened, used = (sum(column) for column in zip(*counts, strict=True))
        return ConnectionStatistics(used, opened - used, 0)

    def close(self) -> None:
        """Closes every database."""
        for company in self._open_companies.values():
            company.database.close()
        self.database.close()
        if self._server is not None:
            self._server.close()

    def _has_secrets(self) -> bool:
        """Whether there are secrets that were encrypted: of apps, second factors, webhooks, mail accounts, connections.

        Those of older tables are plain text.
        """
        with self.database.read() as db:
            if db.row(sa.select(oauth_apps.c.id).where(oauth_apps.c.sealed_secret.is_not(None)).limit(1)):
                return True
            if self.database.has_table(db, second_factors) and db.row(sa.select(second_factors.c.user_id).limit(1)):
                return True
        sealed = sa.or_(webhooks.c.sealed_http_auth_password.is_not(None), webhooks.c.sealed_secret.is_not(None))
        sealed_connection = sa.or_(connections.c.sealed_token.is_not(None), connections.c.sealed_grant.is_not(None))
        for company in self.list_companies():
            version = self.tables_version(company)
            queries = [(migrations.FIRST_WITH_ENCRYPTED_WEBHOOKS, sa.select(webhooks.c.id).where(sealed))]
            queries.append((migrations.FIRST_WITH_MAIL_ACCOUNTS, sa.select(mail_accounts.c.id)))
            queries.append((migrations.FIRST_WITH_CONNECTIONS, sa.select(connections.c.id).where(sealed_connection)))
            for first, query in queries:
                if version >= first:
                    with company.database.read() as db:
                        if db.row(query.limit(1)):
                            return True
        return False

    def _create_folders(self, folder: Path) -> None:
        required = paths.required_folder(folder)
        if not required.is_dir():
            raise UnusableDatabase(Problem.MISSING, required, advice=f"Make or mount it: {folder} is made inside")
        try:
            _private_files.make_folder(folder)
            _private_files.make_folder(folder / COMPANIES_FOLDER)
        except OSError as error:
            raise UnusableDatabase(find_os_problem(error), folder, str(error.strerror)) from error

    def _upgrade_platform_tables(self) -> None:
        migrations.PLATFORM.upgrade(self.database, self.cipher.encrypt)
        if self._server is not None:
            procrastinate.install(self.database)

    def _find_company_data(self) -> str | None:
        """Returns the name of a company's database, whether the platform knows it or not; None if there is none."""
        if self._folder is not None:
            files = sorted((self._folder / COMPANIES_FOLDER).glob("*.sqlite3"))
            return next((str(file) for file in files if _DOMAIN.fullmatch(file.stem) and file.stat().st_size), None)
        with self.database.read() as transaction:
            schemas = transaction.values(
                sa.text(
                    "select nspname from pg_namespace where nspname like 'company\\_%' "
                    "and to_regclass(quote_ident(nspname) || '.alembic_version') is not null order by 1"
                )
            )
        return f"the schema {schemas[0]}" if schemas else None

    def _company(self, company_id: int, domain: str) -> Company:
        with self._open_lock:
            if company_id not in self._open_companies:
                files = open_files(self._files, domain, full_sync=self._full_sync)
                database = self._company_database(domain)
                self._open_companies[company_id] = Company(company_id, domain, database, files, self.cipher)
            return self._open_companies[company_id]

    def _company_database(self, domain: str) -> Database:
        if self._server is not None:
            return self._server.database(company_schema(domain), company_table.name)
        return self._sqlite(f"{COMPANIES_FOLDER}/{domain}.sqlite3")

    def _sqlite(self, name: str) -> SqliteDatabase:
        assert self._folder is not None
        return SqliteDatabase(self._folder / name, full_sync=self._full_sync, scratch=self._scratch)


def company_schema(domain: str) -> str:
    """Returns the PostgreSQL schema of a company."""
    return "company_" + domain.replace("-", "_")


def hash_secret(secret: str) -> str:
    """Returns the hash under which a long random secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _refuse_address(location: str, form: str) -> None:
    """Raises `UnusableDatabase` for what reads like an address of another kind, of which a folder would be made."""
    if paths.is_address(location):
        raise UnusableDatabase(Problem.MISSING, location, advice=f"Name a folder, or an address like {form}")
