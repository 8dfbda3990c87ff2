"""Third-party clients, installed outside the checkout on first use, and the servers that they are run against."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clients.interception import intercept
from tests.clients.recording import LOG_OPTIONS, RequestLog
from tests.clients.running import Server
from tests.conftest import DATABASES, empty_postgres_database
from tests.sandbox import run_sandbox


@contextmanager
def _run_server(folder: Path, *options: str, database: str | None = None) -> Iterator[Server]:
    log, platform, files = folder / "requests.log", folder / "platform", folder / "files"
    for inside in (platform, files):
        inside.mkdir()
    arguments = ("--throwaway", "--port", "0", "--database", database or str(platform), *LOG_OPTIONS, *options)
    with (
        # A throw-away server keeps the content of files in a temporary folder, and databases in one in the given folder.
        run_sandbox(*arguments, wrapper=("env", f"TMPDIR={files}"), log=log) as sandbox,
        intercept(sandbox.url, folder) as through_proxy,
    ):
        location = database or str(next(platform.iterdir()))
        requests = RequestLog(log, sandbox.url)
        yield Server(sandbox, location, str(next(files.glob("dealwright-*"))), requests, through_proxy, folder)


@pytest.fixture(scope="module")
def sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yields a server over a new demo company on SQLite, which keeps account of who calls what."""
    with _run_on("sqlite", tmp_path_factory.mktemp("server")) as server:
        yield server


@contextmanager
def _run_on(database: str, folder: Path, *options: str) -> Iterator[Server]:
    if database == "sqlite":
        with _run_server(folder, *options) as server:
            yield server
        return
    with empty_postgres_database() as url, _run_server(folder, *options, database=url) as server:
        yield server


@pytest.fixture(scope="module", params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yields such a server on each database."""
    with _run_on(request.param, tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture(scope="module")
def empty_sqlite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yields a server over a company without records on SQLite."""
    with _run_on("sqlite", tmp_path_factory.mktemp("server"), "--empty") as server:
        yield server


@pytest.fixture(scope="module", params=DATABASES)
def empty_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yields a server over a company without records on each database."""
    with _run_on(request.param, tmp_path_factory.mktemp("server"), "--empty") as server:
        yield server
