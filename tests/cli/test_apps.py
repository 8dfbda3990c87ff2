"""``dealwright apps`` and ``dealwright db password``."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from dealwright.cli import main
from dealwright.crm import logins
from dealwright.crm.oauth import apps, grants
from dealwright.crm.oauth.grants import Owner
from dealwright.crm.unit import system_clock
from dealwright.storage import sealing
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import platform_metadata
from tests import company
from tests.connectors.service import Reply, running

CALLBACK = "https://app.example/callback"
Run = Callable[..., str]


@pytest.fixture
def platform(location: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """A platform with one company; its location."""
    monkeypatch.setenv("DEALWRIGHT_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    company.found(location)
    return location


@pytest.fixture
def run(platform: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command on the platform; what it said, on standard error when it failed."""

    def run(*arguments: str, code: int = 0) -> str:
        assert main([*arguments, "--database", platform]) == code
        said = capsys.readouterr()
        return said.err if code else said.out

    return run


def add(run: Run, *arguments: str) -> dict[str, str]:
    made: dict[str, str] = json.loads(run("apps", "add", "Invoice Sync", "--redirect-uri", CALLBACK, *arguments))
    return made


def grant(location: str, client_id: str) -> str:
    """Lets an app in; its refresh token."""
    platform, owner = Platform(location), Owner(1, 1)
    app, token = apps.find(platform, client_id), grants.new_refresh_token(owner)
    assert app is not None
    grants.give(platform, app, owner, grants.new_access_token(), token, system_clock())
    platform.close()
    return token


def test_an_app_is_registered_shown_and_removed(run: Run, platform: str) -> None:
    made = add(run, "--scope", "deals:read", "--scope", "search:read")
    assert len(made["client_secret"]) == 40
    assert made["scopes"] == "base,deals:read,search:read"
    grant(platform, made["client_id"])
    listed = [{"client_id": made["client_id"], "name": "Invoice Sync", "users": 1}]
    assert json.loads(run("apps", "list")) == listed
    assert json.loads(run("apps", "show", made["client_id"])) == {
        "client_id": made["client_id"],
        "name": "Invoice Sync",
        "scopes": "base,deals:read,search:read",
        "redirect_uris": CALLBACK,
        "uninstall_url": CALLBACK,
        "users": "1.1",
    }
    secret = json.loads(run("apps", "rotate-secret", made["client_id"]))["client_secret"]
    assert secret != made["client_secret"]
    assert run("apps", "remove", made["client_id"]) == "Invoice Sync is gone\n"
    assert json.loads(run("apps", "list")) == []
    assert "there is no app" in run("apps", "show", made["client_id"], code=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--scope", "deals:everything"], "There is no scope deals:everything"),
        (["--client-id", "a b"], "A client id is"),
        (["--client-id", "taken"], "There is already an app with the client id taken"),
        (["--redirect-uri", "http://app.example/"], "must begin with https://"),
        (["--redirect-uri", "https://app.example/#part"], "holds a fragment"),
        (["--redirect-uri", "https://me@app.example/"], "holds a user name"),
        (["--redirect-uri", "javascript:alert(1)"], "must begin with https://"),
        (["--redirect-uri", "https://[app/"], "is not a valid address"),
        (["--uninstall-url", "ftp://app.example/"], "must begin with https://"),
    ],
)
def test_what_is_no_app(run: Run, arguments: list[str], said: str) -> None:
    add(run, "--client-id", "taken")
    refused = run("apps", "add", "Bad", "--redirect-uri", CALLBACK, *arguments, code=2)
    assert said in " ".join(refused.replace("│", " ").split())
    assert len(json.loads(run("apps", "list"))) == 1


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9/x", "http://[::1]:9/", "http://localhost/", "com.example.app:/x"])
def test_apps_of_a_device_are_called_back_on_it(run: Run, uri: str) -> None:
    assert add(run, "--redirect-uri", uri)["client_id"]


def test_an_app_is_told_that_it_is_uninstalled(run: Run, platform: str) -> None:
    with running() as service:
        service.answer(Reply(200, {}))
        made = add(run, "--uninstall-url", f"{service.url}/gone?for=good")
        grant(platform, made["client_id"])
        said = run("apps", "uninstall", made["client_id"], "--user", "1")
        assert said == "Invoice Sync is uninstalled\n"
        (asked,) = service.asked
    assert (asked.method, asked.path, asked.query) == ("DELETE", "/gone", {"for": ["good"]})
    credentials = b64encode(f"{made['client_id']}:{made['client_secret']}".encode()).decode()
    assert asked.headers["authorization"] == f"Basic {credentials}"
    assert set(asked.json) == {"client_id", "company_id", "user_id", "timestamp"}
    assert (asked.json["client_id"], asked.json["company_id"], asked.json["user_id"]) == (made["client_id"], 1, 1)
    assert json.loads(run("apps", "show", made["client_id"]))["users"] == ""
    assert "has not let Invoice Sync in" in run("apps", "uninstall", made["client_id"], "--user", "1", code=2)


def test_an_app_is_uninstalled_also_when_it_cannot_be_told(
    run: Run, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as service:
        made = add(run, "--uninstall-url", service.url)
        for reply in (Reply(500, {}), Reply(None)):
            service.answer(reply)
            grant(platform, made["client_id"])
            said = run("apps", "uninstall", made["client_id"], "--user", "1")
            assert said == "Invoice Sync is uninstalled; it could not be told\n"
        # Without the key nobody knows the secret any more.
        monkeypatch.setenv(sealing.VARIABLE, "another")
        grant(platform, made["client_id"])
        assert "could not be told" in run("apps", "uninstall", made["client_id"], "--user", "1")
        assert len(service.asked) == 2


def test_a_password_is_set_from_standard_input(run: Run, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a good pass phrase\n"))
    assert run("db", "password", "ADA@example.com") == "ada@example.com of tests has a new password\n"
    opened = Platform(platform)
    found = [
        logins.log_in(opened, "ada@example.com", given, "", system_clock())
        for given in ("a good pass phrase", "a good pass phrase\n")
    ]
    opened.close()
    assert found == [[Owner(1, 1)], []]
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "8 to 1000 characters" in run("db", "password", "ada@example.com", code=2)
    assert "there is no user nobody@example.com" in run("db", "password", "nobody@example.com", code=2)
    assert "there is no company other" in run("db", "password", "ada@example.com", "--company", "other", code=2)


def test_a_platform_that_was_made_before_there_were_apps(run: Run, platform: str) -> None:
    def drop_new_tables(db: Transaction) -> None:
        for table in platform_metadata.sorted_tables:
            if table.name not in ("companies", "api_tokens"):
                schema = opened.database.schema
                db.script(f"drop table {schema}.{table.name}" if schema else f"drop table {table.name}")

    opened = Platform(platform)
    token = opened.issue_token(1, 1)
    opened.change(drop_new_tables)
    with pytest.raises(Exception, match="oauth_apps"):
        apps.every(opened)
    opened.upgrade()
    assert apps.every(opened) == []
    assert opened.token_owner(token) == (1, 1)
    opened.change(drop_new_tables)
    opened.close()
    assert json.loads(run("apps", "list")) == []
    reopened = Platform(platform)
    with reopened.database.read() as db:
        for table in platform_metadata.sorted_tables:
            db.rows(sa.select(table))
    reopened.close()
