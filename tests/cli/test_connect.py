"""``dealwright connect``, and what the other commands make of a connection that is authorised so."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from pathlib import Path

import pytest

from dealwright.connectors import connections
from dealwright.connectors.connections import server
from tests.cli.said import Run
from tests.connectors.isolation import new_user
from tests.connectors.service import TOKEN, Reply
from tests.connectors.test_authorization import back, denied, fetch, free_port, query_of
from tests.connectors.upstream import CLIENT_ID, CLIENT_SECRET, SECRET_WORDS, Upstream, standing


@pytest.fixture(autouse=True)
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with new_user(tmp_path):
        monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("a browser was opened"))
        yield


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with standing() as upstream:
        yield upstream


class Command:
    """``dealwright connect`` in a process of its own; ``page`` is the page of consent that it shows."""

    def __init__(self, *arguments: str, secret: str = CLIENT_SECRET) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dealwright", "connect", *arguments, "--no-browser"],
            env={**os.environ, "DEALWRIGHT_CLIENT_SECRET": secret},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.page = self.process.stdout.readline().strip()

    def end(self) -> tuple[int, str]:
        """The exit code, and what it said."""
        out, said = self.process.communicate(timeout=30)
        assert out == ""
        assert "Traceback" not in said
        return self.process.returncode, said


def connecting(upstream: Upstream, *arguments: str) -> Command:
    return Command("crm", "--provider", upstream.url, "--client-id", CLIENT_ID, "--port", str(free_port()), *arguments)


def test_allowed(upstream: Upstream, run: Run) -> None:
    command = connecting(upstream, "--scope", "deals:full")
    assert query_of(command.page)["scope"] == "deals:full"
    status, page = fetch(upstream.consent(command.page))
    assert (status, "Connected" in page) == (200, True)
    assert command.end() == (
        0,
        "Open this page to say whether Dealwright may act for you:\n"
        f"Connection 'crm' leads to {upstream.url}; dealwright connections test crm tries it.\n",
    )
    assert run("run", "get_deals", "-c", "crm").code == 0
    again = Command("crm", secret="")
    fetch(upstream.consent(again.page))
    assert again.end()[0] == 0


def test_denied(upstream: Upstream) -> None:
    command = connecting(upstream)
    assert "consent was denied" in fetch(denied(command.page))[1]
    code, said = command.end()
    assert code == 3
    assert said.endswith("Error: Connection 'crm' is not authorised: consent was denied\n")


def test_a_provider_in_trouble(upstream: Upstream) -> None:
    upstream.token_trouble = [Reply(503, b"")]
    command = connecting(upstream)
    fetch(upstream.consent(command.page))
    assert command.end()[0] == 4


def test_nobody_comes(upstream: Upstream) -> None:
    code, said = connecting(upstream, "--wait", "1").end()
    assert code == 3
    assert "nobody answered within 1 s" in said


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c(upstream: Upstream) -> None:
    command = connecting(upstream)
    command.process.send_signal(signal.SIGINT)
    assert command.end()[0] == 130


def test_in_the_browser(upstream: Upstream, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def open_page(page: str) -> bool:
        threads.append(threading.Thread(target=lambda: fetch(back(page, code="none"))))
        threads[0].start()
        return True

    monkeypatch.setenv("BROWSER", "any")
    monkeypatch.setattr(webbrowser, "open", open_page)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{CLIENT_SECRET}\n"))
    arguments = ("--provider", upstream.url, "--client-id", CLIENT_ID, "--client-secret-stdin")
    said = run("connect", "crm", "--redirect-uri", f"http://localhost:{free_port()}/back", *arguments)
    assert said.code == 3
    assert said.err.startswith("Your browser asks whether Dealwright may act for you.")
    assert "code is invalid (HTTP 400)" in said.err
    threads[0].join()
    [asked] = upstream.service.asked
    assert asked.form["code"] == ["none"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("how", [("--paste",), ("--redirect-uri", "https://example.com/back")], ids=str)
def test_a_browser_on_another_machine(upstream: Upstream, how: tuple[str, ...]) -> None:
    import pty

    here, there = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dealwright", "connect", "crm", "--provider", upstream.url, *how],
        env={**os.environ, "COLUMNS": "200"},
        stdin=there,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A secret is asked for on the terminal of the session, where there is one.
        start_new_session=True,
    ) as process:
        os.close(there)
        assert process.stdout is not None
        assert process.stderr is not None
        said = ""
        # What is typed before it is asked for is thrown away with the echo of a secret.
        for prompt, answer in (("Client id:", CLIENT_ID), ("Client secret: ", CLIENT_SECRET)):
            while not said.endswith(prompt):
                said += process.stderr.read(1) or pytest.fail(said)
            os.write(here, f"{answer}\n".encode())
        page = process.stdout.readline().strip()
        os.write(here, f"{upstream.consent(page)}\n".encode())
        _, rest = process.communicate(timeout=30)
        os.close(here)
    assert process.returncode == 0, said + rest
    assert CLIENT_SECRET not in said + rest
    stored = connections.stored("crm")
    assert stored is not None
    assert stored.url == upstream.url


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("crm",), 2, "DEALWRIGHT_CLIENT_ID"),
        (("crm", "--client-id", "x"), 2, "DEALWRIGHT_CLIENT_SECRET"),
        (("crm", "--port", "70000"), 2, "65535"),
        (("crm", "--port", "9000", "--redirect-uri", "http://localhost"), 2, "--redirect-uri"),
        (("crm", "--client-secret", "x"), 2, "No such option"),
        (("crm", "--provider", "nonsense", "--client-id", "x", "--client-secret-stdin"), 3, "no address of a server"),
        (("other", "--client-id", "x", "--client-secret-stdin"), 3, "another connection 'other'"),
        (("crm", "--client-id", "x", "--client-secret-stdin", "--paste"), 2, "terminal"),
    ],
)
def test_what_cannot_be(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    connections.add(server("other", "http://localhost:8000", TOKEN))
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret\n"))
    ended = run("connect", *arguments)
    assert ended.code == code
    assert said in ended.err
    assert "Traceback" not in ended.err


# What the other commands make of it


def test_how_it_is_authorised_is_shown(upstream: Upstream, run: Run) -> None:
    upstream.connected(now=time.time())
    said = run("connections", "show", "crm").out
    assert re.search(rf"^authorised +by OAuth 2.0 at {upstream.url}, 20..-..-.. ..:.. UTC$", said, re.MULTILINE)
    assert re.search(rf"^app +{CLIENT_ID}$", said, re.MULTILINE)
    assert re.search(r"^scope +as registered with the app$", said, re.MULTILINE)
    assert re.search(r"^access +until 20..-..-.. ..:.. UTC, then renewed$", said, re.MULTILINE)
    assert not [word for word in SECRET_WORDS if word in said]
    upstream.connected(expires_in=None)
    assert re.search(r"^access +until it is refused, then", run("connections", "show", "crm").out, re.MULTILINE)


def test_a_refused_renewal_tells_the_command(upstream: Upstream, run: Run) -> None:
    upstream.connected(now=time.time() - 4000)
    upstream.refresh.clear()
    said = run("run", "get_deals", "-c", "crm")
    assert (said.code, said.out) == (3, "")
    assert said.err.endswith("; authorise it anew: dealwright connect crm\n")


@pytest.mark.parametrize(("option", "revoked"), [((), []), (("--no-revoke",), []), (("--revoke",), ["refresh-1"])])
def test_removing(upstream: Upstream, run: Run, option: tuple[str, ...], revoked: list[str]) -> None:
    upstream.connected()
    assert run("connections", "remove", "crm", *option).code == 0
    assert upstream.revoked == revoked
    assert connections.stored("crm") is None


def test_removing_what_cannot_be_revoked(upstream: Upstream, run: Run) -> None:
    upstream.connected()
    upstream.token_trouble = [Reply(503, b"")]
    said = run("connections", "remove", "crm", "--revoke")
    assert said.code == 0
    assert "removed here only" in said.err
    assert connections.stored("crm") is None
    connections.add(server("crm", upstream.url, TOKEN))
    assert run("connections", "remove", "crm", "--revoke").code == 2
    assert connections.stored("crm") is not None
    assert run("connections", "remove", "crm").code == 0
    assert run("connections", "remove", "crm").code == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("answer", "revoked"), [("y", ["refresh-1"]), ("", [])])
def test_a_person_is_asked_whether_to_revoke(upstream: Upstream, answer: str, revoked: list[str]) -> None:
    import pty

    upstream.connected()
    here, there = pty.openpty()
    os.write(here, f"{answer}\n".encode())
    command = [sys.executable, "-m", "dealwright", "connections", "remove", "crm"]
    ended = subprocess.run(command, stdin=there, capture_output=True, text=True, check=False, timeout=30)
    os.close(there)
    os.close(here)
    assert ended.returncode == 0, ended.stderr
    assert upstream.revoked == revoked
    assert connections.stored("crm") is None


def test_starting_stays_light() -> None:
    """What only `connect` needs is not imported by anything else."""
    code = "import sys; from dealwright.cli import main; main(['--help']); print(sorted(set(sys.modules) & {%s}))"
    modules = "'dealwright.connectors.' + name for name in ('oauth', 'authorization', 'loopback', 'renewal')"
    heavy = "*('http.server', 'httpx2', 'webbrowser', 'cryptography')"
    said = subprocess.check_output([sys.executable, "-c", code % f"*({modules}), {heavy}"], text=True)
    assert said.splitlines()[-1] == "[]"
