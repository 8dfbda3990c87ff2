"""The connection of commands that are given none."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.cli.command_result import Run
from tests.connectors.service import StubService

pytestmark = pytest.mark.usefixtures("isolated_user")


def test_commands_use_the_chosen_connection(run: Run, service: StubService, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("use").out.startswith("local  ")
    assert run("use", "crm").code == 0
    assert run("use").out == f"crm  {service.url}\n"
    assert run("run", "v2.get_deals").code == 0
    assert len(service.requests) == 1
    # What is given goes before it.
    assert run("run", "v2.get_deals", "-c", "nowhere").code == 3
    monkeypatch.setenv("DEALWRIGHT_CONNECTION", "elsewhere")
    assert "no connection 'elsewhere'" in run("run", "v2.get_deals").err
    monkeypatch.delenv("DEALWRIGHT_CONNECTION")
    assert run("use", "nowhere").code == 3
    assert run("use").out.startswith("crm  ")
    assert run("connections", "remove", "crm").code == 0
    assert run("use").out.startswith("local  ")


def test_the_chosen_connection_can_be_the_local_one_again(run: Run, service: StubService) -> None:
    run("use", "crm")
    assert run("use", "local").code == 0
    assert run("use").out.startswith("local  ")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_a_terminal_is_told_what_ran_and_where(run: Run, service: StubService) -> None:
    import pty

    controller, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "dealwright", "run", "get_deals", "-c", "crm"],
        stdout=subprocess.PIPE, stderr=terminal, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert os.read(controller, 4096).decode() == "v2.get_deals on 'crm'\r\n"
    os.close(terminal)
    os.close(controller)
    assert done.stdout.startswith("{")
