"""Mail that is sent to the addresses for copies, by the standard library's client to a real receiver."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dealwright.crm.values import html
from dealwright.mail import receiver
from dealwright.mail.delivery import deliver
from dealwright.mail.receiver import Handler, Receiver
from tests.api import Api
from tests.company import add_user
from tests.mail.certificates import make_certificate
from tests.mailbox import write_mail

DOMAIN = "mail.crm.example"
MAX_BYTES = 200_000


@pytest.fixture
def smtp(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Yields a receiver for the company of the client."""
    monkeypatch.setenv("DEALWRIGHT_MAIL_DOMAIN", DOMAIN)
    started = Receiver(api.companies, "127.0.0.1", 0, max_bytes=MAX_BYTES, max_connections=3)
    started.start()
    yield started
    if started.server is not None:
        started.stop()


def send(smtp: Receiver, message: Any = None, *to: str) -> None:
    """Sends a message, by default one of the admin, to addresses that are in no header."""
    message = message or write_mail(sender="ada@example.com", to="mary@customer.example")
    with smtplib.SMTP(*smtp.address(), timeout=10) as client:
        client.send_message(message, to_addrs=to or [f"tests@{DOMAIN}"])


def refusal(smtp: Receiver, message: Any, *to: str) -> tuple[int, str]:
    with pytest.raises((smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError)) as caught:
        send(smtp, message, *to)
    error = caught.value
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return code, text.decode()
    assert isinstance(error, smtplib.SMTPDataError)
    return error.smtp_code, error.smtp_error.decode() if isinstance(error.smtp_error, bytes) else error.smtp_error


def create_person(api: Api, email: str = "mary@customer.example") -> int:
    id: int = api.post("/api/v2/persons", {"name": "Mary Major", "emails": [{"value": email}]}).data["id"]
    return id


def test_a_copy_is_on_the_deal_that_it_was_sent_to(api: Api, smtp: Receiver) -> None:
    person = create_person(api)
    answer = api.post("/v1/deals", {"title": "Deal"})
    deal = answer.data["id"]
    address = answer.data["cc_email"]
    assert address == f"tests+deal{deal}@{DOMAIN}"
    send(
        smtp, write_mail(sender="Ada <ADA@example.com>", to="mary@customer.example", files={"a.pdf": b"%PDF"}), address
    )
    [entry] = api.get(f"/v1/deals/{deal}/mailMessages").data
    message = entry["data"]
    assert (message["sent_flag"], message["smart_bcc_flag"], message["synced_flag"]) == (1, 1, 0)
    assert (message["to"][0]["linked_person_id"], message["account_id"]) == (person, "smart-bcc")
    [thread] = api.get("/v1/mailbox/mailThreads", folder="sent").data
    assert (thread["deal_id"], thread["shared_flag"], thread["smart_bcc_flag"]) == (deal, 1, 1)
    assert [file["name"] for file in api.get(f"/v1/deals/{deal}/files").data] == ["a.pdf"]
    # Whoever sees the deal sees the copy.
    colleague = add_user(api, "Bob")
    assert colleague.get(f"/v1/mailbox/mailMessages/{message['id']}", include_body=1).data["body"]


def test_a_copy_is_on_a_lead(api: Api, smtp: Receiver) -> None:
    lead = api.post("/v1/leads", {"title": "Lead", "person_id": create_person(api)}).data
    send(smtp, None, lead["cc_email"])
    [thread] = api.get("/v1/mailbox/mailThreads", folder="sent").data
    assert thread["lead_id"] == lead["id"]


def test_a_copy_to_the_company_is_on_the_only_open_deal_of_its_contact(api: Api, smtp: Receiver) -> None:
    person = create_person(api)
    send(smtp)
    [first] = api.get("/v1/mailbox/mailThreads", folder="sent").data
    assert first["deal_id"] is None
    assert len(api.get(f"/v1/persons/{person}/mailMessages").data) == 1
    deal = api.post("/api/v2/deals", {"title": "Deal", "person_id": person}).data["id"]
    send(smtp, write_mail(sender="ada@example.com", to="mary@customer.example", id="2@x"))
    assert [one["data"]["mua_message_id"] for one in api.get(f"/v1/deals/{deal}/mailMessages").data] == ["2@x"]
    api.post("/api/v2/deals", {"title": "Deal", "person_id": person})
    send(smtp, write_mail(sender="ada@example.com", to="mary@customer.example", id="3@x"))
    assert len(api.get(f"/v1/deals/{deal}/mailMessages").data) == 1


