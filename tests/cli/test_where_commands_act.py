"""Commands act on the place that they were given, send nothing that cannot be written down, and leave nothing behind."""

from __future__ import annotations

import importlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.cli import commands
from dealwright.connectors import UnusableConnection, UnusableCrm, connections, run_connection_action
from tests.cli.command_result import Run
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, StubResponse, StubService
from tests.waiting import wait_for

ADDRESSES = ["mysql://host/db", "mysql:/host/db", "http://127.0.0.1:8000", "sqlite:///crm.db", "s3://bucket/crm"]
COMMANDS_WITH_DATABASE = [
    ("serve", "--port", "0"), ("worker",), ("db", "companies"), ("db", "upgrade"), ("db", "token"), ("db", "check"),
    ("webhooks", "log"), ("apps", "list"), ("sign-in",),
]  # fmt: skip


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    with isolated_environment(tmp_path):
        yield


@pytest.mark.parametrize("command", COMMANDS_WITH_DATABASE, ids=" ".join)
@pytest.mark.parametrize("address", ADDRESSES)
def test_nothing_is_made_of_an_address(run: Run, tmp_path: Path, command: tuple[str, ...], address: str) -> None:
    result = run(*command, "--database", address)
    assert result.code != 0
    assert address in result.err
    assert "Name a folder, or an address like postgresql://" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS_WITH_DATABASE[1:], ids=" ".join)
def test_no_place_is_made_by_a_typo(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    result = run(*command, "--database", "typo")
    assert result.code == 10
    assert "typo is not there" in result.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_embedded_crm_is_made_of_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with pytest.raises(UnusableConnection, match="address"):
        connections.embedded("one", Path(address))
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_ONE", f"embedded:{address}")
    with pytest.raises(UnusableConnection, match="address"):
        run_connection_action("one", "get_deals")
    monkeypatch.setenv("DEALWRIGHT_DATA_DIR", address)
    with pytest.raises(UnusableCrm, match="Name a folder"):
        run_connection_action("local", "get_deals")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("post_deals", "-p", "title=Boom", "--save", "deal.json"), "is no file to save"),
        (("get_deals", "--save", "deals.json"), "is no file to save"),
        (("get_files_by_id_download", "-p", "id=1", "--save", "nowhere/file"), "there is no folder"),
        (("get_files_by_id_download", "-p", "id=1", "--all"), "is a file, which has no pages"),
        (("get_deals", "-p", "limit=1", "-p", "limit=0"), "limit is given twice, and takes one value: 1 or 0"),
        (("post_deals", "-p", "title=A", "-p", "title=B"), "title is given twice, and takes one value: A or B"),
    ],
)
def test_nothing_is_sent_that_is_no_whole_call(
    run: Run, service: StubService, arguments: tuple[str, ...], message: str
) -> None:
    result = run("run", *arguments, "-c", "crm")
    assert result.code == 2
    assert message in " ".join(result.err.replace("│", " ").split())
    assert service.requests == []


def test_lists_may_be_given_in_parts(run: Run, service: StubService) -> None:
    run("run", "v2.get_deals", "-c", "crm", "-p", "ids=1", "-p", "ids=2")
    run("run", "post_deals", "-c", "crm", "-p", "title=A", "-p", "label_ids=1", "-p", "label_ids=2")
    assert service.requests[0].query == {"ids": ["1,2"]}
    assert service.requests[1].json == {"title": "A", "label_ids": [1, 2]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("serve", "--port", "99999"), "'--port'"),
        (("serve", "--port", "-1"), "'--port'"),
        (("listen", "--port", "70000"), "'--port'"),
        (("serve", "--empty"), "--empty goes with --throwaway"),
        (("serve", "--throwaway", "--demo", "--empty"), "--empty goes with --throwaway"),
        (("listen", "--forward", "localhost:3000"), "is no address; give one like http://localhost:3000/hook"),
        (("listen", "-e", "deals"), "is not ACTION.OBJECT"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_once(run: Run, arguments: tuple[str, ...], message: str) -> None:
    result = run(*arguments)
    assert result.code == 2
    assert message in " ".join(result.err.replace("│", " ").split()), result.err


def test_the_greeting_names_the_place_again(tmp_path: Path) -> None:
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "dealwright", "serve", "--port", "0", "--database", "my crm"],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.terminate()
        process.wait(15)
        process.stdout.close()
    assert "dealwright sign-in --database 'my crm'\n" in "".join(lines)
    assert "dealwright db token --database 'my crm'\n" in "".join(lines)


def test_a_reader_that_goes_away_is_no_failure() -> None:
    code = f"set -o pipefail; {sys.executable} -m dealwright actions | head -1"
    result = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("action")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", ""])
def test_any_text_is_written_in_any_encoding(service: StubService, tmp_path: Path, encoding: str) -> None:
    service.respond_with(StubResponse(200, {"success": True, "data": [{"title": "東京"}]}))
    environment = (
        {"PYTHONIOENCODING": encoding} if encoding else {"PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "LC_ALL": "C"}
    )
    result = subprocess.run(
        [sys.executable, "-m", "dealwright", "run", "v2.get_deals", "-c", "crm", "-o", "csv"],
        env={**os.environ, **environment}, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert (result.returncode, result.stderr) == (0, b"")
    assert ("東京".encode() if not encoding else b"\\u6771\\u4eac") in result.stdout


def test_names_that_the_environment_does_not_tell_apart(run: Run) -> None:
    arguments = ("server", "--url", "http://127.0.0.1:1", "--token", TOKEN)
    assert run("connections", "add", "sales", *arguments).code == 0
    result = run("connections", "add", "Sales", *arguments)
    assert result.code == 3
    assert "too much like the connection 'sales'" in result.err
    assert "replace it with --replace" in run("connections", "add", "sales", *arguments).err


def test_a_new_token_is_printed_where_nobody_can_be_asked(run: Run, template_folder: Path) -> None:
    token = run("db", "token", "--database", str(template_folder))
    assert (token.code, token.err, len(token.out.strip())) == (0, "", 40)


@pytest.mark.parametrize("name", [name for name, command in commands.COMMANDS.items() if command.needs_server])
def test_what_is_missing_can_be_installed(run: Run, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(module: str) -> None:
        raise ModuleNotFoundError(name="sqlalchemy")

    monkeypatch.setattr(importlib, "import_module", fail)
    result = run(name)
    assert result.code == 3
    # Nothing is taken from an index, where the name may be somebody else's.
    assert re.search(r'pip install "(/.*|dealwright)\[server', result.err)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="only where terminals hang up")
@pytest.mark.parametrize("end", ["hang up", "parent dies"])
def test_a_sandbox_leaves_nothing_behind(tmp_path: Path, end: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = [sys.executable, "-m", "dealwright", "serve", "--throwaway", "--empty", "--port", "0"]
    environment = {**os.environ, "TMPDIR": str(temporary), "DEALWRIGHT_CACHE_DIR": str(tmp_path / "cache")}
    starter = f"import subprocess, sys\nprocess = subprocess.Popen({command!r})\nprint(process.pid, flush=True)\nprocess.wait()"
    parent = subprocess.Popen([sys.executable, "-c", starter], env=environment, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    server_id = int(parent.stdout.readline())
    assert parent.stdout.readline().startswith("{")
    assert any(temporary.iterdir())
    if end == "hang up":
        os.kill(server_id, signal.SIGHUP)
        parent.wait(30)
    else:
        parent.kill()
        parent.wait(30)
    wait_for(lambda: list(temporary.iterdir()), lambda left: not left)
    parent.stdout.close()
