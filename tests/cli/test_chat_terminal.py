"""The chat at a terminal: what a person types, sees and confirms."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright import run_connection_action
from tests.connectors.isolated_user import isolated_environment

PATIENCE = 60


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path) -> Iterator[None]:
    with isolated_environment(tmp_path):
        yield


class Terminal:
    """A terminal in which the chat runs."""

    def __init__(self) -> None:
        self._end, inner = pty.openpty()
        command = [sys.executable, "-m", "dealwright", "chat"]
        self.process = subprocess.Popen(
            command, stdin=inner, stdout=inner, stderr=inner, env={**os.environ, "TERM": "dumb"}
        )
        os.close(inner)
        self.shown = ""

    def see(self, text: str) -> None:
        """Waits until the terminal shows a text that it has not shown before."""
        end = time.monotonic() + PATIENCE
        start = len(self.shown)
        while text not in self.shown[start:].replace("\r", ""):
            assert time.monotonic() < end, f"{text!r} was not shown: {self.shown}"
            if select.select([self._end], [], [], 1)[0]:
                try:
                    self.shown += os.read(self._end, 65536).decode(errors="replace")
                except OSError:
                    raise AssertionError(f"It has ended: {self.shown}") from None

    def type(self, text: str) -> None:
        os.write(self._end, f"{text}\n".encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._end)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


def test_three_conversations(terminal: Terminal) -> None:
    terminal.see("Say what to do")
    terminal.type("create a deal")
    terminal.see("v2.post_deals needs data.title")
    terminal.type("Roof of the mill")
    terminal.see("Run it? yes or no")
    terminal.type("yes")
    terminal.see("Roof of the mill")
    terminal.type("Execute the action “get_deals” from my connector “local” using the params “{“status”: “open”}”.")
    terminal.see("Roof of the mill")
    terminal.type("run patch_deals_by_id {'id': 1, 'data': {'title': 'Wall of the mill'}}")
    terminal.see("“Roof of the mill” → “Wall of the mill”")
    terminal.type("yes")
    terminal.see("Running it.")
    terminal.type("undo")
    terminal.see("It is taken back.")
    terminal.type("exit")
    assert terminal.process.wait(PATIENCE) == 0
    assert [deal["title"] for deal in run_connection_action("local", "get_deals")["data"]] == ["Roof of the mill"]
