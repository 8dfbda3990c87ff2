"""What the disk or the database cannot do is answered with 503 and Retry-After, told apart in the log, and passes."""

from __future__ import annotations

import json
import re
import resource
import sqlite3
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from dealwright._database_errors import Problem
from dealwright.contract import catalogue
from dealwright.storage import engines, sqlite_files
from scripts.postgres import run_server as run_postgres
from tests import company
from tests.api import Api, Response
from tests.sandbox import run_serve_command

DEALS = "/api/v2/deals"
# For PostgreSQL they are made to happen by a trigger, as the server itself raises them.
SQLSTATES = {
    "53100": Problem.DISK_FULL,
    "53200": Problem.EXHAUSTED,
    "58030": Problem.DISK_FAILED,
    "XX001": Problem.DAMAGED,
    "57P01": Problem.UNREACHABLE,
    "25006": Problem.READ_ONLY,
}


def check_refused(response: Response, problem: Problem, caplog: pytest.LogCaptureFixture) -> None:
    """Checks that an answer says to try again, and that the log says why in one line without a traceback."""
    assert response.status == 503, response.body
    assert int(response.headers["retry-after"]) > 0
    record = next(record for record in reversed(caplog.records) if record.name.startswith("dealwright"))
    assert problem.label in record.getMessage()
    assert record.exc_info is None
    assert "\n" not in record.getMessage()
    caplog.clear()


@pytest.fixture
def sqlite_api(template_folder: Path, tmp_path: Path) -> Iterator[Api]:
    """Yields a client of a new company on SQLite."""
    client = company.open_api(company.copy_folder(template_folder, tmp_path / "platform"))
    yield client
    company.close(client)


@pytest.fixture
def postgres_api(postgres_url: str, tmp_path: Path) -> Iterator[Api]:
    """Yields a client of a new company on PostgreSQL."""
    company.create_company(postgres_url)
    client = company.open_api(postgres_url, files=str(tmp_path / "files"))
    yield client
    company.close(client)


def close_files(api: Api) -> None:
    """Closes all databases; the next use opens them anew."""
    api.principal.company.database.close()
    api.companies.platform.database.close()


def company_file(api: Api) -> Path:
    """Returns the company's SQLite file."""
    return api.companies.platform.folder / "companies" / f"{company.DOMAIN}.sqlite3"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Locks a file for writers."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin exclusive")
        yield


def with_pragma(monkeypatch: pytest.MonkeyPatch, pragma: str) -> None:
    """Makes a pragma hold for every connection that is opened from now on."""
    opened = sqlite_files.open_file

    def open_file(path: Path, **options: object) -> sqlite3.Connection:
        connection = opened(path, **options)  # type: ignore[arg-type]
        connection.execute(f"pragma {pragma}")
        return connection

    monkeypatch.setattr(sqlite_files, "open_file", open_file)


