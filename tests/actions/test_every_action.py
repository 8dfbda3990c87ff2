"""Every action is run by a scenario that looks at its effect. Scenarios are noted as they run, not listed by hand."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from dealwright.contract import catalogue
from tests.actions.exercised import ExercisedActions

PATIENCE_SECONDS = 300
FOLDER = Path(__file__).parent


def test_every_action_is_run_by_a_scenario(exercised_actions: ExercisedActions, request: pytest.FixtureRequest) -> None:
    expected = {
        item.nodeid for item in request.session.items if item.path.parent == FOLDER and item.path != Path(__file__)
    }
    modules = {FOLDER / Path(nodeid.partition("::")[0]).name for nodeid in expected}
    if modules != set(FOLDER.glob("test_*.py")) - {Path(__file__)}:
        pytest.skip("not all scenarios are part of this run")
    # Other processes may still be at theirs.
    end = time.monotonic() + PATIENCE_SECONDS
    while expected - {one.test for one in exercised_actions.scenarios()}:
        assert time.monotonic() < end, "scenarios have not ended"
        time.sleep(0.2)
    table: dict[str, list[str]] = {name: [] for name in catalogue.entries()}
    for scenario in exercised_actions.scenarios():
        for action in scenario.actions:
            table[action].append(scenario.test)
    assert [action for action, scenarios in table.items() if not scenarios] == []
