"""Named connections: where they come from, and how they are kept."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import keyring.backend
import pytest

from dealwright.connectors import Connection, UnknownConnection, UnusableConnection, connections, keys, store
from dealwright.connectors.connections import add, embedded, get_connection, pipedrive, remove, server
from tests.connectors.service import TOKEN

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no file modes")


def config_folder(tmp_path: Path) -> Path:
    return tmp_path / "config"


def test_without_any_configuration_there_is_local(tmp_path: Path) -> None:
    assert get_connection("local") == Connection(name="local", kind="embedded")
    assert [one.name for one in connections.list_connections()] == ["local"]
    assert not config_folder(tmp_path).exists()
    with pytest.raises(UnknownConnection) as caught:
        get_connection("sales")
    assert caught.value.known == ("local",)


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        (None, "https://api.pipedrive.com"),
        ("acme", "https://acme.pipedrive.com"),
        ("ACME.pipedrive.com", "https://acme.pipedrive.com"),
        ("https://acme-2.pipedrive.com/", "https://acme-2.pipedrive.com"),
    ],
)
def test_pipedrive(domain: str | None, url: str) -> None:
    made = pipedrive("sales", f" {TOKEN}\n", domain)
    assert (made.kind, made.url, made.token) == ("pipedrive", url, TOKEN)


@pytest.mark.parametrize("domain", ["acme.example.com", "a b", "-", "acme/x", "ä"])
def test_invalid_domains(domain: str) -> None:
    with pytest.raises(UnusableConnection):
        pipedrive("sales", TOKEN, domain)


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://crm.example.com/base/", "https://crm.example.com/base"),
        ("https://crm.example.com/api/v2", "https://crm.example.com"),
        ("https://crm.example.com/v1/", "https://crm.example.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_server(address: str, url: str) -> None:
    assert server("crm", address, TOKEN).url == url


@pytest.mark.parametrize("url", ["", "localhost", "ftp://x", "http://", "http://x:y", "http://x?a=1", "http://x/#a"])
def test_invalid_servers(url: str) -> None:
    with pytest.raises(UnusableConnection):
        server("crm", url, TOKEN)


@pytest.mark.parametrize("token", ["", "  ", "a b", "a\nb", "ä"])
def test_invalid_tokens(token: str) -> None:
    with pytest.raises(UnusableConnection) as caught:
        server("crm", "http://localhost", token)
    assert token.strip() in ("", "a", "b") or token not in str(caught.value)


def test_a_token_is_not_shown() -> None:
    assert TOKEN not in repr(pipedrive("sales", TOKEN))


def test_connections_are_stored_and_loaded(tmp_path: Path) -> None:
    add(pipedrive("sales", TOKEN, "acme", timeout=5))
    add(server("crm", "http://localhost:8000", TOKEN))
    add(embedded("sandbox", tmp_path / "sandbox"))
    sales = get_connection("sales")
    assert (sales.kind, sales.url, sales.token, sales.timeout) == ("pipedrive", "https://acme.pipedrive.com", TOKEN, 5)
    assert get_connection("crm").token == TOKEN
    assert get_connection("sandbox").folder == (tmp_path / "sandbox").resolve()
    assert [(one.name, one.origin, one.token) for one in connections.list_connections()] == [
        ("crm", "store", None),
        ("local", "default", None),
        ("sales", "store", None),
        ("sandbox", "store", None),
    ]


def test_local_can_be_replaced(tmp_path: Path) -> None:
    add(embedded("local", tmp_path))
    assert get_connection("local").folder == tmp_path.resolve()
    remove("local")
    assert get_connection("local").folder is None
    with pytest.raises(UnusableConnection):
        remove("local")


def test_names() -> None:
    add(pipedrive("sales", TOKEN))
    with pytest.raises(UnusableConnection, match="already"):
        add(pipedrive("sales", TOKEN))
    add(pipedrive("sales", TOKEN, "acme"), replace=True)
    assert get_connection("sales").url == "https://acme.pipedrive.com"
    for name in ("", " x", "a\nb", "x" * 101):
        with pytest.raises(UnusableConnection):
            add(pipedrive(name, TOKEN))
    remove("sales")
    with pytest.raises(UnknownConnection):
        remove("sales")


@POSIX
def test_only_the_user_can_read_the_store(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        add(pipedrive("sales", TOKEN))
        remove("sales")
        add(pipedrive("sales", TOKEN))
    finally:
        os.umask(before)
    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in config_folder(tmp_path).iterdir()}
    assert modes == {".json": 0o600, ".key": 0o600, ".lock": 0o600}
    assert stat.S_IMODE(config_folder(tmp_path).stat().st_mode) == 0o700


def test_no_file_has_the_token(tmp_path: Path) -> None:
    add(pipedrive("sales", TOKEN))
    contents = {path.name: path.read_bytes() for path in config_folder(tmp_path).rglob("*") if path.is_file()}
    assert contents
    assert not [name for name, content in contents.items() if TOKEN.encode() in content]


def test_a_store_that_is_damaged(tmp_path: Path) -> None:
    add(pipedrive("sales", TOKEN))
    whole = (config_folder(tmp_path) / "connections.json").read_text()
    for damaged in ("", "{", '{"connections": {"x": {"kind": "no"}}}'):
        (config_folder(tmp_path) / "connections.json").write_text(damaged)
        with pytest.raises(UnusableConnection, match="damaged"):
            get_connection("sales")
    [key] = config_folder(tmp_path).glob("*.key")
    (config_folder(tmp_path) / "connections.json").write_text(whole)
    another = b"A" * 43 + b"="
    for content in (b"", b"x" * 44, another):
        key.write_bytes(content)
        keys.cipher.cache_clear()
        with pytest.raises(UnusableConnection, match="key"):
            get_connection("sales")
    key.unlink()
    keys.cipher.cache_clear()
    with pytest.raises(UnusableConnection, match="key"):
        get_connection("sales")


def test_a_store_that_cannot_be_created(tmp_path: Path) -> None:
    config_folder(tmp_path).write_text("a file where the folder should be")
    with pytest.raises(UnusableConnection):
        add(pipedrive("sales", TOKEN))


def test_a_failed_change_changes_nothing(tmp_path: Path) -> None:
    add(pipedrive("sales", TOKEN))
    before = (config_folder(tmp_path) / "connections.json").read_bytes()

    def fail() -> None:
        with store.transaction() as contents:
            contents.connections.clear()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (config_folder(tmp_path) / "connections.json").read_bytes() == before
    assert not list(config_folder(tmp_path).glob(".*"))


ADD_MANY_SCRIPT = """
import sys
from dealwright.connectors.connections import add, pipedrive
print("ready", flush=True)
sys.stdin.readline()
for number in range(15):
    add(pipedrive(f"{sys.argv[1]}-{number}", "token"))
