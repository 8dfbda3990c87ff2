"""Procrastinate's tables are made with the platform and brought up to date by its own scripts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from dealwright.storage import procrastinate
from dealwright.storage.platform import Platform


def test_newer_scripts_are_run_once(postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    platform = Platform(postgres_url)
    platform.create_platform_tables()
    newer = tmp_path / "sql"
    shutil.copytree(procrastinate._scripts(), newer)
    (newer / "migrations" / "99.00.00_50_post_more.sql").write_text("create table procrastinate_more ()")
    monkeypatch.setattr(procrastinate, "_scripts", lambda: newer)
    platform.upgrade()
    platform.upgrade()
    with platform.database.read() as db:
        assert db.value(sa.text("select to_regclass('dealwright.procrastinate_more')")) is not None
    platform.close()


def test_it_claims_by_an_index(postgres_url: str) -> None:
    platform = Platform(postgres_url)
    platform.create_platform_tables()
    with platform.database.read() as db:
        settings = db.values(sa.text("select proconfig from pg_proc where proname = 'claim_job'"))
    assert len(settings) == 1
    assert "enable_sort=off" in settings[0]
    platform.close()
