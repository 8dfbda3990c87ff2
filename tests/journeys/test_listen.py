"""``dealwright listen`` beside a server: events are printed and forwarded, and its webhook is deleted at the end."""

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
from tests.jobs.processes import wait_until
from tests.receiver import run_receiver
from tests.sandbox import Sandbox, run_sandbox

COMMAND = str(Path(sys.executable).with_name("dealwright"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with run_sandbox("--throwaway", "--empty", "--port", "0") as sandbox:
        yield sandbox


@pytest.fixture
def client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Yields a client of the sandbox, which is the connection ``crm`` for all commands."""
    address = sandbox.url.replace("://", f"://{sandbox.api_token}@")
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_CRM", address)
    with Client(server("crm", sandbox.url, sandbox.api_token)) as client:
        yield client


@contextmanager
def run_listen(
    client: Client, *arguments: str, errors: IO[bytes] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Yields the command after it has created its webhook, and its output."""
    with tempfile.TemporaryFile("a+b") as output:
        command = [COMMAND, "listen", "-c", "crm", *arguments]
        process = subprocess.Popen(command, stdout=output, stderr=errors, stdin=subprocess.DEVNULL, env=os.environ)
        try:
            wait_until(lambda: client.run("v1.get_webhooks")["data"] or process.poll() is not None)
            yield process, output
        finally:
            process.kill()
            process.wait()


def read_lines(output: IO[bytes]) -> list[str]:
    return os.pread(output.fileno(), 1 << 20, 0).decode().splitlines()


def test_events_are_printed_until_it_is_interrupted(client: Client) -> None:
    with run_listen(client) as (process, output):
        assert main(["trigger", "deal.change", "-c", "crm"]) == 0
        wait_until(lambda: len(read_lines(output)) == 2)
        created, changed = read_lines(output)
        assert "create deal 1  Sample of dealwright trigger" in created
        assert changed.endswith("(value)")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert client.run("v1.get_webhooks")["data"] == []


def test_events_are_forwarded_and_retried_when_refused(client: Client, tmp_path: Path) -> None:
    with run_receiver() as receiver, (tmp_path / "errors").open("wb") as errors:
        receiver.get_status = lambda one: 500 if one.body["meta"]["attempt"] == 1 else 200
        arguments = ("-e", "create.person", "--json", "--forward", f"{receiver.url}/app")
        with run_listen(client, *arguments, errors=errors) as (process, output):
            assert main(["trigger", "person.create", "-c", "crm"]) == 0
            wait_until(lambda: len(read_lines(output)) == len(receiver.received) == 2)
            printed: list[Any] = [json.loads(line) for line in read_lines(output)]
            assert [one["meta"]["attempt"] for one in printed] == [1, 2]
            assert receiver.bodies == printed
            assert receiver.received[0].path == "/app"
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        told = (tmp_path / "errors").read_text().splitlines()
        assert [line for line in told if line.startswith(receiver.url)] == [
            f"{receiver.url}/app: 500",
            f"{receiver.url}/app: 200",
        ]
    assert client.run("v1.get_webhooks")["data"] == []


def test_unknown_events_are_refused(client: Client, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["listen", "-c", "crm", "-e", "nonsense"]) == 2
    assert main(["listen", "-c", "crm", "-e", "merged.deal"]) == 1
    assert "event_action" in capsys.readouterr().err
    assert client.run("v1.get_webhooks")["data"] == []