def test_a_contact_writes_to_a_deal(api: Api, smtp: Receiver) -> None:
    rep = add_user(api, "Rep")
    create_person(api)
    deal = rep.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    send(smtp, write_mail(), f"tests+deal{deal}@{DOMAIN}")
    [thread] = rep.get("/v1/mailbox/mailThreads", folder="inbox").data
    assert (thread["deal_id"], thread["read_flag"], thread["first_message_to_me_flag"]) == (deal, 0, 1)
    assert rep.get(f"/v1/deals/{deal}").data["last_incoming_mail_time"] == "2026-03-02 09:30:00"


def test_what_is_refused(api: Api, smtp: Receiver) -> None:
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    own = write_mail(sender="ada@example.com")
    for address in (
        *(
            "ada@example.com",
            f"nobody@{DOMAIN}",
            "tests@elsewhere.example",
            f"tests+deal@{DOMAIN}",
            f"tests+deal0@{DOMAIN}",
        ),
        *(f"tests+deal{10**20}@{DOMAIN}", f"tests+1+lead{'A' * 21}@{DOMAIN}", f"../tests@{DOMAIN}"),
    ):
        assert refusal(smtp, own, address) == (550, "5.1.1 There is no such address here")
    for address in (f"tests+deal99@{DOMAIN}", f"tests+1+lead{'A' * 22}@{DOMAIN}"):
        assert refusal(smtp, own, address) == (550, "5.1.1 There is no such address here")
    # Strangers write to nobody, and what is not seen is not there.
    for address in (f"tests@{DOMAIN}", f"tests+deal{deal}@{DOMAIN}"):
        assert refusal(smtp, write_mail(sender="spam@spam.example"), address)[0] == 550
    create_person(api)
    assert refusal(smtp, write_mail(), f"tests@{DOMAIN}")[0] == 550
    rep = add_user(api, "Rep")
    hidden = api.post("/api/v2/deals", {"title": "Deal", "visible_to": 1}).data["id"]
    email = api.get(f"/v1/users/{rep.principal.user_id}").data["email"]
    assert refusal(smtp, write_mail(sender=email), f"tests+deal{hidden}@{DOMAIN}")[0] == 550
    api.put(f"/v1/users/{rep.principal.user_id}", {"active_flag": False})
    assert refusal(smtp, write_mail(sender=email), f"tests@{DOMAIN}")[0] == 550
    assert api.get("/v1/mailbox/mailThreads", folder="sent").data == []
    assert api.get(f"/v1/deals/{deal}/mailMessages").data is None


def test_one_mail_to_several_addresses(api: Api, smtp: Receiver) -> None:
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    send(smtp, None, f"tests@{DOMAIN}", f"tests+deal{deal}@{DOMAIN}", f"tests+deal99@{DOMAIN}")
    [thread] = api.get("/v1/mailbox/mailThreads", folder="sent").data
    assert (thread["message_count"], thread["deal_id"]) == (1, deal)
    with smtplib.SMTP(*smtp.address(), timeout=10) as client:
        client.ehlo()
        client.mail("ada@example.com")
        codes = [client.rcpt(f"tests+deal{number}@{DOMAIN}")[0] for number in range(1, 61)]
    assert codes == [250] * receiver.MAX_RECIPIENTS + [452] * (60 - receiver.MAX_RECIPIENTS)


def test_the_same_mail_again_is_stored_once(api: Api, smtp: Receiver) -> None:
    for _ in range(3):
        send(smtp)
    [thread] = api.get("/v1/mailbox/mailThreads", folder="sent").data
    assert thread["message_count"] == 1


def test_a_mail_that_is_too_large_is_refused(api: Api, smtp: Receiver) -> None:
    large = write_mail(sender="ada@example.com", files={"a.bin": b"x" * MAX_BYTES})
    with pytest.raises(smtplib.SMTPResponseException) as caught:
        send(smtp, large)
    assert caught.value.smtp_code == 552
    send(smtp)


def dialogue(smtp: Receiver, *lines: bytes) -> list[bytes]:
    """Sends lines one after the other; returns the answers. The first is the greeting."""
    with socket.create_connection(smtp.address(), timeout=20) as client, client.makefile("rb") as answers:
        found = [answers.readline()]
        for line in lines:
            client.sendall(line)
            while (answer := answers.readline())[3:4] == b"-":
                pass
            found.append(answer)
        return found


BEGINNING = (b"EHLO x\r\n", b"MAIL FROM:<ada@example.com>\r\n", f"RCPT TO:<tests@{DOMAIN}>\r\n".encode(), b"DATA\r\n")


def test_mail_without_an_end_is_cut_off(smtp: Receiver) -> None:
    with socket.create_connection(smtp.address(), timeout=10) as client:
        for command in (b"", *BEGINNING):
            client.sendall(command)
            client.recv(4096)
        sent = 0
        with suppress(OSError):
            while sent < 100 * MAX_BYTES:
                client.sendall(b"x" * 10_000)
                sent += 10_000
        assert sent < 100 * MAX_BYTES
    send(smtp)


