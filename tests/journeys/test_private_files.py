"""Whatever is stored is its owner's alone, under the most generous umask; what older versions left open is closed."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from tests import form_browser
from tests.connectors.isolated_user import isolated_environment
from tests.connectors.test_authorization import free_port
from tests.sandbox import run_sandbox, run_serve_command

GENEROUS = ("sh", "-c", 'umask 000; exec "$@"', "sh")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "temporary").mkdir()
    with isolated_environment(home / "deep"):
        monkeypatch.setenv("DEALWRIGHT_CACHE_DIR", str(home / "deep" / "cache"))
        monkeypatch.setenv("TMPDIR", str(home / "temporary"))
        monkeypatch.setenv("HOME", str(home))
        yield home


def run_command(*arguments: str) -> str:
    return run_python("-m", "dealwright", *arguments)


def run_python(*arguments: str) -> str:
    command = [*GENEROUS, sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


def connect(url: str, client_id: str, redirect_uri: str) -> None:
    """Connects to a sandbox, where every browser counts as the admin. Replaces an earlier connection."""
    command = [*GENEROUS, sys.executable, "-m", "dealwright", "connect", "granted", "--provider", url]
    command += ["--redirect-uri", redirect_uri, "--client-id", client_id, "--no-browser", "--replace"]
    with subprocess.Popen(
        command, env={**os.environ, "DEALWRIGHT_CLIENT_SECRET": "harness-secret"}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        browser = form_browser.over_http(url)
        page = browser.get(process.stdout.readline().strip().removeprefix(url))
        httpx2.get(browser.submit(page.form("/oauth/consent"), decision="allow").location)
        assert process.wait(60) == 0


def use_everything(home: Path, found: dict[Path, int]) -> None:
    """Makes Dealwright write all that it writes, and looks at the files while they are in use."""
    deep = home / "deep"
    with ExitStack() as stack:
        redirect_uri = f"http://127.0.0.1:{free_port()}/callback"
        sandbox = stack.enter_context(
            run_sandbox("--throwaway", "--port", "0", "--oauth-redirect-uri", redirect_uri, wrapper=GENEROUS)
        )
        stack.enter_context(run_serve_command("--demo", "--port", "0", wrapper=GENEROUS))
        location = str(deep / "served")
        stack.enter_context(
            run_serve_command("--database", location, "--port", "0", "--plan", "lite", wrapper=GENEROUS)
        )
        token = run_command("db", "token", "--database", location).split()[-1]
        assert token
        headers = {"x-api-token": sandbox.api_token}
        files = {"file": ("a.txt", b"content")}
        assert httpx2.post(f"{sandbox.url}/v1/files", headers=headers, files=files).status_code == 200
        run_command("apps", "add", f"App {sandbox.pid}", "--redirect-uri", redirect_uri, "--database", location)
        connect(sandbox.url, "harness-client", redirect_uri)
        own = ("crm", "server", "--url", sandbox.url, "--token", sandbox.api_token)
        run_command("connections", "add", *own, "--replace")
        run_command("connections", "add", "mine", "embedded", "--folder", str(deep / "embedded"), "--replace")
        for connection in ("granted", "crm", "mine"):
            run_command("run", "get_users_me", "-c", connection)
        call = f"('crm', 'post_deals', {{'data': {{'title': 'Roof'}}}}, idempotency_key='{sandbox.pid}')"
        run_python("-c", f"import dealwright; dealwright.run_connection_action{call}")
        look_at(home, found)
    look_at(home, found)


def look_at(folder: Path, found: dict[Path, int]) -> None:
    for path in folder.rglob("*"):
        if path != folder / "temporary":
            found[path] = found.get(path, 0) | stat.S_IMODE(path.lstat().st_mode)


def open_to_others(found: dict[Path, int]) -> list[str]:
    return sorted(f"{mode:o} {path}" for path, mode in found.items() if mode & 0o077)


def test_only_the_owner_can_read_what_is_stored(home: Path) -> None:
    found: dict[Path, int] = {}
    use_everything(home, found)
    names = {path.name for path in found}
    assert names >= {
        "platform.sqlite3",
        "platform.sqlite3-wal",
        "platform.sqlite3-shm",
        "secret.key",
        "connections.json",
    }
    assert names >= {"companies", "demo", "embedded", "served", "cache"}
    assert open_to_others(found) == []

    # As older versions have left it.
    for path in (home / "deep").rglob("*"):
        path.chmod(0o777 if path.is_dir() else 0o666)
    mended: dict[Path, int] = {}
    use_everything(home, mended)
    # What is in a folder that others may not enter is closed by that.
    closed = {path for path, mode in mended.items() if not mode & 0o077}
    assert open_to_others({path: mode for path, mode in mended.items() if not closed & set(path.parents)}) == []
    secrets = {path: mode for path, mode in mended.items() if ".sqlite3" in path.name or path.name == "secret.key"}
    # Nobody opens the database of the template again, which is copied as a file.
    assert open_to_others({path: mode for path, mode in secrets.items() if "cache" not in path.parts}) == []
