"""Random operations on a company, in both versions of the API, compared with a model of it after every step."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests import company
from tests.api import Api
from tests.conftest import DATABASES, empty_postgres_database
from tests.journeys.conversion_rules import ConversionRules
from tests.journeys.deal_product_rules import DealProductRules
from tests.journeys.project_rules import ProjectRules

FUZZ_EXAMPLES = int(os.environ.get("DEALWRIGHT_FUZZ_EXAMPLES") or 0)
"""The number of random sequences of operations on each database; by default a few that are always the same."""

EXAMPLES = {"sqlite": FUZZ_EXAMPLES or 25, "postgresql": FUZZ_EXAMPLES or 2}
STEPS = 40


class CompanyStateMachine(DealProductRules, ConversionRules, ProjectRules):
    """All operations together."""


@contextmanager
def open_copied_folder(template: Path) -> Iterator[Api]:
    with TemporaryDirectory() as folder:
        api = company.open_api(company.copy_folder(template, Path(folder) / "platform"))
        yield api
        company.close(api)


@contextmanager
def open_copied_database(template: str) -> Iterator[Api]:
    with TemporaryDirectory() as folder, empty_postgres_database(template.rpartition("/")[2]) as url:
        api = company.open_api(url, files=folder)
        yield api
        company.close(api)


@pytest.mark.parametrize("database", DATABASES)
def test_the_company_agrees_with_the_model(database: str, request: pytest.FixtureRequest) -> None:
    def open_api() -> AbstractContextManager[Api]:
        if database == "sqlite":
            return open_copied_folder(request.getfixturevalue("template_folder"))
        return open_copied_database(request.getfixturevalue("template_database"))

    run_state_machine_as_test(
        lambda: CompanyStateMachine(open_api),  # type: ignore[arg-type]  # Any factory will do.
        settings=settings(
            derandomize=not FUZZ_EXAMPLES,
            database=None,
            deadline=None,
            report_multiple_bugs=False,
            max_examples=EXAMPLES[database],
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
