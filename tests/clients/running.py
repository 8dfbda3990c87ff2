"""Runs a scenario of a client in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from scripts import clients
from scripts.apt import Unavailable
from tests.clients.recording import Call, RequestLog, check_calls
from tests.sandbox import Sandbox

SCENARIOS = Path(__file__).with_name("scenarios")
TIMEOUT_SECONDS = 120


class Server(NamedTuple):
    """A server under test, where its database and its files are, its log, and a folder.

    ``through_proxy`` are the variables that send a client's calls to the vendor there.
    """

    sandbox: Sandbox
    database: str
    files: str
    log: RequestLog
    through_proxy: dict[str, str]
    folder: Path


class Run(NamedTuple):
    """What a process printed, and the requests that came in meanwhile."""

    output: str
    calls: list[Call]

    @property
    def summary(self) -> Any:
        """The JSON in the last line."""
        return json.loads(self.output.splitlines()[-1])


def find_client(name: str) -> clients.Installed:
    """Returns a client; skips the test where it cannot be installed."""
    try:
        return clients.find_or_install(name)
    except Unavailable as reason:
        pytest.skip(f"{name}: {reason}")


def run(
    client: clients.Installed,
    arguments: Sequence[str | Path],
    server: Server,
    *,
    unknown_paths: tuple[str, ...] = (),
    variables: Mapping[str, str] = MappingProxyType({}),
    environment: Mapping[str, str] = MappingProxyType({}),
    python_path: Path | None = None,
) -> Run:
    """Runs a client's interpreter; the environment has the server's address and a token, and what the client itself reads there.

    Raises AssertionError when it fails, and for a call that no server of this API should get or fail at.
    """
    all_variables = os.environ | server.through_proxy | {"TMPDIR": str(server.folder)}
    all_variables |= {"DEALWRIGHT_URL": server.sandbox.url, "DEALWRIGHT_TOKEN": server.sandbox.api_token}
    all_variables |= {"NODE_PATH": client.node_path} if client.node_path else {}
    all_variables |= {f"DEALWRIGHT_{name.upper()}": value for name, value in variables.items()}
    # The server's own code is not to be found by a client.
    all_variables.pop("PYTHONPATH", None)
    all_variables |= {"PYTHONPATH": str(python_path)} if python_path else {}
    with server.log.record() as calls:
        process = subprocess.run(
            [client.interpreter, *arguments],
            env=all_variables | dict(environment),
            cwd=server.folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
        )
    assert process.returncode == 0, process.stderr[-20_000:] or process.stdout[-5_000:]
    check_calls(calls, unknown_paths=unknown_paths)
    return Run(process.stdout, calls)
