"""``dealwright apps`` and ``dealwright db password``."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.cli import main
from dealwright.crm.companies import Companies, system_clock
from dealwright.crm.demo import channels as demo_channels
from dealwright.crm.integration.oauth import apps, grants
from dealwright.crm.kernel.unit_of_work import UserRef
from dealwright.crm.team import logins
from dealwright.storage import encryption
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Platform
from dealwright.storage.platform_tables import platform_metadata
from tests import company
from tests.connectors.service import StubResponse, run_service

CALLBACK = "https://app.example/callback"
Run = Callable[..., str]


@pytest.fixture
def platform(location: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns the location of a platform with one company."""
    monkeypatch.setenv("DEALWRIGHT_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    company.create_company(location)
    return location


@pytest.fixture
def run(platform: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Returns a function that runs a command on the platform and returns its output, or its errors on failure."""

    def run(*arguments: str, code: int = 0) -> str:
        assert main([*arguments, "--database", platform]) == code
        captured = capsys.readouterr()
        return captured.err if code else captured.out

    return run


def add_app(run: Run, *arguments: str) -> dict[str, str]:
    made: dict[str, str] = json.loads(run("apps", "add", "Invoice Sync", "--redirect-uri", CALLBACK, *arguments))
    return made


def grant_access(location: str, client_id: str) -> str:
    """Grants an app access; returns its refresh token."""
    platform, owner = Platform(location), UserRef(1, 1)
    app, token = apps.find(platform, client_id), grants.new_refresh_token(owner)
    assert app is not None
    grants.create_grant(platform, app, owner, grants.new_access_token(), token, system_clock())
    platform.close()
    return token


def test_an_app_is_registered_shown_and_removed(run: Run, platform: str) -> None:
    made = add_app(run, "--scope", "deals:read", "--scope", "search:read")
    assert len(made["client_secret"]) == 40
    assert made["scopes"] == "base,deals:read,search:read"
    grant_access(platform, made["client_id"])
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
    ("arguments", "expected"),
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
def test_invalid_apps_are_refused(run: Run, arguments: list[str], expected: str) -> None:
    add_app(run, "--client-id", "taken")
    refused = run("apps", "add", "Bad", "--redirect-uri", CALLBACK, *arguments, code=2)
    assert expected in " ".join(refused.replace("│", " ").split())
    assert len(json.loads(run("apps", "list"))) == 1


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9/x", "http://[::1]:9/", "http://localhost/", "com.example.app:/x"])
def test_redirect_uris_on_a_device_are_accepted(run: Run, uri: str) -> None:
    assert add_app(run, "--redirect-uri", uri)["client_id"]


def test_an_app_is_notified_when_it_is_uninstalled(run: Run, platform: str) -> None:
    with run_service() as service:
        service.respond_with(StubResponse(200, {}))
        made = add_app(run, "--uninstall-url", f"{service.url}/gone?for=good")
        grant_access(platform, made["client_id"])
        output = run("apps", "uninstall", made["client_id"], "--user", "1")
        assert output == "Invoice Sync is uninstalled\n"
        (request,) = service.requests
    assert (request.method, request.path, request.query) == ("DELETE", "/gone", {"for": ["good"]})
    credentials = b64encode(f"{made['client_id']}:{made['client_secret']}".encode()).decode()
    assert request.headers["authorization"] == f"Basic {credentials}"
    assert set(request.json) == {"client_id", "company_id", "user_id", "timestamp"}
    assert (request.json["client_id"], request.json["company_id"], request.json["user_id"]) == (made["client_id"], 1, 1)
    assert json.loads(run("apps", "show", made["client_id"]))["users"] == ""
    assert "has not let Invoice Sync in" in run("apps", "uninstall", made["client_id"], "--user", "1", code=2)


def test_an_app_is_uninstalled_also_when_the_notification_fails(
    run: Run, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with run_service() as service:
        made = add_app(run, "--uninstall-url", service.url)
        for reply in (StubResponse(500, {}), StubResponse(None)):
            service.respond_with(reply)
            grant_access(platform, made["client_id"])
            output = run("apps", "uninstall", made["client_id"], "--user", "1")
            assert output == "Invoice Sync is uninstalled; it could not be told\n"
        # Without the key the secret cannot be decrypted.
        monkeypatch.setenv(encryption.SECRET_KEY_VARIABLE, "another")
        grant_access(platform, made["client_id"])
        assert "could not be told" in run("apps", "uninstall", made["client_id"], "--user", "1")
        assert len(service.requests) == 2


def test_a_password_is_set_from_standard_input(run: Run, platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("a good pass phrase\n"))
    assert run("db", "password", "ADA@example.com") == "ada@example.com of tests has a new password\n"
    opened = Platform(platform)
    found = [
        logins.log_in(opened, "ada@example.com", password, "", system_clock())
        for password in ("a good pass phrase", "a good pass phrase\n")
    ]
    opened.close()
    assert found == [[UserRef(1, 1)], []]
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert "8 to 1000 characters" in run("db", "password", "ada@example.com", code=2)
    assert "there is no user nobody@example.com" in run("db", "password", "nobody@example.com", code=2)
    assert "there is no company other" in run("db", "password", "ada@example.com", "--company", "other", code=2)


def test_upgrading_a_platform_without_app_tables(run: Run, platform: str) -> None:
    def drop_new_tables(db: Transaction) -> None:
        prefix = f"{opened.database.schema}." if opened.database.schema else ""
        for table in platform_metadata.sorted_tables:
            if table.name not in ("companies", "api_tokens"):
                db.execute_sql(f"drop table {prefix}{table.name}")
        db.execute_sql(f"alter table {prefix}api_tokens drop column add_time")

    opened = Platform(platform)
    token = opened.issue_token(1, 1)
    opened.run_in_transaction(drop_new_tables)
    with pytest.raises(Exception, match="oauth_apps"):
        apps.list_all(opened)
    opened.upgrade()
    assert apps.list_all(opened) == []
    assert opened.find_token_owner(token) == (1, 1)
    opened.run_in_transaction(drop_new_tables)
    opened.close()
    assert "db upgrade" in run("apps", "list", code=15)
    run("db", "upgrade")
    assert json.loads(run("apps", "list")) == []
    reopened = Platform(platform)
    with reopened.database.read() as db:
        for table in platform_metadata.sorted_tables:
            db.rows(sa.select(table))
    reopened.close()


def test_an_app_has_a_manifest(run: Run, tmp_path: Path) -> None:
    id = add_app(run)["client_id"]
    assert run("apps", "manifest", id) == ""
    channel = "https://app.example/:providerChannelId"
    endpoints = {
        "getConversations": channel,
        "getConversationById": f"{channel}/:sourceConversationId",
        "postMessage": channel,
    }
    file = tmp_path / "manifest.json"
    file.write_text(json.dumps({"version": "v1", "endpoints": endpoints}))
    run("apps", "manifest", id, str(file))
    assert json.loads(run("apps", "manifest", id)) == {"version": "v1", "endpoints": endpoints}
    file.write_text("{}")
    assert "manifest.json" in run("apps", "manifest", id, str(file), code=2)
    assert json.loads(run("apps", "manifest", id))["version"] == "v1"
    run("apps", "manifest", id, "--remove")
    assert run("apps", "manifest", id) == ""


def test_channels_are_listed_with_their_conversations(run: Run, platform: str) -> None:
    opened = Platform(platform)
    with Companies(opened).unit_of_work(opened.list_companies()[0], 1, write=True) as crm:
        demo_channels.set_up(crm, system_clock())
    opened.close()
    [channel] = json.loads(run("channels", "list", "-o", "json"))
    assert (channel["name"], channel["history"]) == ("Website chat", "none")
    found = json.loads(run("channels", "conversations", channel["id"], "-o", "json"))
    assert [(one["with"], one["messages"]) for one in found] == [("visitor-1", 3), ("visitor-2", 2), ("visitor-3", 1)]
    assert found[1]["last_message"].startswith("There is.")
    assert "Channel not found." in run("channels", "conversations", "1", code=2)
