"""One company in this process for each module, and a table of the actions that its scenarios run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import company
from tests.actions.exercised import ExercisedActions, open_table
from tests.actions.local_crm import LocalCrm
from tests.actions.runs import every_call_in_a_run
from tests.cli.conftest import run
from tests.connectors.isolated_user import isolated_environment

__all__ = ["run"]

FOLDER = Path(__file__).parent
LAST_MODULE = "test_every_action.py"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has the scenarios run after everything else, and the test over all of them last, also of other processes."""
    items.sort(key=lambda item: (item.path.parent == FOLDER, item.path.name == LAST_MODULE))


@pytest.fixture(scope="session")
def exercised_actions(tmp_path_factory: pytest.TempPathFactory) -> ExercisedActions:
    return open_table(tmp_path_factory)


@pytest.fixture(scope="module")
def local_company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCrm]:
    """Yields a new company, in which nothing contradicts itself after all scenarios of a module."""
    with (
        isolated_environment(tmp_path_factory.mktemp("local")),
        every_call_in_a_run(None) as runs,
    ):
        local = LocalCrm(runs=runs)
        yield local
        assert company.find_problems(local.as_user()) == []


@pytest.fixture
def crm(
    local_company: LocalCrm, exercised_actions: ExercisedActions, request: pytest.FixtureRequest
) -> Iterator[LocalCrm]:
    """Yields the company of the module, and notes afterwards which actions the scenario has run."""
    local_company.exercised.clear()
    local_company.undos.clear()
    yield local_company
    exercised_actions.add(request.node.nodeid, local_company.exercised, local_company.undos)
