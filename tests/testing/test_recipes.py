"""The recipes of the manual for tests, run as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts import web
from tests.clients.running import find_client
from tests.testing.running import SOURCES, environment, run_pytest

MANUAL = Path(__file__).parents[2] / "docs" / "testing.md"
BLOCK = re.compile(r"^```\w+ tested (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RECIPES: dict[str, str] = dict(BLOCK.findall(MANUAL.read_text()))


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(RECIPES[name])


def run(folder: Path, *command: str, **variables: str) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment() | {"PYTHONPATH": str(SOURCES)} | variables, check=False,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_pytest(tmp_path: Path) -> None:
    write(tmp_path, "test_deals.py", "pytest.ini")
    assert "7 passed" in run_pytest(tmp_path, "-q")


def test_unittest(tmp_path: Path) -> None:
    write(tmp_path, "test_with_unittest.py")
    assert "OK" in run(tmp_path, sys.executable, "-W", "error", "-m", "unittest")


def link_packages(folder: Path, packages: str) -> None:
    """Has the packages that are installed elsewhere in a folder."""
    (folder / "node_modules").mkdir()
    for package in Path(packages).iterdir():
        (folder / "node_modules" / package.name).symlink_to(package)


def test_jest(tmp_path: Path) -> None:
    client = find_client("jest")
    write(tmp_path, "sandbox.cjs", "deals.test.js")
    link_packages(tmp_path, client.node_path)
    (tmp_path / "package.json").write_text("{}")
    said = run(tmp_path, client.interpreter, "node_modules/jest/bin/jest.js", "--ci")
    assert re.search(r"Tests: +2 passed, 2 total", said), said


def test_vitest(tmp_path: Path) -> None:
    vitest = web.FOLDER / "node_modules" / "vitest"
    if not vitest.exists():
        pytest.skip("Vitest is installed with the tools of the web app: python -m scripts.web tools")
    client = find_client("jest")
    write(tmp_path, "sandbox.cjs", "deals.test.mjs")
    link_packages(tmp_path, client.node_path)
    (tmp_path / "node_modules" / "vitest").symlink_to(vitest)
    [node] = web.programs().node
    said = run(tmp_path, node, "node_modules/vitest/vitest.mjs", "run", "--reporter=dot", NO_COLOR="1")
    assert re.search(r"Tests +1 passed", said), said


def read_step(name: str) -> str:
    """Returns the last step of a workflow, which the others have prepared: what they install is here already."""
    [job] = yaml.safe_load(RECIPES[name])["jobs"].values()
    *before, step = job["steps"]
    assert before[-1]["run"].startswith("pip install")
    return str(step["run"])


def test_github_actions(tmp_path: Path) -> None:
    write(tmp_path, "test_deals.py", "pytest.ini")
    program, *arguments = read_step(".github/workflows/tests.yml").split()
    assert program == "pytest"
    assert "7 passed" in run_pytest(tmp_path, *arguments)


def test_github_actions_with_a_sandbox(tmp_path: Path) -> None:
    said = run(tmp_path, "bash", "-eo", "pipefail", "-c", read_step(".github/workflows/sandbox.yml"))
    assert '"success":true' in said


def test_each_recipe_is_run() -> None:
    assert set(re.findall(r'"([^"\s]+)"', Path(__file__).read_text())) >= set(RECIPES)
