"""Servers with demo data and browsers that are signed in, shared by the tests of the web app."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx2
import pytest

from dealwright.server.web_app import FOLDER
from tests.conftest import DATABASES, empty_postgres_database
from tests.sandbox import Sandbox, run_sandbox
from tests.web.app_page import AXE, AppPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCREENSHOTS_VARIABLE = "DEALWRIGHT_SCREENSHOTS"


class Site(NamedTuple):
    """A server with the demo company, what it logs, the folder for pictures of its pages, and who is signed in there."""

    sandbox: Sandbox
    log: Path
    screenshots: Path
    cookies: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.sandbox.url

    def call(self, method: str, path: str, body: object = None) -> object:
        """Returns the ``data`` of a successful answer of the public API, as the admin with the API token."""
        headers = {"x-api-token": self.sandbox.api_token}
        answer = httpx2.request(method, f"{self.url}{path}", json=body, headers=headers, timeout=30)
        assert answer.status_code < 300, answer.text
        return answer.json()["data"]


@pytest.fixture(scope="session")
def screenshots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns the folder for pictures: one that is kept if the environment names it."""
    named = os.environ.get(SCREENSHOTS_VARIABLE)
    return Path(named) if named else tmp_path_factory.mktemp("screenshots")


@contextmanager
def database_url(name: str) -> Iterator[str | None]:
    """Yields an empty PostgreSQL database, or nothing for SQLite, where servers make one themselves."""
    if name == "sqlite":
        yield None
        return
    with empty_postgres_database() as url:
        yield url


@contextmanager
def run_site(database: str, log: Path, screenshots: Path, *arguments: str) -> Iterator[Site]:
    """Runs a server with demo data, and signs its admin in by the link that it prints."""
    with database_url(database) as url:
        options = [*arguments, "--throwaway", "--port", "0", "--log-requests", *(("--database", url) if url else ())]
        with run_sandbox(*options, log=log) as sandbox:
            yield Site(sandbox, log, screenshots / database, _sign_in_by_link(sandbox))


def _sign_in_by_link(sandbox: Sandbox) -> dict[str, str]:
    """Does what the page of the link does; returns the cookies that a browser keeps then."""
    with httpx2.Client(base_url=sandbox.url, timeout=30) as client:
        headers = {"x-csrf-token": client.get("/app/api/session").json()["csrf_token"]}
        token = sandbox.app["sign_in"].partition("token=")[2]
        answer = client.post("/app/api/session/link", json={"token": token}, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(client.cookies.items())


@pytest.fixture(scope="session", params=DATABASES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, screenshots: Path) -> Iterator[Site]:
    """Yields a server that all tests of the web app share, on SQLite and then on PostgreSQL."""
    assert (FOLDER / "index.html").exists(), "the web app has not been built: python -m scripts.web build"
    assert AXE.exists(), "axe is not installed: python -m scripts.web tools"
    with run_site(request.param, tmp_path_factory.mktemp("site") / "log", screenshots) as running:
        yield running


def open_session(url: str, cookies: Mapping[str, str] | None = None) -> httpx2.Client:
    """Returns a browser without pages, perhaps with somebody signed in."""
    client = httpx2.Client(base_url=url, cookies=dict(cookies or {}), timeout=30)
    client.headers["x-csrf-token"] = client.get("/app/api/session").json()["csrf_token"]
    return client


OpenApp = Callable[..., AppPage]


@pytest.fixture
def open_app(browser: Browser, site: Site) -> Iterator[OpenApp]:
    """Yields what opens a browser of its own: by default at the shared server, and signed in."""
    opened: list[AppPage] = []

    def open_one(
        where: Site = site, *, signed_in: bool = True, url: str = "", other_hosts: tuple[str, ...] = ()
    ) -> AppPage:
        cookies = where.cookies if signed_in else None
        app = AppPage(browser, url or where.url, where.screenshots, cookies=cookies, other_hosts=other_hosts)
        opened.append(app)
        return app

    yield open_one
    for app in opened:
        app.close()
    for app in opened:
        app.check()


@pytest.fixture
def app(open_app: OpenApp) -> AppPage:
    """Returns a browser in which the admin of the shared server is signed in."""
    return open_app()
