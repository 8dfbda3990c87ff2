"""A fixture that runs commands in this process."""

from __future__ import annotations

import pytest

from dealwright.cli import main
from tests.cli.command_result import CommandResult, Run


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> CommandResult:
        code = main(arguments)
        return CommandResult(code, *capfd.readouterr())

    return run
