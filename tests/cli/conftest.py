"""Commands run in this process, as a user of their own, against a stubbed service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.cli import main
from dealwright.connectors.connections import add, server
from tests.cli.command_result import CommandResult, Run
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, StubService, run_service


@pytest.fixture
def isolated_user(tmp_path: Path) -> Iterator[None]:
    """Has commands find and leave nothing of this user."""
    with isolated_environment(tmp_path):
        yield


@pytest.fixture
def service(isolated_user: None) -> Iterator[StubService]:
    """Yields a service that answers as it is told, with the connection ``crm`` to it."""
    with run_service() as service:
        add(server("crm", service.url, TOKEN))
        yield service


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> CommandResult:
        code = main(arguments)
        return CommandResult(code, *capfd.readouterr())

    return run
