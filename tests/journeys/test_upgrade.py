"""A platform of 26 November 2026 is upgraded by processes that are killed on the way, and is complete afterwards."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.integration.oauth import apps, grants
from dealwright.crm.team import logins
from dealwright.storage import migrations
from dealwright.storage.encryption import SECRET_KEY_VARIABLE
from dealwright.storage.engines import is_postgres
from dealwright.storage.platform import Platform, UserRef
from dealwright.storage.tables import webhooks
from tests import company, old_company
from tests.api import Api
from tests.conftest import empty_postgres_database

KILLS = 20
ALL_KILLS = 0
# What the API shows otherwise today, or with every answer: see migration 0007, and the changelog.
CHANGED = ("timezone_id", "public_url", "filtering_allowed", "pinned_to_task_flag")
RENAMED = {"label": "label_ids"}
ADDED_FIELDS = {"website", "linkedin", "industry", "annual_revenue", "employee_count"}
RECENTS = "/v1/recents"


@contextmanager
def another_location(location: str, tmp_path: Path) -> Iterator[str]:
    """Yields an empty location of the same kind."""
    if is_postgres(location):
        with empty_postgres_database() as url:
            yield url
    else:
        yield str(tmp_path / "another")


def upgrade_killed(location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[int]:
    """Restores the old state twice, and runs `tests.killed_upgrade` on it; returns the numbers that it prints."""
    monkeypatch.setenv(SECRET_KEY_VARIABLE, old_company.restore(location, tmp_path / "files"))
    first, *others = arguments
    with another_location(location, tmp_path) as counted:
        old_company.restore(counted, tmp_path / "files")
        order = [first, counted, location] if first == "fail-last" else [counted, location, first]
        command = [sys.executable, "-m", "tests.killed_upgrade", *order, *others]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return [int(number) for number in done.stdout.split()]


@pytest.fixture
def kills() -> int:
    """Returns the number of kills: at every place for the long tests."""
    return ALL_KILLS if os.environ.get("DEALWRIGHT_LONG_TESTS") else KILLS


def test_an_old_company_is_complete_after_an_upgrade_that_was_killed(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kills: int
) -> None:
    killed, places = upgrade_killed(location, tmp_path, monkeypatch, str(kills))
    print(f"{killed} kills at {places} places")
    assert killed >= (kills or KILLS)
    api = company.open_api(location, files=str(tmp_path / "files"))
    compare_answers(api, location)
    check_platform(api)
    check_writes(api)
    company.close(api)
    if not is_postgres(location):
        check_copies(Path(location))


def test_a_last_statement_that_fails_leaves_the_old_state(
    location: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [places] = upgrade_killed(location, tmp_path, monkeypatch, "fail-last")
    assert places > KILLS
    api = company.open_api(location, files=str(tmp_path / "files"))
    compare_answers(api, location)
    company.close(api)


def compare_answers(api: Api, location: str) -> None:
    """Compares what the API answers with what it answered when the company was dumped."""
    for target, old in old_company.answers(location).items():
        path, has_query, query = target.partition("?")
        raw_query = query if has_query else "limit=100"
        new = api.send("GET", path, raw_query=raw_query.encode()).data
        if path == RECENTS:
            shown = {(item["item"], item["id"]) for item in new}
            assert {(item["item"], item["id"]) for item in old} <= shown
        else:
            if path == "/v1/organizationFields":
                assert {field["key"] for field in new} >= ADDED_FIELDS
                new = [field for field in new if field["key"] not in ADDED_FIELDS]
            assert list(find_differences(path, old, new)) == []


def find_differences(path: str, old: Json, new: Json) -> Iterator[str]:
    """Yields where two answers differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old.keys() | new.keys():
            if name not in CHANGED:
                yield from find_differences(f"{path}.{name}", old.get(name), new.get(name))
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for place, (one, other) in enumerate(zip(old, new, strict=True)):
            yield from find_differences(f"{path}[{place}]", one, other)
    elif old != new and not (isinstance(old, str) and RENAMED.get(old) == new):
        yield f"{path}: {old} is {new}"


