"""``dealwright connect``, and the other commands on a connection that is authorised with it."""

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
from tests.cli.command_result import Run
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.service import TOKEN, StubResponse
from tests.connectors.test_authorization import callback_url, denied_callback_url, fetch, free_port, parse_query
from tests.connectors.upstream import CLIENT_ID, CLIENT_SECRET, SECRET_WORDS, Upstream, run_upstream


@pytest.fixture(autouse=True)
def isolated_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with isolated_environment(tmp_path):
        monkeypatch.setattr(webbrowser, "open", lambda _: pytest.fail("a browser was opened"))
        yield


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with run_upstream() as upstream:
        yield upstream


class Command:
    """``dealwright connect`` in a process of its own; ``page`` is the URL of the consent page that it prints."""

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

    def wait_for_exit(self) -> tuple[int, str]:
        """Waits for the end; returns the exit code and standard error."""
        out, errors = self.process.communicate(timeout=30)
        assert out == ""
        assert "Traceback" not in errors
        return self.process.returncode, errors


def start_connect(upstream: Upstream, *arguments: str) -> Command:
    return Command("crm", "--provider", upstream.url, "--client-id", CLIENT_ID, "--port", str(free_port()), *arguments)


def test_allowed(upstream: Upstream, run: Run) -> None:
    command = start_connect(upstream, "--scope", "deals:full")
    assert parse_query(command.page)["scope"] == "deals:full"
    status, page = fetch(upstream.give_consent(command.page))
    assert (status, "Connected" in page) == (200, True)
    assert command.wait_for_exit() == (
        0,
        "Open this page to say whether Dealwright may act for you:\n"
        f"Connection 'crm' leads to {upstream.url}; dealwright connections test crm tries it.\n",
    )
    assert run("run", "get_deals", "-c", "crm").code == 0
    again = Command("crm", secret="")
    fetch(upstream.give_consent(again.page))
    assert again.wait_for_exit()[0] == 0


def test_denied(upstream: Upstream) -> None:
    command = start_connect(upstream)
    assert "consent was denied" in fetch(denied_callback_url(command.page))[1]
    code, errors = command.wait_for_exit()
    assert code == 3
    assert errors.endswith("Error: Connection 'crm' is not authorised: consent was denied\n")


def test_a_provider_that_fails(upstream: Upstream) -> None:
    upstream.planned_token_failures = [StubResponse(503, b"")]
    command = start_connect(upstream)
    fetch(upstream.give_consent(command.page))
    assert command.wait_for_exit()[0] == 4


def test_no_consent_in_time(upstream: Upstream) -> None:
    code, errors = start_connect(upstream, "--wait", "1").wait_for_exit()
    assert code == 3
    assert "nobody answered within 1 s" in errors


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
def test_ctrl_c(upstream: Upstream) -> None:
    command = start_connect(upstream)
    command.process.send_signal(signal.SIGINT)
    assert command.wait_for_exit()[0] == 130


def test_in_the_browser(upstream: Upstream, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []

    def open_page(page: str) -> bool:
        threads.append(threading.Thread(target=lambda: fetch(callback_url(page, code="none"))))
        threads[0].start()
        return True

    monkeypatch.setenv("BROWSER", "any")
    monkeypatch.setattr(webbrowser, "open", open_page)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{CLIENT_SECRET}\n"))
    arguments = ("--provider", upstream.url, "--client-id", CLIENT_ID, "--client-secret-stdin")
    result = run("connect", "crm", "--redirect-uri", f"http://localhost:{free_port()}/back", *arguments)
    assert result.code == 3
    assert result.err.startswith("Your browser asks whether Dealwright may act for you.")
    assert "code is invalid (HTTP 400)" in result.err
    threads[0].join()
    [request] = upstream.service.requests
    assert request.form["code"] == ["none"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("options", [("--paste",), ("--redirect-uri", "https://example.com/back")], ids=str)
def test_a_browser_on_another_machine(upstream: Upstream, options: tuple[str, ...]) -> None:
    import pty

    controller, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "dealwright", "connect", "crm", "--provider", upstream.url, *options],
        env={**os.environ, "COLUMNS": "200"},
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A secret is read from the controlling terminal of the session, where there is one.
        start_new_session=True,
    ) as process:
        os.close(terminal)
        assert process.stdout is not None
        assert process.stderr is not None
        errors = ""
        # Switching off the echo for a secret discards what was typed before the prompt.
        for prompt, answer in (("Client id:", CLIENT_ID), ("Client secret: ", CLIENT_SECRET)):
            while not errors.endswith(prompt):
                errors += process.stderr.read(1) or pytest.fail(errors)
            os.write(controller, f"{answer}\n".encode())
        page = process.stdout.readline().strip()
        os.write(controller, f"{upstream.give_consent(page)}\n".encode())
        _, rest = process.communicate(timeout=30)
        os.close(controller)
    assert process.returncode == 0, errors + rest
    assert CLIENT_SECRET not in errors + rest
    stored = connections.find_stored("crm")
    assert stored is not None
    assert stored.url == upstream.url


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
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
def test_invalid_arguments_are_refused(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    code: int,
    expected: str,
) -> None:
    connections.add(server("other", "http://localhost:8000", TOKEN))
    monkeypatch.setattr(sys, "stdin", io.StringIO("secret\n"))
    result = run("connect", *arguments)
    assert result.code == code
    assert expected in result.err
    assert "Traceback" not in result.err


