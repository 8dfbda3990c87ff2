"""``dealwright mail`` beside ``dealwright serve``, on one database: what is sent is seen, and survives kills."""

from __future__ import annotations

import os
import re
import signal
import smtplib
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dealwright.crm import invariants
from dealwright.storage.platform import Platform
from tests.change_log import broken_chains
from tests.connectors.test_authorization import free_port
from tests.mailbox import write_mail
from tests.sandbox import run_dealwright
from tests.server_process import ServerProcess, open_connections, run_server

DOMAIN = "mail.crm.example"
SENDERS = 4
KILLS = 20 if os.environ.get("DEALWRIGHT_LONG_TESTS") else 2
KILLED_AFTER = 20
MAILS = 60


class MailProcess(NamedTuple):
    """A process that receives mail, and where."""

    process: subprocess.Popen[bytes]
    host: str
    port: int


@contextmanager
def run_mail(location: str, files: Path, *more: str) -> Iterator[MailProcess]:
    """Runs ``dealwright mail`` on a database."""
    options = ("--database", location, "--files", str(files), "--mail-domain", DOMAIN, "--smtp-port", "0", *more)
    with run_dealwright("mail", *options) as (process, line):
        found = re.fullmatch(rf"Dealwright receives mail for {DOMAIN} on ([0-9.]+):([0-9]+)\n", line)
        assert found, line
        yield MailProcess(process, found[1], int(found[2]))


class Crm(NamedTuple):
    """A server, which is asked over a connection of its own each time, because it closes those that are idle."""

    server: ServerProcess

    def call(self, method: str, path: str, body: object = None) -> Any:
        with open_connections(self.server, 1) as (connection,):
            return connection.call(method, path, body)

    def download(self, path: str) -> bytes:
        request = urllib.request.Request(f"{self.server.url}{path}", headers={"x-api-token": self.server.token})
        with urllib.request.urlopen(request) as answer:
            content: bytes = answer.read()
        return content


@contextmanager
def run_crm(location: str, files: Path) -> Iterator[Crm]:
    with run_server(location, "--files", str(files), "--mail-domain", DOMAIN) as server:
        yield Crm(server)


def write_copy(**values: Any) -> EmailMessage:
    """Returns a mail of the admin to a contact."""
    return write_mail(sender="ada@example.com", to="mary@customer.example", **values)


def send(mail: MailProcess, message: EmailMessage, *to: str) -> None:
    with smtplib.SMTP(mail.host, mail.port, timeout=30) as client:
        client.send_message(message, to_addrs=to)


def test_copies_of_mail_are_seen_by_http(location: str, tmp_path: Path) -> None:
    files = tmp_path / "files"
    metrics = f"127.0.0.1:{free_port()}"
    with run_crm(location, files) as crm, run_mail(location, files, "--metrics-port", metrics[10:]) as mail:
        person = crm.call("POST", "/api/v2/persons", {"name": "Mary", "emails": [{"value": "mary@customer.example"}]})
        deal = crm.call("POST", "/v1/deals", {"title": "Deal", "person_id": person["id"]})
        assert deal["cc_email"] == f"tests+deal{deal['id']}@{DOMAIN}"
        send(mail, write_copy(id="1@x", files={"offer.pdf": b"%PDF-1"}), deal["cc_email"])
        send(mail, write_copy(id="2@x", answers="1@x"), f"tests@{DOMAIN}")
        send(mail, write_mail(id="3@x", answers="2@x", html="<b>Fine</b>"), deal["cc_email"])
        listed = crm.call("GET", f"/v1/deals/{deal['id']}/mailMessages")
        assert sorted(one["data"]["mua_message_id"] for one in listed) == ["1@x", "2@x", "3@x"]
        assert len(crm.call("GET", f"/v1/persons/{person['id']}/mailMessages")) == 3
        [thread] = crm.call("GET", "/v1/mailbox/mailThreads?folder=inbox")
        assert (thread["deal_id"], thread["message_count"], thread["read_flag"]) == (deal["id"], 3, 0)
        answer = max(listed, key=lambda one: one["data"]["mua_message_id"])["data"]["id"]
        assert "<b>Fine</b>" in crm.call("GET", f"/v1/mailbox/mailMessages/{answer}?include_body=1")["body"]
        [file] = crm.call("GET", f"/v1/deals/{deal['id']}/files")
        assert crm.download(f"/v1/files/{file['id']}/download") == b"%PDF-1"
        now = crm.call("GET", f"/v1/deals/{deal['id']}")
        assert (now["email_messages_count"], now["files_count"]) == (3, 1)
        flow = {one["object"] for one in crm.call("GET", f"/v1/deals/{deal['id']}/flow")}
        assert "mailMessage" in flow
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            send(mail, write_copy(), f"others@{DOMAIN}")
        with urllib.request.urlopen(f"http://{metrics}/metrics") as exposed:
            assert 'dealwright_mail_received_total{outcome="accepted"} 3.0' in exposed.read().decode()
        mail.process.send_signal(signal.SIGTERM)
        assert mail.process.wait(30) == 0