def check_platform(api: Api) -> None:
    """Checks tokens, apps, grants and log-ins."""
    platform, now = api.companies.platform, api.clock()
    assert api.send("GET", "/v1/users/me", headers={"x-api-token": old_company.API_TOKEN}).data["name"] == "Ada Admin"
    assert grants.authenticate(platform, old_company.ACCESS_TOKEN, now) is not None
    assert [app.name for app in apps.list_all(platform)] == ["Old app"]
    assert logins.log_in(platform, "ada@example.com", old_company.PASSWORD, "127.0.0.1", now) == [UserRef(1, 1)]


def check_writes(api: Api) -> None:
    """Creates, changes and deletes records, and has webhooks and files used."""
    deal = api.post("/api/v2/deals", {"title": "Added", "value": 7, "person_id": 1}).data
    assert deal["id"] == 10
    assert api.patch("/api/v2/deals/1", {"title": "Changed"}).data["title"] == "Changed"
    assert api.get("/api/v2/deals/search", term="Added").data["items"][0]["item"]["id"] == 10
    assert api.delete("/api/v2/deals/10").status == 200
    assert api.get("/v1/files/1/download").status == 200
    with api.principal.company.database.read() as db:
        rows = db.values(sa.select(webhooks.c.sealed_http_auth_password))
    assert [api.companies.platform.cipher.decrypt(text) for text in rows] == [old_company.WEBHOOK_PASSWORD]


def check_copies(folder: Path) -> None:
    """Checks that each file was copied as it was, for its owner alone, and that nothing else is left."""
    copies = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*before-upgrade*"))
    assert copies == ["companies/tests.before-upgrade.sqlite3", "platform.before-upgrade.sqlite3"]
    for name in copies:
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    with closing(sqlite3.connect(folder / copies[0])) as copy:
        assert copy.execute("select version_num from alembic_version").fetchall() == [(old_company.VERSION,)]
        assert copy.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert copy.execute("select count(*) from deals").fetchall() == [(9,)]
    files = [path for path in folder.rglob("*.sqlite3*") if "before-upgrade" not in path.name]
    assert old_company.WEBHOOK_PASSWORD.encode() not in b"".join(path.read_bytes() for path in files)


def test_a_copy_can_be_put_back_and_is_replaced_by_the_next_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    location = tmp_path / "platform"
    monkeypatch.setenv(SECRET_KEY_VARIABLE, old_company.restore(str(location), tmp_path / "files"))
    file = location / "companies" / f"{old_company.DOMAIN}.sqlite3"
    copy = file.with_name(f"{old_company.DOMAIN}.before-upgrade.sqlite3")
    for _ in range(2):
        caplog.clear()
        platform = Platform(location)
        assert platform.upgrade() == [(old_company.DOMAIN, old_company.VERSION, migrations.HEAD)]
        platform.close()
        assert any(str(copy) in message for message in caplog.messages)
        file.unlink()
        file.write_bytes(copy.read_bytes())


def test_a_platform_without_versions_that_lacks_tables_gets_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = tmp_path / "platform"
    monkeypatch.setenv(SECRET_KEY_VARIABLE, old_company.restore(str(location), tmp_path / "files"))
    with closing(sqlite3.connect(location / "platform.sqlite3")) as db:
        db.execute("drop table token_spending")
        db.execute("drop table browser_sessions")
        db.commit()
    platform = Platform(location)
    platform.upgrade()
    platform.check()
    platform.close()
    with closing(sqlite3.connect(location / "platform.sqlite3")) as db:
        tables = {name for (name,) in db.execute("select name from sqlite_master where type = 'table'")}
    assert {"token_spending", "browser_sessions", "alembic_version"} <= tables