# Other commands on an authorised connection


def test_show_describes_the_authorisation(upstream: Upstream, run: Run) -> None:
    upstream.add_connection(now=time.time())
    output = run("connections", "show", "crm").out
    assert re.search(rf"^authorised +by OAuth 2.0 at {upstream.url}, 20..-..-.. ..:.. UTC$", output, re.MULTILINE)
    assert re.search(rf"^app +{CLIENT_ID}$", output, re.MULTILINE)
    assert re.search(r"^scope +as registered with the app$", output, re.MULTILINE)
    assert re.search(r"^access +until 20..-..-.. ..:.. UTC, then renewed$", output, re.MULTILINE)
    assert not [word for word in SECRET_WORDS if word in output]
    upstream.add_connection(expires_in=None)
    assert re.search(r"^access +until it is refused, then", run("connections", "show", "crm").out, re.MULTILINE)


def test_a_refused_renewal_names_the_command_to_run(upstream: Upstream, run: Run) -> None:
    upstream.add_connection(now=time.time() - 4000)
    upstream.refresh_tokens.clear()
    result = run("run", "get_deals", "-c", "crm")
    assert (result.code, result.out) == (3, "")
    assert result.err.endswith("; authorise it anew: dealwright connect crm\n")


@pytest.mark.parametrize(("option", "revoked"), [((), []), (("--no-revoke",), []), (("--revoke",), ["refresh-1"])])
def test_removing(upstream: Upstream, run: Run, option: tuple[str, ...], revoked: list[str]) -> None:
    upstream.add_connection()
    assert run("connections", "remove", "crm", *option).code == 0
    assert upstream.revoked == revoked
    assert connections.find_stored("crm") is None


def test_removing_a_connection_that_cannot_be_revoked(upstream: Upstream, run: Run) -> None:
    upstream.add_connection()
    upstream.planned_token_failures = [StubResponse(503, b"")]
    result = run("connections", "remove", "crm", "--revoke")
    assert result.code == 0
    assert "removed here only" in result.err
    assert connections.find_stored("crm") is None
    connections.add(server("crm", upstream.url, TOKEN))
    assert run("connections", "remove", "crm", "--revoke").code == 2
    assert connections.find_stored("crm") is not None
    assert run("connections", "remove", "crm").code == 0
    assert run("connections", "remove", "crm").code == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize(("answer", "revoked"), [("y", ["refresh-1"]), ("", [])])
def test_removing_on_a_terminal_asks_whether_to_revoke(upstream: Upstream, answer: str, revoked: list[str]) -> None:
    import pty

    upstream.add_connection()
    controller, terminal = pty.openpty()
    os.write(controller, f"{answer}\n".encode())
    command = [sys.executable, "-m", "dealwright", "connections", "remove", "crm"]
    result = subprocess.run(command, stdin=terminal, capture_output=True, text=True, check=False, timeout=30)
    os.close(terminal)
    os.close(controller)
    assert result.returncode == 0, result.stderr
    assert upstream.revoked == revoked
    assert connections.find_stored("crm") is None


def test_starting_imports_no_modules_of_connect() -> None:
    """Modules that only `connect` needs are not imported by other commands."""
    code = "import sys; from dealwright.cli import main; main(['--help']); print(sorted(set(sys.modules) & {%s}))"
    modules = "'dealwright.connectors.' + name for name in ('oauth', 'authorization', 'loopback', 'token_refresh')"
    heavy = "*('http.server', 'httpx2', 'webbrowser', 'cryptography')"
    output = subprocess.check_output([sys.executable, "-c", code % f"*({modules}), {heavy}"], text=True)
    assert output.splitlines()[-1] == "[]"
