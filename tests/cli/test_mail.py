"""``dealwright mail`` and ``dealwright mailboxes``: accounts are kept, and what is wrong is said in a line."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests import company
from tests.cli.command_result import Run
from tests.mail.accounts import fetch
from tests.mailbox import receive

PASSWORD = "hunter2-of-ada"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns where a new company is, which is that of all commands; there is no mail domain."""
    location = str(tmp_path / "platform")
    company.create_company(location)
    monkeypatch.setenv("DEALWRIGHT_DATABASE", location)
    monkeypatch.setenv("DEALWRIGHT_MAILBOX_PASSWORD", PASSWORD)
    monkeypatch.delenv("DEALWRIGHT_MAIL_DOMAIN", raising=False)
    return location


def test_accounts_are_added_listed_and_removed(run: Run, place: str) -> None:
    folders = ("--folder", "INBOX=inbox", "--folder", "Sent Items=sent")
    added = run("mailboxes", "add", "1", "ada@example.com", "imap.example.com", "--days", "7", "--shared", *folders)
    assert (added.code, added.out, added.err) == (0, "1\n", "")
    assert run("mailboxes", "add", "1", "b@example.com", "localhost", "--security", "starttls").out == "2\n"
    listed = run("mailboxes", "list", "-o", "json")
    assert PASSWORD not in listed.out
    first, second = json.loads(listed.out)
    assert first == {
        "id": 1,
        "user": 1,
        "email": "ada@example.com",
        "server": "imap.example.com:993",
        "security": "tls",
        "shared": True,
        "fetched": None,
        "failures": 0,
        "next": None,
        "error": None,
    }
    assert (second["server"], second["security"], second["shared"]) == ("localhost:143", "starttls", False)
    found = json.loads(run("mailboxes", "folders", "1", "-o", "json").out)
    assert [(one["name"], one["holds"], one["fetched"]) for one in found] == [
        ("INBOX", "inbox", 0),
        ("Sent Items", "sent", 0),
    ]
    assert run("mailboxes", "remove", "1").code == 0
    assert [one["id"] for one in json.loads(run("mailboxes", "list", "-o", "json").out)] == [2]
    assert "Mail account not found" in run("mailboxes", "folders", "1").err
    assert "Mail account not found" in run("mailboxes", "remove", "1").err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("9", "ada@example.com", "imap.example.com"), "user_id: User not found"),
        (("1", "ada", "imap.example.com"), "email_address: is not an e-mail address"),
        (("1", "ada@example.com", "imap example"), "host: is not the name of a host"),
        (("1", "ada@example.com", ""), "host: is not 1 to 255 characters long"),
        (("1", "ada@example.com", "x", "--folder", "Sent=elsewhere"), "is not NAME=inbox"),
        (("1", "ada@example.com", "x", "--imap-port", "70000"), "--imap-port"),
    ],
    ids=range(6),
)
def test_accounts_that_cannot_be_are_refused(run: Run, place: str, arguments: tuple[str, ...], told: str) -> None:
    result = run("mailboxes", "add", *arguments)
    assert result.code == 2
    assert told in result.err
    assert json.loads(run("mailboxes", "list", "-o", "json").out) == []


def test_an_account_that_failed_tells_why(run: Run, place: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    run("mailboxes", "add", "1", "ada@example.com", "127.0.0.1", "--imap-port", str(port), "--security", "none")
    api = company.open_api(place)
    try:
        assert fetch(api) == 0
        assert receive(api).id == 1
    finally:
        company.close(api)
    [account] = json.loads(run("mailboxes", "list", "-o", "json").out)
    assert account["failures"] == 1
    assert "refused" in account["error"]


def test_a_port_that_is_taken_is_told(run: Run, place: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        result = run("mail", "--mail-domain", "mail.crm.example", "--smtp-port", port)
    assert result.code == 2
    assert "mail cannot come in on 127.0.0.1" in result.err


def test_a_certificate_that_is_none_is_told(run: Run, place: str, tmp_path: Path) -> None:
    (tmp_path / "certificate.pem").write_text("nonsense")
    for path in (tmp_path / "certificate.pem", tmp_path / "missing.pem"):
        result = run("mail", "--mail-domain", "mail.crm.example", "--tls-certificate", str(path))
        assert result.code == 2
        assert "cannot be used" in result.err
