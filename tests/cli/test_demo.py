"""``dealwright demo fill``: creating and filling a demo company."""

from __future__ import annotations

import re
import sys

import pytest

from dealwright.cli import main
from dealwright.crm.demo import copying


def test_a_new_company_is_created_and_filled(location: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "fill", "--database", location, "--deals", "20"]) == 0
    output = capsys.readouterr().out
    assert "20 deals, 8 organizations, 15 persons, 50 activities, 4 notes" in output
    assert re.search(r"\b[0-9a-f]{40}\b", output)
    assert main(["demo", "fill", "--database", location]) == 2
    assert "has records already" in capsys.readouterr().err


def test_very_many_deals_come_with_progress_on_a_terminal(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dealwright.cli.demo.MANY_DEALS", 60)
    monkeypatch.setattr(copying, "_BLOCK_SIZE", 30)
    assert main(["demo", "fill", "--database", str(tmp_path), "--deals", "60"]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    assert "has 60 deals" in captured.out
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["demo", "fill", "--database", f"{tmp_path}/more", "--deals", "60"]) == 0
    assert capsys.readouterr().err.splitlines() == ["30 deals", "60 deals"]