def send_until_killed(mail: MailProcess, address: str, ids: list[str]) -> list[str]:
    """Sends mail over several connections and then kills the receiver; returns the ids of what it acknowledged."""
    waiting = iter(ids)
    acknowledged: list[str] = []
    enough = threading.Event()
    lock = threading.Lock()

    def send_some() -> None:
        try:
            with smtplib.SMTP(mail.host, mail.port, timeout=60) as client:
                while True:
                    with lock:
                        id = next(waiting, None)
                    if id is None:
                        return
                    client.send_message(write_copy(id=id, files={f"{id}.txt": id.encode()}), to_addrs=[address])
                    acknowledged.append(id)
                    if len(acknowledged) >= KILLED_AFTER:
                        enough.set()
        except (OSError, smtplib.SMTPException):
            return

    with ThreadPoolExecutor(SENDERS) as threads:
        work = [threads.submit(send_some) for _ in range(SENDERS)]
        assert enough.wait(120)
        mail.process.kill()
        mail.process.wait()
        for one in work:
            one.result()
    return acknowledged


def test_what_was_acknowledged_survives_kills_and_is_stored_once(location: str, tmp_path: Path) -> None:
    files = tmp_path / "files"
    with run_crm(location, files) as crm:
        deal = crm.call("POST", "/v1/deals", {"title": "Deal"})
        address = deal["cc_email"]
        sent: list[str] = []
        for turn in range(KILLS):
            ids = [f"{turn}.{number}@x" for number in range(MAILS)]
            with run_mail(location, files) as mail:
                acknowledged = send_until_killed(mail, address, ids)
            assert KILLED_AFTER <= len(acknowledged) < MAILS
            there = messages(crm, deal["id"])
            assert len(set(there)) == len(there)
            assert set(sent) | set(acknowledged) <= set(there)
            # There is at most one more for each connection: the one whose answer it was waiting for.
            assert len(there) <= len(sent) + len(acknowledged) + SENDERS
            # Senders repeat what was not acknowledged, as far as they know.
            with run_mail(location, files) as mail, smtplib.SMTP(mail.host, mail.port, timeout=60) as client:
                for id in ids:
                    client.send_message(write_copy(id=id, files={f"{id}.txt": id.encode()}), to_addrs=[address])
            sent += ids
            assert sorted(messages(crm, deal["id"])) == sorted(sent)
        stored = crm.call("GET", f"/v1/deals/{deal['id']}")
        assert (stored["email_messages_count"], stored["files_count"]) == (len(sent), len(sent))
        for file in crm.call("GET", f"/v1/deals/{deal['id']}/files?limit=100"):
            assert crm.download(f"/v1/files/{file['id']}/download").decode() == file["name"].removesuffix(".txt")
    platform = Platform(location)
    with platform.list_companies()[0].database.read() as db:
        problems = [*invariants.find_problems(db), *broken_chains(db)]
    platform.close()
    assert problems == []


def messages(crm: Crm, deal_id: int) -> list[str]:
    """Returns what the messages about a deal are named."""
    found: list[str] = []
    while True:
        page = crm.call("GET", f"/v1/deals/{deal_id}/mailMessages?limit=100&start={len(found)}") or []
        found += [one["data"]["mua_message_id"] for one in page]
        if len(page) < 100:
            return found