def test_a_full_file(sqlite_api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_api.post(DEALS, {"title": "First"})
    close_files(sqlite_api)
    with monkeypatch.context() as patch:
        with_pragma(patch, "max_page_count=1")
        body = {"content": "x" * 60_000, "deal_id": 1}
        for _ in range(3):
            check_refused(sqlite_api.post("/v1/notes", body), Problem.DISK_FULL, caplog)
        # Reading goes on.
        assert sqlite_api.get(f"{DEALS}/1").data["title"] == "First"
        close_files(sqlite_api)
    assert sqlite_api.post("/v1/notes", body).status < 300
    assert len(sqlite_api.get("/v1/notes").data) == 1


def test_a_file_that_becomes_read_only(
    sqlite_api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_files(sqlite_api)
    with monkeypatch.context() as patch:
        with_pragma(patch, "query_only=1")
        check_refused(sqlite_api.post(DEALS, {"title": "Second"}), Problem.READ_ONLY, caplog)
        close_files(sqlite_api)
    assert sqlite_api.post(DEALS, {"title": "Second"}).status < 300


def test_a_file_that_another_process_writes(
    sqlite_api: Api, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_SECONDS", 0.1)
    close_files(sqlite_api)
    with locked(company_file(sqlite_api)):
        check_refused(sqlite_api.post(DEALS, {"title": "Second"}), Problem.LOCKED, caplog)
    assert sqlite_api.post(DEALS, {"title": "Second"}).status < 300


@pytest.mark.parametrize("problem", [Problem.MISSING, Problem.DAMAGED])
def test_a_file_that_goes_away_or_is_overwritten(
    problem: Problem, sqlite_api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    file = company_file(sqlite_api)
    close_files(sqlite_api)
    content = file.read_bytes()
    if problem is Problem.MISSING:
        file.unlink()
    else:
        file.write_bytes(b"?" * len(content))
    check_refused(sqlite_api.get(DEALS), problem, caplog)
    check_refused(sqlite_api.post(DEALS, {"title": "Second"}), problem, caplog)
    assert file.exists() == (problem is Problem.DAMAGED)
    file.write_bytes(content)
    assert sqlite_api.post(DEALS, {"title": "Second"}).status < 300


def test_every_operation_says_that_the_database_cannot_be_used(
    sqlite_api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    token = {"x-api-token": sqlite_api.companies.platform.issue_token(1, 1)}
    close_files(sqlite_api)
    platform_file = sqlite_api.companies.platform.folder / "platform.sqlite3"
    content = platform_file.read_bytes()
    platform_file.write_bytes(b"?" * len(content))
    for entry in catalogue.entries().values():
        path = re.sub(r"{[^}]+}", "1", entry.path)
        if not path.startswith(("/v1/", "/api/")):
            continue
        for headers in (token, {"authorization": "Bearer v1u:1"}):
            check_refused(sqlite_api.send(entry.method, path, headers=headers), Problem.DAMAGED, caplog)
    form = b"grant_type=refresh_token&refresh_token=1"
    basic = {"authorization": f"Basic {b64encode(b'client:secret').decode()}"}
    content_type = "application/x-www-form-urlencoded"
    check_refused(sqlite_api.send("POST", "/oauth/token", form, content_type, headers=basic), Problem.DAMAGED, caplog)
    platform_file.write_bytes(content)
    assert sqlite_api.send("GET", "/v1/users/me", headers=token).status == 200


def test_a_limit_for_the_size_of_files(template_folder: Path, tmp_path: Path) -> None:
    location = company.copy_folder(template_folder, tmp_path / "platform")
    client = company.open_api(location)
    token = client.companies.platform.issue_token(1, 1)
    company.close(client)

    def add(url: str) -> tuple[int, str | None]:
        body = json.dumps({"content": "x" * 60_000, "user_id": 1, "org_id": 1}).encode()
        headers = {"x-api-token": token, "content-type": "application/json"}
        request = urllib.request.Request(f"{url}/v1/notes", body, headers)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, None
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["retry-after"]

    with run_serve_command("--database", location, "--port", "0", "--no-jobs") as (process, line):
        url = line.split()[-1]
        request = urllib.request.Request(
            f"{url}/api/v2/organizations",
            b'{"name": "Org"}',
            {"x-api-token": token, "content-type": "application/json"},
        )
        urllib.request.urlopen(request).close()
        unlimited = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, unlimited[1]))
        for _ in range(3):
            status, retry_after = add(url)
            assert status == 503
            assert retry_after
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, unlimited)
        assert add(url) == (200, None)


@pytest.mark.parametrize("state", SQLSTATES)
def test_what_postgresql_cannot_do(state: str, postgres_api: Api, caplog: pytest.LogCaptureFixture) -> None:
    with postgres_api.principal.company.database.write() as db:
        db.execute_sql(
            "create function company_tests.fail() returns trigger language plpgsql as "
            f"$$ begin raise exception 'cannot' using errcode = '{state}'; end $$; "
            "create trigger fail before insert on company_tests.deals execute function company_tests.fail()"
        )
    check_refused(postgres_api.post(DEALS, {"title": "One"}), SQLSTATES[state], caplog)
    with postgres_api.principal.company.database.write() as db:
        db.execute_sql("drop trigger fail on company_tests.deals")
    assert postgres_api.post(DEALS, {"title": "One"}).status < 300


@pytest.mark.parametrize(
    ("setting", "problem"),
    [("statement_timeout = 200", Problem.TIMEOUT), ("default_transaction_read_only = on", Problem.READ_ONLY)],
)
def test_settings_of_postgresql(
    setting: str, problem: Problem, postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import psycopg

    company.create_company(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute(f'alter database "{postgres_url.rpartition("/")[2]}" set {setting}'.encode())
    api = company.open_api(postgres_url, files=str(tmp_path / "files"))
    with psycopg.connect(postgres_url) as other:
        if problem is Problem.TIMEOUT:
            other.execute("lock table company_tests.deals in access exclusive mode")
            check_refused(api.get(DEALS), problem, caplog)
        else:
            check_refused(api.post(DEALS, {"title": "One"}), problem, caplog)
    company.close(api)


def test_all_connections_are_in_use(
    postgres_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "CONNECT_TIMEOUT_SECONDS", 2.5)
    company.create_company(postgres_url)
    api = company.open_api(postgres_url, files=str(tmp_path / "files"))
    with ExitStack() as users:
        for _ in range(10):
            users.enter_context(api.companies.platform.database.read())
        check_refused(api.get(DEALS), Problem.EXHAUSTED, caplog)
    assert api.get(DEALS).status == 200
    company.close(api)


def test_connections_that_are_cut(postgres_api: Api, postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    import psycopg

    assert postgres_api.post(DEALS, {"title": "One"}).status < 300
    with psycopg.connect(postgres_url, autocommit=True) as db:
        db.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() "
            "and pid <> pg_backend_pid()"
        )
    check_refused(postgres_api.post(DEALS, {"title": "Two"}), Problem.UNREACHABLE, caplog)
    assert postgres_api.post(DEALS, {"title": "Two"}).status < 300


def test_a_server_that_stops(tmp_path: Path, caplog: pytest.LogCaptureFixture, postgres_url: str) -> None:
    with ExitStack() as server:
        url = server.enter_context(run_postgres())
        company.create_company(url)
        api = company.open_api(url, files=str(tmp_path / "files"))
        assert api.post(DEALS, {"title": "One"}).status < 300
        server.close()
        for _ in range(2):
            check_refused(api.get(DEALS), Problem.UNREACHABLE, caplog)
        company.close(api)
