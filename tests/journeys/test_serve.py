"""``dealwright serve`` and ``dealwright db`` as people and scripts use them."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright._database_errors import Problem
from dealwright.cli import main
from dealwright.crm import demo
from dealwright.crm.companies import Companies, system_clock
from dealwright.crm.integration.oauth import apps
from dealwright.storage import migrations, tables
from dealwright.storage.platform import Platform
from tests import company, form_browser
from tests.conftest import empty_postgres_database
from tests.sandbox import run_sandbox, run_serve_command
from tests.server_process import Connection, ServerProcess, run_server

# Prints whether this process created the company, and how many stages it has.
CREATE_COMPANY_SCRIPT = """
import sys
from dealwright.crm.companies import Companies
from dealwright.crm.provisioning import get_or_create_first_company
from dealwright.storage.platform import Platform

companies = Companies(Platform(sys.argv[1]))
company, is_new = get_or_create_first_company(companies, "one", name="One", owner_name="Owner", owner_email="owner@example.com")
with companies.unit_of_work(company, 1, write=False) as crm:
    print(is_new, len(crm.company_data.stages))
companies.platform.close()
"""

DEALWRIGHT_COMMAND = str(Path(sys.executable).with_name("dealwright"))


@pytest.fixture
def temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns an empty folder for the temporary files of the server."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_throwaway_company_leaves_nothing_behind(temporary_folder: Path, workers: str) -> None:
    started = time.monotonic()
    with run_serve_command("--throwaway", "--port", "0", "--workers", workers) as (process, line):
        print(f"ready after {time.monotonic() - started:.2f} s with {workers} worker(s)")
        ready = json.loads(line)
        assert set(ready) == {"url", "api_token", "company_domain", "oauth", "app"}
        assert set(ready["app"]) == {"sign_in", "email", "password"}
        assert set(ready["oauth"]) == {"client_id", "client_secret", "redirect_uri"}
        assert re.fullmatch(r"[0-9a-f]{40}", ready["api_token"])
        connection = Connection(ServerProcess(ready["url"], ready["api_token"], process))
        assert connection.call("GET", "/v1/users/me")["company_domain"] == ready["company_domain"]
        assert len(connection.call("GET", "/v1/deals")) == 100
        connection.close()
        assert any("sqlite3" in path.name for path in temporary_folder.rglob("*"))
        process.terminate()
        assert process.wait(20) == 0
    assert list(temporary_folder.iterdir()) == []


def test_a_throwaway_company_in_postgresql_leaves_nothing_behind(temporary_folder: Path) -> None:
    import psycopg

    schemas = "select count(*) from pg_namespace where nspname = 'dealwright' or nspname like 'company%'"
    with empty_postgres_database() as url:
        with run_sandbox("--throwaway", "--empty", "--port", "0", "--database", url) as sandbox:
            assert sandbox.url
            with psycopg.connect(url) as connection:
                assert connection.execute(schemas).fetchone() == (2,)
        with psycopg.connect(url) as connection:
            assert connection.execute(schemas).fetchone() == (0,)
    assert list(temporary_folder.iterdir()) == []


def test_a_throwaway_company_does_not_replace_one_that_is_to_be_kept() -> None:
    with empty_postgres_database() as url:
        company.create_company(url)
        command = [DEALWRIGHT_COMMAND, "serve", "--throwaway", "--port", "0", "--database", url]
        refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        assert refused.returncode == 2
        assert "not a throw-away one" in refused.stderr
        platform = Platform(url)
        assert [one.domain for one in platform.list_companies()] == [company.DOMAIN]
        platform.close()


def test_a_throwaway_company_replaces_one_that_was_killed() -> None:
    with empty_postgres_database() as url:
        for _ in range(2):
            with run_serve_command("--throwaway", "--empty", "--port", "0", "--database", url) as (process, line):
                assert json.loads(line)["company_domain"] == "company"
                process.kill()


def test_an_empty_throwaway_company(temporary_folder: Path) -> None:
    with run_serve_command("--throwaway", "--empty", "--port", "0", "--oauth-client-id", "mine") as (process, line):
        ready = json.loads(line)
        connection = Connection(ServerProcess(ready["url"], ready["api_token"], process))
        assert connection.call("GET", "/v1/deals") is None
        assert len(connection.call("GET", "/v1/stages")) == 5
        assert ready["oauth"]["client_id"] == "mine"
        connection.close()


def test_it_stops_cleanly_before_it_is_ready(temporary_folder: Path) -> None:
    command = [DEALWRIGHT_COMMAND, "serve", "--throwaway", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while not list(temporary_folder.iterdir()) and process.poll() is None:
            time.sleep(0.01)
        process.terminate()
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output, errors) == (0, b"", b"")
    assert list(temporary_folder.iterdir()) == []


def test_ctrl_c_stops_it_cleanly(temporary_folder: Path) -> None:
    with run_serve_command("--throwaway", "--empty", "--port", "0") as (process, _):
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert list(temporary_folder.iterdir()) == []


def test_a_demo_company_that_was_not_filled_is_filled_the_next_time(tmp_path: Path) -> None:
    location = str(tmp_path / "demo")
    platform = Platform(location)
    demo.get_or_create_demo_company(Companies(platform))
    platform.close()
    with run_serve_command("--demo", "--database", location, "--port", "0") as (_, first_line):
        assert "the company demo" in first_line
    platform = Platform(location)
    with platform.list_companies()[0].database.read() as db:
        assert db.value(sa.select(sa.func.count()).select_from(tables.deals)) == 2000
    platform.close()


def test_an_interrupted_creation_leaves_no_company(location: str) -> None:
    platform = Platform(location)
    platform.create_platform_tables()
    with pytest.raises(ZeroDivisionError), platform.new_company(company.DOMAIN):
        raise ZeroDivisionError
    assert platform.is_new()
    platform.close()
    company.create_company(location)
    platform = Platform(location)
    assert [one.domain for one in platform.list_companies()] == [company.DOMAIN]
    platform.close()


def test_processes_that_start_together_share_the_company_that_one_of_them_creates(location: str) -> None:
    command = [sys.executable, "-c", CREATE_COMPANY_SCRIPT, location]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    outputs = [process.communicate(timeout=60)[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * 4
    assert sorted(one[0] for one in outputs) == ["False", "False", "False", "True"]
    assert {one[1] for one in outputs} == {"5"}


def test_a_company_at_a_location_is_created_and_kept(tmp_path: Path) -> None:
    location = str(tmp_path / "own")
    with run_serve_command("--database", location, "--port", "0") as (process, first_line):
        assert "Dealwright serves the company company at http://127.0.0.1:" in first_line
        process.terminate()
        assert process.wait(20) == 0
    with run_server(location) as server:
        connection = Connection(server)
        id = connection.call("POST", "/v1/deals", {"title": "Kept"})["id"]
        connection.close()
    with run_server(location, "--full-sync") as server:
        connection = Connection(server)
        assert connection.call("GET", f"/v1/deals/{id}")["title"] == "Kept"
        connection.close()


@pytest.mark.parametrize("arguments", [[], ["--demo"]])
def test_a_company_at_a_location_asks_for_a_password(tmp_path: Path, arguments: list[str]) -> None:
    location = str(tmp_path / "own")
    company.create_company(location)
    platform = Platform(location)
    app, _ = apps.register(platform, apps.NewApp("App", ["https://app.example/"], []), system_clock())
    platform.close()
    with run_server(location, *arguments) as server:
        params = {"client_id": app.client_id, "redirect_uri": "https://app.example/"}
        page = form_browser.over_http(server.url).get("/oauth/authorize", **params)
    assert (page.status, [form for form in ("login", "consent") if f"/oauth/{form}" in page.text]) == (200, ["login"])


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with run_server(str(tmp_path / "one")) as server:
        port = server.url.rpartition(":")[2]
        command = [DEALWRIGHT_COMMAND, "serve", "--database", str(tmp_path / "two"), "--port", port]
        second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert second.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in " ".join(second.stderr.replace("│", " ").split())


@pytest.mark.parametrize("option", [[], ["--throwaway"]])
def test_a_database_that_does_not_answer(option: list[str]) -> None:
    command = [
        DEALWRIGHT_COMMAND,
        "serve",
        "--port",
        "0",
        "--database",
        "postgresql://nobody@127.0.0.1:1/nothing",
        *option,
    ]
    failed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert failed.returncode == Problem.UNREACHABLE.exit_code
    assert failed.stderr.startswith(
        "Error: postgresql://nobody@127.0.0.1:1/nothing cannot be reached (connection failed"
    )
    assert failed.stderr.count("\n") == 1


def test_listing_and_upgrading_companies(location: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "companies", "--database", location]) == Problem.MISSING.exit_code
    assert "there is no company" in capsys.readouterr().err
    company.create_company(location)
    assert main(["db", "companies", "--database", location]) == 0
    assert capsys.readouterr().out == f"1\ttests\t{migrations.HEAD}\n"
    assert main(["db", "upgrade", "--database", location]) == 0
    assert capsys.readouterr().out == f"tests: {migrations.HEAD}, nothing to do\n"


def test_a_new_token_makes_the_old_one_void(location: str, capsys: pytest.CaptureFixture[str]) -> None:
    company.create_company(location)
    tokens = []
    for arguments in ([], ["--company", "tests", "--user", "1"]):
        assert main(["db", "token", "--database", location, *arguments]) == 0
        tokens.append(capsys.readouterr().out.strip())
    platform = Platform(location)
    assert [platform.find_token_owner(token) for token in tokens] == [None, (1, 1)]
    platform.close()
    for arguments in (["--company", "others"], ["--user", "99"]):
        assert main(["db", "token", "--database", location, *arguments]) == 2
        assert "there is no" in capsys.readouterr().err