def test_lines_of_any_length_and_those_that_begin_with_a_dot(api: Api, smtp: Receiver) -> None:
    text = f".dot\r\n..two\r\n{'long ' * 20_000}\r\n.\tend"
    raw = b"From: ada@example.com\r\nMessage-ID: <1@x>\r\n\r\n" + text.encode()
    with smtplib.SMTP(*smtp.address(), timeout=20) as client:
        client.sendmail("ada@example.com", [f"tests@{DOMAIN}"], raw)
    # What looks like the end is none.
    content = b"From: ada@example.com\r\n\r\na\n.\nb\r.\rc\r\n.\r\n"
    assert dialogue(smtp, *BEGINNING, content)[-1].startswith(b"250")
    threads = api.get("/v1/mailbox/mailThreads", folder="sent").data
    bodies = [
        api.get(f"/v1/mailbox/mailMessages/{one['id']}", include_body=1).data["body"]
        for thread in threads
        for one in api.get(f"/v1/mailbox/mailThreads/{thread['id']}/mailMessages").data
    ]
    assert sorted(html.to_text(body).split() for body in bodies) == sorted([text.split(), ["a", ".", "b", ".", "c"]])


def test_commands_that_follow_a_mail_at_once_are_answered(smtp: Receiver) -> None:
    content = b"From: ada@example.com\r\n\r\ntext\r\n.\r\n"
    with socket.create_connection(smtp.address(), timeout=10) as client, client.makefile("rb") as answers:
        client.sendall(b"".join(BEGINNING[:3]))
        client.sendall(BEGINNING[3])
        while not (answer := answers.readline()).startswith(b"354"):
            assert answer[:1] == b"2"
        client.sendall(content + b"MAIL FROM:<ada@example.com>\r\nQUIT\r\n")
        assert [answers.readline()[:3] for _ in range(3)] == [b"250", b"250", b"221"]


