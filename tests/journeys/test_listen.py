"""``dealwright listen`` beside a server: what happens is printed and sent on, and nothing stays behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest

from dealwright.cli import main
from dealwright.connectors.client import Client
from dealwright.connectors.connections import server
from tests.jobs.processes import until
from tests.receiver import receiving
from tests.sandbox import Sandbox, serving

COMMAND = str(Path(sys.executable).with_name("dealwright"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serving("--throwaway", "--empty", "--port", "0") as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A client of the sandbox, which is the connection ``crm`` for all commands."""
    address = sandbox.url.replace("://", f"://{sandbox.api_token}@")
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_CRM", address)
    with Client(server("crm", sandbox.url, sandbox.api_token)) as client:
        yield client


@contextmanager
def listening(client: Client, *arguments: str) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The command, which has made its webhook."""
    with tempfile.TemporaryFile("a+b") as output:
        command = [COMMAND, "listen", "-c", "crm", *arguments]
        process = subprocess.Popen(command, stdout=output, stdin=subprocess.DEVNULL, env=os.environ)
        try:
            until(lambda: client.run("v1.get_webhooks")["data"] or process.poll() is not None)
            yield process, output
        finally:
            process.kill()
            process.wait()


def lines(output: IO[bytes]) -> list[str]:
    return os.pread(output.fileno(), 1 << 20, 0).decode().splitlines()


def test_events_are_printed_until_it_is_interrupted(client: Client) -> None:
    with listening(client) as (process, output):
        assert main(["trigger", "deal.change", "-c", "crm"]) == 0
        until(lambda: len(lines(output)) == 2)
        created, changed = lines(output)
        assert "create deal 1  Sample of dealwright trigger" in created
        assert changed.endswith("(value)")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert client.run("v1.get_webhooks")["data"] == []


def test_events_are_sent_on_and_what_is_refused_is_told_again(client: Client) -> None:
    with receiving() as receiver:
        receiver.answering = lambda one: 500 if one.body["meta"]["attempt"] == 1 else 200
        arguments = ("-e", "create.person", "--json", "--forward", f"{receiver.url}/app")
        with listening(client, *arguments) as (process, output):
            assert main(["trigger", "person.create", "-c", "crm"]) == 0
            until(lambda: len(lines(output)) == 2)
            printed: list[Any] = [json.loads(line) for line in lines(output)]
            assert [one["meta"]["attempt"] for one in printed] == [1, 2]
            assert receiver.bodies == printed
            assert receiver.received[0].path == "/app"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
    assert client.run("v1.get_webhooks")["data"] == []


def test_what_cannot_be_listened_to_is_refused(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", "-c", "crm", "-e", "nonsense"]) == 2
    assert main(["listen", "-c", "crm", "-e", "merged.deal"]) == 1
    assert "event_action" in capsys.readouterr().err
    assert client.run("v1.get_webhooks")["data"] == []
