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
from tests.sandbox import Sandbox, throwaway

__all__ = ["browser", "page"]

DATABASES = ("sqlite", "postgresql")


@contextmanager
def empty_postgres_database(template: str = "template1") -> Iterator[str]:
    """The URL of a PostgreSQL database of its own, a copy of ``template``; skips the test where there is no server."""
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
    """An empty PostgreSQL database, for what only PostgreSQL does."""
    with empty_postgres_database() as url:
        yield url


@pytest.fixture(params=DATABASES)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a platform can be set up: an empty folder, then an empty PostgreSQL database."""
    if request.param == "sqlite":
        yield str(tmp_path / "platform")
    else:
        with empty_postgres_database() as url:
            yield url


@pytest.fixture(scope="module", params=DATABASES)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A server in a process of its own, over a fresh company; one for each module of tests and database."""
    if request.param == "sqlite":
        with throwaway() as server:
            yield server
    else:
        with empty_postgres_database() as url, throwaway(database=url) as server:
            yield server


@pytest.fixture(scope="session")
def founded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A platform with one company in a SQLite folder, to copy."""
    folder = tmp_path_factory.mktemp("founded")
    company.found(str(folder))
    return folder


@pytest.fixture(scope="session")
def founded_database() -> Iterator[str]:
    """A platform with one company in a PostgreSQL database, to copy; empty where there is no server."""
    if not os.environ.get(VARIABLE):
        yield ""
        return
    with empty_postgres_database() as url:
        company.found(url)
        yield url


@pytest.fixture(params=DATABASES)
def api(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Api]:
    """A client of a fresh company, as its admin, on SQLite and then on PostgreSQL."""
    if request.param == "sqlite":
        source = request.getfixturevalue("founded_folder")
        client = company.open_api(company.copy_folder(source, tmp_path / "platform"))
        yield client
        company.close(client)
        return
    template = request.getfixturevalue("founded_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        client = company.open_api(url, files=str(tmp_path / "files"))
        yield client
        company.close(client)
