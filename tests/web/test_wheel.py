"""The wheel: built in a clean environment, installed in another one, away from the checkout, and opened in a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from scripts import web
from tests.sandbox import Sandbox, run_dealwright
from tests.web.app_page import AppPage

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.skipif("DEALWRIGHT_LONG_TESTS" not in os.environ, reason="takes minutes: make test-long")

# What a fresh clone has not.
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".ready", ".tools", "node_modules", "static", "generated", "__pycache__", ".*_cache", ".hypothesis"
)


def make_environment(folder: Path, *requirements: str) -> Path:
    """Makes an environment; returns its folder of programs."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    if requirements:
        subprocess.run([programs / "python", "-m", "pip", "install", "--quiet", *requirements], check=True, cwd=folder)
    return programs


def test_the_installed_wheel_serves_the_web_app(
    tmp_path: Path, browser: Browser, screenshots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    shutil.copytree(web.ROOT, tmp_path / "checkout", ignore=LEFT_OUT)
    builder = make_environment(tmp_path / "builder")
    command = (builder / "python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", tmp_path, ".")
    subprocess.run(command, cwd=tmp_path / "checkout", check=True)
    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "dealwright/web/static/index.html" in names
    assert not [name for name in names if "node_modules" in name or name.endswith((".ts", ".tsx", ".map"))]
    # Away from what it was built from.
    shutil.rmtree(tmp_path / "checkout")
    programs = make_environment(tmp_path / "elsewhere", f"dealwright[server] @ {wheel.as_uri()}")
    monkeypatch.chdir(tmp_path)
    arguments = ("serve", "--throwaway", "--port", "0")
    with run_dealwright(*arguments, program=programs / "dealwright") as (_, line):
        sandbox = msgspec.json.decode(line, type=Sandbox)
        app = AppPage(browser, sandbox.url, screenshots)
        app.page.goto(sandbox.app["sign_in"])
        app.wait_for_path("/connections")
        app.heading("Connections").wait_for()
        app.settle()
        app.close()
        app.check()
