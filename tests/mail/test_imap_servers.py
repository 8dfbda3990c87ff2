"""Mail servers that misbehave, or that are not there."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest

from dealwright.crm.correspondence import mail_accounts
from dealwright.mail.imap import ImapClient, ImapError
from tests.api import Api
from tests.mail.accounts import add_account, fetch, look


@contextmanager
def misbehaving_server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """Yields the port of a server that answers each command with whatever ``answer`` returns for it."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, client.makefile("rb") as lines:
                client.sendall(b"* OK hello\r\n")
                try:
                    for line in lines:
                        client.sendall(answer(line))
                except OSError:
                    pass

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        # Whoever waits for a connection is woken by one.
        with socket.create_connection(listener.getsockname()):
            listener.close()
        thread.join()


def answering(**answers: bytes) -> Callable[[bytes], bytes]:
    """Returns the answers of a server that knows a few commands; others are done."""

    def answer(line: bytes) -> bytes:
        tag, command, *_ = [*line.split(), b"", b""]
        name = command.decode().upper()
        if name == "UID":
            name = line.split()[2].decode().upper()
        if name == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n"
        return answers.get(name, b"") + tag + b" OK done\r\n"

    return answer


OPENED = {"EXAMINE": b"* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 10] x\r\n"}
FOUND = {**OPENED, "SEARCH": b"* SEARCH 1\r\n"}
DESCRIBED = b'* 1 FETCH (UID 1 FLAGS () INTERNALDATE "01-Mar-2026 08:00:00 +0000" RFC822.SIZE 100)\r\n'
HUGE = b"* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 4294967295] x\r\n"


TOO_SLOW = "took longer than"

CASES: list[tuple[dict[str, bytes], str | None]] = [
    ({"LOGIN": b"x" * 2_000_000}, "got more than 1000000 bytes"),
    ({"LOGIN": b"* OK x\r\n" * 101_000}, "without an end"),
    ({"LIST": b'* LIST () "/" {99999999999}\r\n'}, "without an end"),
    ({"EXAMINE": b""}, "does not number its messages"),
    ({"EXAMINE": b"* OK [UIDVALIDITY 99999999999999999999] x\r\n"}, "does not number its messages"),
    # It does not say which number comes next.
    ({"EXAMINE": b"* OK [UIDVALIDITY 1] x\r\n* OK [UIDNEXT 99999999999] x\r\n"}, None),
    ({"EXAMINE": b"* OK [UIDVALIDITY 1] x\r\n", "FETCH": b"* 9 FETCH (UID 9)\r\n"}, None),
    ({"EXAMINE": HUGE, "SEARCH": b"* SEARCH 5000000000 x -1\r\n"}, TOO_SLOW),
    ({**OPENED, "SEARCH": b"* SEARCH " + b"1 " * 100_000 + b"\r\n"}, None),
    ({**FOUND, "FETCH": b"* 1 FETCH (UID 1 RFC822.SIZE 9 {99999999999}\r\n"}, "without an end"),
    ({**FOUND, "FETCH": DESCRIBED}, None),
    ({**FOUND, "FETCH": b"* 1 FETCH (\r\n* 1 FETCH (UID x)\r\n"}, None),
    ({**FOUND, "FETCH": DESCRIBED.replace(b"01-Mar", b"99-Xyz")}, None),
    ({**FOUND, "FETCH": DESCRIBED.replace(b"2026", b"0000")}, None),
    ({**OPENED, "SEARCH": b"* BYE \x1b[31mred\r\n"}, "[31mred"),
    (
        {**OPENED, "LIST": b'* LIST (\\Sent) "/" {3}\r\nabc\r\n* LIST (\\Sent) NIL "a\\"b"\r\n* LIST (((((\r\n'},
        None,
    ),
]
"""What a server answers to commands, and what is told of it."""


def test_servers_that_misbehave_harm_nobody(api: Api) -> None:
    for answers, told in CASES:
        with misbehaving_server(answering(**answers)) as port:
            account = add_account(api, port)
            turn = timedelta(seconds=0.1 if told == TOO_SLOW else 60)
            assert fetch(api, turn=turn) == 0
            now, folders = look(api, account)
            with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
                mail_accounts.remove(crm, account.id)
        found = [one for one in (now.error, *(folder.error for folder in folders.values())) if one is not None]
        assert [told in one for one in found] == [True] if told else found == [], (answers, found)
        assert all(one.isprintable() and len(one) <= 500 for one in found)
        assert (now.failures, now.fetch_time is None) == ((1, True) if now.error else (0, False))


def test_a_server_that_sends_a_byte_now_and_then_is_left(api: Api) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        account = add_account(api, listener.getsockname()[1])
        is_over = threading.Event()

        def trickle() -> None:
            client, _ = listener.accept()
            with client, suppress(OSError):
                client.sendall(b"* OK ")
                while not is_over.wait(0.05):
                    client.sendall(b"x")

        thread = threading.Thread(target=trickle)
        thread.start()
        assert fetch(api, turn=timedelta(seconds=0.3)) == 0
        is_over.set()
        thread.join()
    assert "took longer than" in str(look(api, account)[0].error)


def test_a_message_that_is_refused_is_left_out_after_a_while(api: Api) -> None:
    def answer(line: bytes) -> bytes:
        if b"BODY.PEEK" in line:
            return line.split()[0] + b" NO it is broken\r\n"
        return answering(**{**FOUND, "FETCH": DESCRIBED})(line)

    with misbehaving_server(answer) as port:
        account = add_account(api, port)
        for failures in (1, 2):
            assert fetch(api) == 0
            assert look(api, account)[0].failures == failures
            api.clock.advance(hours=1)
        assert fetch(api) == 0
        now, folders = look(api, account)
        assert (now.error, folders["INBOX"].skipped_count) == (None, 1)
        assert folders["INBOX"].error == "message 1: it is broken"
        assert fetch(api) == 0


def test_a_message_at_which_sessions_end_holds_the_others_back_for_longer(api: Api) -> None:
    def answer(line: bytes) -> bytes:
        return b"* BYE gone\r\n" if b"BODY.PEEK" in line else answering(**{**FOUND, "FETCH": DESCRIBED})(line)

    with misbehaving_server(answer) as port:
        account = add_account(api, port)
        for _ in range(10):
            assert fetch(api) == 0
            assert look(api, account)[1]["INBOX"].skipped_count in (0, 1)
            api.clock.advance(hours=1)
        now, folders = look(api, account)
        assert (now.failures, folders["INBOX"].skipped_count) == (10, 1)
        assert fetch(api) == 0
        assert look(api, account)[0].error is None


def test_a_name_cannot_end_a_command() -> None:
    how: Any = {"max_message_bytes": 1000, "longest": timedelta(minutes=1)}
    with misbehaving_server(answering()) as port, ImapClient("127.0.0.1", port, "none", **how) as client:
        with pytest.raises(ImapError):
            client.open_folder('x"\r\nA1 DELETE INBOX')
        with pytest.raises(ImapError):
            client.log_in("ada\r\nA1 DELETE INBOX", "x")


def test_a_server_that_is_not_there(api: Api) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    account = add_account(api, port)
    assert fetch(api) == 0
    assert "refused" in str(look(api, account)[0].error)
