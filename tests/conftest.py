"""Databases and servers for the tests: each on SQLite, and on PostgreSQL where `make test` brings one up."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dealwright.cli import log_options
from scripts.postgres import VARIABLE
from tests import company
from tests.api import Api
from tests.browser import browser, page
from tests.limited_api import make_limited_api
from tests.sandbox import Sandbox, run_throwaway_sandbox

__all__ = ["browser", "make_limited_api", "page"]

DATABASES = ("sqlite", "postgresql")


@pytest.fixture(autouse=True)
def _settings() -> Iterator[None]:
    """Takes back the settings that commands which run in this process leave in the environment."""

    def read() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if name.startswith(("DEALWRIGHT_", "PGPASSWORD"))}

    before = read()
    yield
    for name in read():
        del os.environ[name]
    os.environ.update(before)


@pytest.fixture(autouse=True)
def _log_setup(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Takes back the set-up of the log, which commands that run in this process leave behind."""
    for variable in (log_options.FORMAT_VARIABLE, log_options.LEVEL_VARIABLE, log_options.REQUESTS_VARIABLE):
        monkeypatch.delenv(variable, raising=False)
    loggers = [logging.getLogger(name) for name in ("", "dealwright", "dealwright.requests")]
    levels, handlers = [logger.level for logger in loggers], loggers[0].handlers[:]
    yield
    logging.captureWarnings(False)
    loggers[0].handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@contextmanager
def empty_postgres_database(template: str = "template1") -> Iterator[str]:
    """Yields the URL of a new PostgreSQL database, a copy of ``template``; skips the test where there is no server."""
    import psycopg

    server = os.environ.get(VARIABLE)
    if not server:
        pytest.skip(f"PostgreSQL: {VARIABLE} is not set (`make test` sets it)")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
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


@contextmanager
def empty_location(database: str, folder: Path) -> Iterator[str]:
    """Yields where a platform can be set up: a place in a folder, or an empty PostgreSQL database."""
    if database == "sqlite":
        yield str(folder / "platform")
    else:
        with empty_postgres_database() as url:
            yield url


@pytest.fixture(params=DATABASES)
def location(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yields where a platform can be set up: an empty folder, then an empty PostgreSQL database."""
    with empty_location(request.param, tmp_path) as found:
        yield found


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
        yield from _checked(request, company.open_api(company.copy_folder(source, tmp_path / "platform")))
        return
    template = request.getfixturevalue("template_database")
    with empty_postgres_database(template.rpartition("/")[2]) as url:
        yield from _checked(request, company.open_api(url, files=str(tmp_path / "files")))


def _checked(request: pytest.FixtureRequest, client: Api) -> Iterator[Api]:
    """Yields a client; then looks for what cannot be right in the company, unless the test is ``damaging``."""
    yield client
    problems = [] if request.node.get_closest_marker("damaging") else company.find_problems(client)
    company.close(client)
    assert problems == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Writes what a test has printed and logged in a way in which a process can send it to another one."""
    report = yield
    report.sections = [(name, text.encode(errors="backslashreplace").decode()) for name, text in report.sections]
    return report