def test_very_many_short_lines_take_little_memory(smtp: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Handler, "_deliver", lambda *_: receiver.ACCEPTED)
    content = b"\r\n" * (MAX_BYTES // 2 - 10)
    tracemalloc.start()
    try:
        assert dialogue(smtp, *BEGINNING, content + b".\r\n")[-1].startswith(b"250")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 10 * MAX_BYTES


def test_a_client_that_is_slow_is_left(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_MAIL_DOMAIN", DOMAIN)
    monkeypatch.setattr(receiver, "TIMEOUT_SECONDS", 0.5)
    smtp = Receiver(api.companies, "127.0.0.1", 0, max_bytes=MAX_BYTES)
    smtp.start()
    try:
        for beginning in (b"", b"".join(BEGINNING)):
            with socket.create_connection(smtp.address(), timeout=20) as client:
                client.sendall(beginning)
                # No command gives a client more time.
                with suppress(OSError):
                    while client.recv(1000):
                        client.sendall(b"NOOP\r\n" if not beginning else b"x\r\n")
                        time.sleep(0.02)
        send(smtp)
    finally:
        smtp.stop()


BROKEN_COMMANDS = [
    (b"\r\n", {500}),
    (b"\0\r\n", {500}),
    (b"\xff\xff\r\n", {500}),
    (b"X" * 5000 + b"\r\n", {500}),
    (b"NOOP " + b"x" * 100_000 + b"\r\n", {500}),
    (b"DATA\r\n", {503}),
    (b"AUTH PLAIN AGFkYQB4\r\n", {500, 503, 504, 538}),
    (b"STARTTLS\r\n", {454}),
    (b"MAIL FROM:<>\r\n", {250, 501}),
    (b"MAIL FROM:<ada@example.com> SIZE=99999999999\r\n", {552}),
    (b"MAIL FROM:<ada@example.com> SIZE=x\r\n", {501}),
    (b"MAIL FROM:<\xff\xfe@example.com>\r\n", {250, 500, 501, 553}),
    (b"RCPT TO:<tests@mail.crm.example>\r\n", {503}),
    (b"VRFY tests\r\n", {252, 500, 502}),
    (b"HELP \x1b[31m\r\n", {214, 501}),
    *((b"MAIL FROM:" + text + b"\r\n", {250, 500, 501, 553}) for text in (b"<", b'<"', b"<a@[", b'<"\\', b"<(", b"<@")),
]
"""Commands, and the codes with which they may be answered."""


def test_commands_that_are_none(smtp: Receiver) -> None:
    for command, codes in BROKEN_COMMANDS:
        answer = dialogue(smtp, b"EHLO x\r\n", command)[-1]
        assert int(answer[:3]) in codes, (command, answer)
        assert answer.isascii()


def test_ten_thousand_recipients(smtp: Receiver) -> None:
    commands = [f"RCPT TO:<tests+deal{number}@{DOMAIN}>\r\n".encode() for number in range(1, 10_001)]
    codes: Counter[bytes] = Counter()
    with socket.create_connection(smtp.address(), timeout=20) as client, client.makefile("rb") as answers:
        for command in (b"", b"HELO x\r\n", BEGINNING[1]):
            client.sendall(command)
            answers.readline()
        for start in range(0, len(commands), 500):
            client.sendall(b"".join(commands[start : start + 500]))
            codes.update(answers.readline()[:3] for _ in range(500))
    assert codes == {b"250": receiver.MAX_RECIPIENTS, b"452": len(commands) - receiver.MAX_RECIPIENTS}


def test_mail_comes_in_encrypted(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEALWRIGHT_MAIL_DOMAIN", DOMAIN)
    certificate = tmp_path / "certificate.pem"
    certificate.write_bytes(make_certificate("localhost"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    smtp = Receiver(api.companies, "127.0.0.1", 0, max_bytes=MAX_BYTES, tls_context=context)
    smtp.start()
    try:
        with smtplib.SMTP("localhost", smtp.address()[1], timeout=20) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(certificate)))
            client.send_message(write_mail(sender="ada@example.com"), to_addrs=[f"tests@{DOMAIN}"])
    finally:
        smtp.stop()
    assert len(api.get("/v1/mailbox/mailThreads", folder="sent").data) == 1


def test_what_is_being_stored_at_the_end_is_acknowledged(
    api: Api, smtp: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    has_begun, may_end = threading.Event(), threading.Event()

    def deliver_slowly(*values: Any, **named: Any) -> Any:
        has_begun.set()
        assert may_end.wait(20)
        return deliver(*values, **named)

    monkeypatch.setattr(receiver, "deliver", deliver_slowly)
    with ThreadPoolExecutor() as threads, socket.create_connection(smtp.address()):
        sent = threads.submit(send, smtp)
        assert has_begun.wait(20)
        stopped = threads.submit(smtp.stop)
        may_end.set()
        sent.result()
        stopped.result()
    assert len(api.get("/v1/mailbox/mailThreads", folder="sent").data) == 1


def test_mail_is_kept_by_its_sender_while_the_database_is_away(
    smtp: Receiver, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(api.companies.platform, "find_company_by_domain", fail)
        assert refusal(smtp, None, f"tests@{DOMAIN}")[0] == 451
    send(smtp)


def test_only_so_many_bring_mail_at_a_time(smtp: Receiver) -> None:
    opened = [socket.create_connection(smtp.address(), timeout=10) for _ in range(3)]
    try:
        for one in opened:
            assert one.recv(100).startswith(b"220")
        with socket.create_connection(smtp.address(), timeout=10) as another:
            assert another.recv(200) == receiver.BUSY
            assert another.recv(200) == b""
    finally:
        for one in opened:
            one.close()


def test_many_send_at_the_same_time(api: Api, smtp: Receiver) -> None:
    create_person(api)
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]

    def send_some(number: int) -> None:
        for turn in range(5):
            mail = write_mail(
                sender="ada@example.com", to="mary@customer.example", id=f"{number}.{turn}@x", answers="0@x"
            )
            send(smtp, mail, f"tests+deal{deal}@{DOMAIN}")

    threads = [threading.Thread(target=send_some, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [found] = api.get("/v1/mailbox/mailThreads", folder="sent").data
    assert found["message_count"] == 15
    assert api.get(f"/v1/deals/{deal}").data["email_messages_count"] == 15
    assert api.get("/v1/persons/1").data["email_messages_count"] == 15


def test_a_mail_that_cannot_be_stored_is_kept_by_its_sender(
    api: Api, smtp: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(receiver, "deliver", fail)
        assert refusal(smtp, None, f"tests@{DOMAIN}")[0] == 451
    send(smtp)


HOSTILE = [
    b"",
    b".",
    b"From: ada@example.com\r\n\r\n" + b"\0" * 500,
    b"From: ada@example.com\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 5000,
    b"From: ada@example.com\r\nContent-Type: message/rfc822\r\n\r\n" * 3000,
]


def test_hostile_mail_harms_nobody(api: Api, smtp: Receiver) -> None:
    for raw in HOSTILE:
        with smtplib.SMTP(*smtp.address(), timeout=20) as client, suppress(smtplib.SMTPDataError):
            client.sendmail("x@y.example", [f"tests@{DOMAIN}"], raw)
    send(smtp, write_mail(sender="ada@example.com", id="after@x"))
