"""Running commands in this process."""

from __future__ import annotations

import pytest

from dealwright.cli import main
from tests.cli.said import Run, Said


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Said:
        code = main(arguments)
        return Said(code, *capfd.readouterr())

    return run
