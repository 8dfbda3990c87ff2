"""Sandboxes of a day are copies of one demo company."""

from __future__ import annotations

import time
from pathlib import Path

import httpx2
import psycopg
import pytest

from tests.conftest import empty_postgres_database
from tests.sandbox import Sandbox, run_sandbox


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("DEALWRIGHT_CACHE_DIR", str(folder))
    return folder


def get(sandbox: Sandbox, path: str) -> httpx2.Response:
    return httpx2.get(f"{sandbox.url}{path}", headers={"x-api-token": sandbox.api_token})


def test_copies_have_the_same_records_and_nothing_else_in_common(cache: Path) -> None:
    with run_sandbox("--throwaway", "--port", "0") as first:
        deals = get(first, "/api/v2/deals?limit=500").json()["data"]
        files = get(first, "/v1/files").json()["data"]
        content = get(first, f"/v1/files/{files[0]['id']}/download").content
        httpx2.post(f"{first.url}/api/v2/deals", headers={"x-api-token": first.api_token}, json={"title": "Mine"})
        (template,) = (cache / "demo").iterdir()
        made = template.stat().st_mtime_ns
        with run_sandbox("--throwaway", "--port", "0") as second:
            assert get(second, "/api/v2/deals?limit=500").json()["data"] == deals
            assert get(second, f"/v1/files/{files[0]['id']}/download").content == content
            last = get(second, "/api/v2/deals?limit=1&sort_by=id&sort_direction=desc").json()["data"]
            assert last[0]["title"] != "Mine"
            assert second.api_token != first.api_token
            assert get(Sandbox(second.url, first.api_token, ""), "/v1/users/me").status_code == 401
    assert [(one, one.stat().st_mtime_ns) for one in (cache / "demo").iterdir()] == [(template, made)]


def test_postgresql_gets_the_same_records(cache: Path) -> None:
    with run_sandbox("--throwaway", "--port", "0") as sqlite:
        deals = get(sqlite, "/api/v2/deals?limit=500").json()["data"]
        found = get(sqlite, "/api/v2/itemSearch?term=renewal&limit=50").json()["data"]["items"]
        files = get(sqlite, "/v1/files").json()["data"]
        content = get(sqlite, f"/v1/files/{files[0]['id']}/download").content
    for _ in range(2):
        with empty_postgres_database() as url, run_sandbox("--throwaway", "--port", "0", "--database", url) as postgres:
            assert get(postgres, "/api/v2/deals?limit=500").json()["data"] == deals
            assert get(postgres, f"/v1/files/{files[0]['id']}/download").content == content
            assert get(postgres, "/api/v2/itemSearch?term=renewal&limit=50").json()["data"]["items"] == found
            wait_for_indexes(url)
    (template,) = (cache / "demo").iterdir()
    assert {one.name for one in template.iterdir()} == {"files", "platform", "postgresql"}


def wait_for_indexes(url: str) -> None:
    """Waits until the last of the indexes exists that are built after the server has started to answer."""
    deadline = time.monotonic() + 30
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("select to_regclass('company_demo.ix_search_texts_text')").fetchone() == (None,):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_old_templates_are_deleted_and_unfinished_ones_stay(cache: Path) -> None:
    yesterday, unfinished = cache / "demo" / "2001-01-01-0123456789abcdef", cache / "demo" / "made-x"
    for folder in (yesterday, unfinished):
        folder.mkdir(parents=True)
    with run_sandbox("--throwaway", "--port", "0"):
        left = {one.name for one in (cache / "demo").iterdir()}
    assert yesterday.name not in left
    assert unfinished.name in left
    assert len(left) == 2


def test_an_unusable_cache_is_ignored(cache: Path) -> None:
    cache.write_text("in the way")
    with run_sandbox("--throwaway", "--port", "0") as sandbox:
        assert len(get(sandbox, "/api/v2/deals?limit=500").json()["data"]) == 500
