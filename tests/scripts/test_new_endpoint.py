"""The skeleton of an endpoint: it is complete, and what exists is unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import new_endpoint, reference

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = Path(os.environ.get(reference.VARIABLE) or reference.BESIDE)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Returns a copy of the files that skeletons are written into."""
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def handled(checkout: Path) -> set[str]:
    """Returns the names of all endpoints with handlers in a checkout, after comparing them with their declarations."""
    code = "from dealwright.server.binding import handlers; print(*(e.qualified_name for e, _ in handlers().values()))"
    environment = {**os.environ, "PYTHONPATH": str(checkout / "src")}
    return set(subprocess.check_output([sys.executable, "-c", code], text=True, env=environment).split())


def test_what_is_declared_gets_a_rule_a_handler_and_a_test(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    endpoint, name = "GET /v1/currencies", "v1.get_currencies"
    parts = ("src/dealwright/crm/deals", "src/dealwright/server/v1/deals", "tests/server/deals")
    files = {f"{part}/{'test_' if part.startswith('tests') else ''}currencies.py" for part in parts}
    for file in files:
        (checkout / file).unlink()
    assert new_endpoint.main([endpoint, "--root", str(checkout)]) == 0
    assert {line.removeprefix("wrote to ") for line in capsys.readouterr().out.splitlines()[:-1]} == files
    assert name in handled(checkout)
    assert new_endpoint.main([endpoint, "--root", str(checkout)]) == 0
    assert capsys.readouterr().out == "Nothing is missing.\n"


@pytest.mark.skipif(not DOCUMENTS.is_dir(), reason=f"the vendor's documents are not at hand: no folder {DOCUMENTS}")
def test_what_is_documented_is_declared_with_its_types(checkout: Path) -> None:
    declaration = checkout / "src/dealwright/contract/v2/deals/pipelines.py"
    for file in (declaration, checkout / "src/dealwright/server/v2/deals/pipelines.py"):
        file.unlink()
    for endpoint in ("GET /api/v2/pipelines", "POST /api/v2/pipelines", "DELETE /api/v2/pipelines/{id}"):
        assert new_endpoint.main([endpoint, "--root", str(checkout)]) == 0
    declared = declaration.read_text()
    for expected in (
        "class NewPipeline(V2Body, kw_only=True):",
        "    is_deal_probability_enabled: bool | UnsetType = UNSET",
        "page: CursorPaging",
        "-> Page[Pipeline]:",
        'scopes={"admin"}, cost=5',
        "def delete_pipelines_by_id(id: RecordId) -> Item[Deleted]:",
    ):
        assert expected in declared
    assert {"v2.get_pipelines", "v2.post_pipelines", "v2.delete_pipelines_by_id"} <= handled(checkout)


def test_what_exists_is_unchanged(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    module = checkout / "src/dealwright/server/v2/deals/stages.py"
    before = module.read_bytes()
    assert new_endpoint.main(["GET /api/v2/stages/{id}", "--root", str(checkout)]) == 0
    assert module.read_bytes() == before


def test_unknown_endpoints_are_refused(checkout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for endpoint, problem in (("GET /deals", "is not a method and a path below"), ("GET /v1/wizards", "--wing")):
        with pytest.raises(SystemExit) as exit:
            new_endpoint.main([endpoint, "--root", str(checkout)])
        assert exit.value.code == 2
        assert problem in capsys.readouterr().err