"""


def test_two_processes_at_once_lose_nothing() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ADD_MANY_SCRIPT, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in ("one", "two")
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    for process in processes:
        process.communicate("go\n")
        assert process.returncode == 0
    stored = [one.name for one in connections.list_connections() if one.origin == "store"]
    assert sorted(stored) == sorted(f"{name}-{number}" for name in ("one", "two") for number in range(15))
    assert {get_connection(name).token for name in stored} == {"token"}


class FakeKeyring(keyring.backend.KeyringBackend):
    """A keyring that works."""

    priority = 5

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.passwords: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise RuntimeError("locked")
        return self.passwords.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise RuntimeError("locked")
        self.passwords[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.passwords[service, username]


@pytest.fixture
def fake_keyring() -> Iterator[FakeKeyring]:
    fake = FakeKeyring()
    before = keyring.get_keyring()
    keyring.set_keyring(fake)
    yield fake
    keyring.set_keyring(before)


def test_the_key_is_stored_in_an_available_keyring(fake_keyring: FakeKeyring, tmp_path: Path) -> None:
    add(pipedrive("sales", TOKEN))
    assert len(fake_keyring.passwords) == 1
    assert not list(config_folder(tmp_path).glob("*.key"))
    keys.cipher.cache_clear()
    assert get_connection("sales").token == TOKEN
    keys.cipher.cache_clear()
    fake_keyring.locked = True
    with pytest.raises(UnusableConnection, match="locked"):
        get_connection("sales")
    fake_keyring.locked = False
    fake_keyring.passwords.clear()
    with pytest.raises(UnusableConnection, match="no key"):
        get_connection("sales")


def test_a_failing_keyring_is_not_used(fake_keyring: FakeKeyring, tmp_path: Path) -> None:
    fake_keyring.locked = True
    add(pipedrive("sales", TOKEN))
    assert len(list(config_folder(tmp_path).glob("*.key"))) == 1
    assert get_connection("sales").token == TOKEN


@pytest.mark.parametrize(
    ("text", "kind", "url", "token"),
    [
        (f"https://{TOKEN}@api.pipedrive.com", "pipedrive", "https://api.pipedrive.com", TOKEN),
        (f"https://{TOKEN}@acme.pipedrive.com/", "pipedrive", "https://acme.pipedrive.com", TOKEN),
        ("http://a%40b@localhost:8000", "server", "http://localhost:8000", "a@b"),
        ("https://token@pipedrive.com.example.org", "server", "https://pipedrive.com.example.org", "token"),
    ],
)
def test_from_the_environment(monkeypatch: pytest.MonkeyPatch, text: str, kind: str, url: str, token: str) -> None:
    add(pipedrive("my-crm", "other"))
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_MY_CRM", text)
    for name in ("my-crm", "my_crm", "My CRM"):
        made = get_connection(name)
        assert (made.kind, made.url, made.token, made.origin) == (kind, url, token, "environment")
    assert [(one.name, one.origin) for one in connections.list_connections()] == [
        ("local", "default"),
        ("my-crm", "environment"),
    ]


def test_embedded_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_SANDBOX", f"embedded:{tmp_path}")
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_OTHER", "embedded:")
    assert get_connection("sandbox").folder == tmp_path
    assert get_connection("other").folder is None
    assert [one.name for one in connections.list_connections()] == ["local", "other", "sandbox"]


@pytest.mark.parametrize("text", ["x", "https://api.pipedrive.com", "https://a:b@host", "ftp://t@h", "https://secret@"])
def test_invalid_values_in_the_environment(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("DEALWRIGHT_CONNECTION_SALES", text)
    with pytest.raises(UnusableConnection, match="DEALWRIGHT_CONNECTION_SALES") as caught:
        get_connection("sales")
    assert "secret" not in str(caught.value)
