"""Every action is run by a scenario that looks at its effect, and those that write are taken back or say why they cannot be.

Scenarios and what came of taking back are noted as they run, not listed by hand.
"""

from __future__ import annotations

import time
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from dealwright.contract import catalogue
from tests.actions.exercised import ExercisedActions
from tests.actions.runs import NOTHING_CHANGED, TAKEN_BACK

PATIENCE_SECONDS = 300
FOLDER = Path(__file__).parent
NOT_TAKEN_BACK = {
    "v?.*_fields*": "the values of all records depend on the definition of a field",
    "v1.*_channels*": "it belongs to the app of a messenger",
    "v1.*_webhooks*": "what was sent to a webhook cannot be called back",
    "v1.*_meetings_user_provider_links*": "settings of one's own are not kept in the change log",
    "v1.put_*_merge": "two records have become one",
    "v2.post_*_convert_*": "everything on the record moves to the new one in the background",
    "v1.post_users": "somebody has been given an account",
    "v1.delete_persons_by_id_picture": "its content is removed from the store of files",
    "v2.delete_products_by_id_images": "its content is removed from the store of files",
    "v2.put_products_by_id_images": "its content is removed from the store of files",
}
"""Which actions cannot be taken back, by patterns, and what who tries is told."""


def test_every_action_is_run_by_a_scenario(exercised_actions: ExercisedActions, request: pytest.FixtureRequest) -> None:
    expected = {
        item.nodeid for item in request.session.items if item.path.parent == FOLDER and item.path != Path(__file__)
    }
    modules = {FOLDER / Path(nodeid.partition("::")[0]).name for nodeid in expected}
    if modules != set(FOLDER.glob("test_*.py")) - {Path(__file__)}:
        pytest.skip("not all scenarios are part of this run")
    # Other processes may still be at theirs.
    end = time.monotonic() + PATIENCE_SECONDS
    while missing := expected - {one.test for one in exercised_actions.scenarios()}:
        assert time.monotonic() < end, f"these scenarios have not ended: {sorted(missing)}"
        time.sleep(0.2)
    table: dict[str, list[str]] = {name: [] for name in catalogue.entries()}
    for scenario in exercised_actions.scenarios():
        for action in scenario.actions:
            table[action].append(scenario.test)
    assert [action for action, scenarios in table.items() if not scenarios] == []


def test_every_action_that_writes_is_taken_back_or_says_why_not(
    exercised_actions: ExercisedActions, request: pytest.FixtureRequest
) -> None:
    test_every_action_is_run_by_a_scenario(exercised_actions, request)
    outcomes: dict[str, set[str]] = {
        name: set() for name, entry in catalogue.entries().items() if entry.method != "GET" and "oauth" not in name
    }
    for scenario in exercised_actions.scenarios():
        for action, outcome in scenario.undos:
            outcomes[action].add(outcome)
    wrong = {}
    for action, found in outcomes.items():
        reason = next((one for pattern, one in NOT_TAKEN_BACK.items() if fnmatchcase(action, pattern)), None)
        refused = {one for one in found if reason is not None and f"cannot be taken back: {reason}" in one}
        if not (refused if reason else TAKEN_BACK in found) or found - refused - {TAKEN_BACK, NOTHING_CHANGED}:
            wrong[action] = found
    assert wrong == {}
