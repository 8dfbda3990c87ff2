"""The table of actions and the scenarios that have run them, in a folder that all processes of a test session share."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest


class Scenario(msgspec.Struct):
    """A test that has ended, the actions that it ran with success, and what came of taking each of those back that write."""

    test: str
    actions: list[str]
    undos: list[tuple[str, str]]


class ExercisedActions:
    """The scenarios that have ended so far."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(exist_ok=True)

    def add(self, test: str, actions: Iterable[str], undos: Iterable[tuple[str, str]]) -> None:
        """Adds a scenario; a reader sees all of it or nothing."""
        name = hashlib.sha256(test.encode()).hexdigest()
        draft = self._folder / f"{name}.draft"
        draft.write_bytes(msgspec.json.encode(Scenario(test, sorted(actions), [*undos])))
        draft.rename(self._folder / f"{name}.json")

    def scenarios(self) -> list[Scenario]:
        """Returns the scenarios that have ended."""
        return [msgspec.json.decode(one.read_bytes(), type=Scenario) for one in self._folder.glob("*.json")]


def open_table(factory: pytest.TempPathFactory) -> ExercisedActions:
    """Returns the table of this session, whichever of its processes asks."""
    folder = factory.getbasetemp()
    return ExercisedActions((folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "exercised-actions")
