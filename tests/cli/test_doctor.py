"""``dealwright doctor``, and when a server counts as one that nobody but this machine reaches."""

from __future__ import annotations

import pytest

from dealwright.cli import listening
from dealwright.isolation import levels
from dealwright.isolation.levels import LevelState
from tests.cli.command_result import Run


def test_the_levels_are_told_with_what_is_lacking(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    known = {level: LevelState(level, None if level == "C" else f"no {level} here") for level in levels.LEVELS}
    monkeypatch.setattr(levels, "probe", known.__getitem__)
    done = run("doctor")
    assert done.code == 0
    assert "A  namespaces by bubblewrap, Landlock, seccomp, limits: no: no A here" in done.out
    assert "C  Landlock, seccomp, limits; no namespaces, and no files: yes" in done.out
    assert "In use where only this machine reaches the server: C" in done.out
    assert "In use where others do: none, the editor is off" in done.out
    assert "60 s, 10 s of a processor, 512 MiB of memory, 1024 KiB of output" in done.out


def test_this_machine_is_told_as_it_is(run: Run) -> None:
    done = run("doctor")
    assert done.code == 0
    for one in levels.states():
        state = "yes" if one.reason is None else f"no: {one.reason}"
        assert f"{levels.DESCRIPTIONS[one.level]}: {state}" in done.out


@pytest.mark.parametrize(
    ("url", "is_local"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        ("http://[::1]:8000/", True),
        ("https://crm.example.com", False),
        ("https://127.0.0.1.example.com", False),
        ("nonsense", False),
    ],
)
def test_a_public_address_may_be_this_machine(url: str, is_local: bool) -> None:
    assert listening.leads_to_this_machine(url) is is_local
