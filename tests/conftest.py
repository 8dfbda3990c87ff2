"""Databases and servers for the tests: each on SQLite, and on PostgreSQL where `make test` brings one up."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scripts.postgres import VARIABLE
from tests import company
from tests.api import Api
from tests.browser import browser, page
from tests.sandbox import Sandbox, run_throwaway_sandbox

__all__ = ["browser", "page"]

DATABASES = ("sqlite", "postgresql")


@contextmanager
def empty_postgres_database(template: str = "template1") -> Iterator[str]:
    """Yields the URL of a new PostgreSQL database, a copy of ``template``; skips the test where there is no server."""
    import psycopg

    server = os.environ.get(VARIABLE)
    if not server:
        pytest.skip(f"PostgreSQL: {VARIABLE} is not set (`make test` sets it)")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template}")
    try:
        yield f"{server.rpartition('/')[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Yields an empty PostgreSQL database, for what only PostgreSQL does."""
    with empty_postgres_database() as url:
        yield url


@pytest.fixture(params=DATABASES)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yields where a platform can be set up: an empty folder, then an empty PostgreSQL database."""
    if request.param == "sqlite":
        yield str(tmp_path / "platform")
    else:
        with empty_postgres_database() as url:
            yield url


@pytest.fixture(scope="module", params=DATABASES)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Yields a server in a process of its own, over a new company; one for each module of tests and database."""
    if request.param == "sqlite":
        with run_throwaway_sandbox() as server:
            yield server
    else:
        with empty_postgres_database() as url, run_throwaway_sandbox(database=url) as server:
            yield server


@pytest.fixture(scope="session")
def template_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a platform with one company in a SQLite folder, to copy."""
    folder = tmp_path_factory.mktemp("template")
    company.create_company(str(folder))
    return folder


@pytest.fixture(scope="session")
def template_database() -> Iterator[str]:
    """Yields a platform with one company in a PostgreSQL database, to copy; empty where there is no server."""
    if not os.environ.get(VARIABLE):
        yield ""
        return
    with empty_postgres_database() as url:
        company.create_company(url)
        yield url


@pytest.fixture(scope="session")
def bucket_server() -> Iterator[str]:
    """Yields the address of a server that speaks the protocol of S3."""
    # Imported here, so that only tests with a bucket load the library of the server.
    from tests import s3_server

    with s3_server.run_server() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(bucket_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns an empty bucket, as ``s3://…``; the environment holds its address and the keys for it."""
    from tests import s3_server

    return s3_server.create_bucket(bucket_server, monkeypatch)


@pytest.fixture(params=DATABASES)
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    """Yields a client of a new company, as its admin, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        source = request.getfixturevalue("template_folder")
        client = company.open_api(company.copy_folder(source, tmp_path / "platform"))
        yield client
        company.close(client)
        return
    template = request.getfixturevalue("template_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        client = company.open_api(url, files=str(tmp_path / "files"))
        yield client
        company.close(client)
