"""Mailboxes that are fetched from a real mail server."""

from __future__ import annotations

import itertools
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from dealwright.crm.correspondence import mail_accounts
from dealwright.mail.delivery import deliver
from dealwright.storage.tables import mail_accounts as accounts_table
from tests.api import Api
from tests.company import add_user
from tests.mail import dovecot
from tests.mail.accounts import add_account, fetch, look
from tests.mail.dovecot import PASSWORD, USER, MailServer
from tests.mailbox import write_mail

DATE = '"01-Mar-2026 08:00:00 +0000"'


@pytest.fixture(scope="module")
def running() -> Iterator[MailServer]:
    # The folders of pytest may be entered by root alone.
    folder = Path(tempfile.mkdtemp(prefix="dealwright-dovecot-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        with dovecot.run_server(folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(running: MailServer) -> MailServer:
    """Returns the server, with empty folders."""
    with running.session() as session:
        for name in ("INBOX", "Sent", "Drafts", '"Old mail"', "Projects"):
            session.create(name)
            if session.select(name)[1] != [b"0"]:
                session.store("1:*", "+FLAGS", "\\Deleted")
                session.expunge()
        session.unselect()
        session.delete("Projects")
    return running


def put(server: MailServer, folder: str, message: EmailMessage | bytes, flags: str = "", date: str = DATE) -> None:
    server.append(folder, message if isinstance(message, bytes) else bytes(message), flags, date)


def subjects(api: Api, folder: str = "inbox") -> list[str]:
    return sorted(one["subject"] for one in api.get("/v1/mailbox/mailThreads", folder=folder).data)


def test_the_folders_of_a_mailbox_are_fetched(api: Api, server: MailServer) -> None:
    person = api.post("/api/v2/persons", {"name": "Mary", "emails": [{"value": "mary@customer.example"}]}).data["id"]
    put(server, "INBOX", write_mail(subject="In", id="1@x", files={"a.pdf": b"%PDF"}))
    put(server, "INBOX", write_mail(subject="Seen", id="2@x"), "\\Seen")
    put(server, "Sent", write_mail(subject="Re: In", sender=USER, to="mary@customer.example", id="3@x", answers="1@x"))
    put(server, "Drafts", write_mail(subject="Draft", sender=USER, id="4@x"))
    put(server, "Old mail", write_mail(subject="Old", id="5@x"))
    put(server, "Old mail", write_mail(subject="Old own", sender=USER, id="6@x"))
    put(server, "Projects", write_mail(subject="Elsewhere", id="7@x"))
    account = add_account(api, server.port)
    assert fetch(api) == 6
    assert subjects(api) == ["In", "Seen"]
    assert subjects(api, "sent") == ["In", "Old own"]
    assert (subjects(api, "drafts"), subjects(api, "archive")) == (["Draft"], ["Old"])
    flags = {one["subject"]: one["read_flag"] for one in api.get("/v1/mailbox/mailThreads", folder="inbox").data}
    assert flags == {"In": 0, "Seen": 1}
    [thread] = [one for one in api.get("/v1/mailbox/mailThreads", folder="inbox").data if one["subject"] == "In"]
    assert (thread["account_id"], thread["synced_flag"], thread["shared_flag"]) == (account.uuid, 1, 0)
    assert len(api.get(f"/v1/persons/{person}/mailMessages").data) == 4
    now, folders = look(api, account)
    assert (now.error, now.failures, now.fetch_time) == (None, 0, "2026-03-02 10:01:00")
    assert {name: (one.folder, one.fetched_count, one.error) for name, one in folders.items()} == {
        "INBOX": ("inbox", 2, None),
        "Sent": ("sent", 1, None),
        "Drafts": ("drafts", 1, None),
        "Old mail": ("archive", 2, None),
    }
    # Nothing was marked as read there.
    with server.session() as session:
        session.select("INBOX")
        assert session.search(None, "UNSEEN") == ("OK", [b"1"])
    assert fetch(api) == 0
    put(server, "INBOX", write_mail(subject="New", id="8@x"))
    assert fetch(api) == 1
    assert subjects(api) == ["In", "New", "Seen"]


def test_named_folders_are_fetched_and_those_that_are_missing_are_told(api: Api, server: MailServer) -> None:
    put(server, "Projects", write_mail(subject="Project"))
    account = add_account(api, server.port, folders={"Projects": "inbox", "Missing": "archive"}, is_private=False)
    assert fetch(api) == 1
    assert subjects(api) == ["Project"]
    assert api.get("/v1/mailbox/mailThreads", folder="inbox").data[0]["shared_flag"] == 1
    now, folders = look(api, account)
    assert now.error is None
    assert folders["Projects"].error is None
    assert "Missing" in str(folders["Missing"].error)


def test_mail_from_before_stays_where_it_is(api: Api, server: MailServer) -> None:
    put(server, "INBOX", write_mail(subject="Old", id="1@x"), date='"01-Jan-2026 08:00:00 +0000"')
    put(server, "INBOX", write_mail(subject="New", id="2@x"))
    add_account(api, server.port, history=timedelta(days=7))
    assert fetch(api) == 1
    assert subjects(api) == ["New"]


def test_a_large_message_is_left_out_and_told(api: Api, server: MailServer) -> None:
    put(server, "INBOX", write_mail(subject="Large", id="1@x", files={"a.bin": b"x" * 50_000}))
    put(server, "INBOX", write_mail(subject="Small", id="2@x"))
    account = add_account(api, server.port)
    assert fetch(api, max_bytes=20_000) == 1
    assert subjects(api) == ["Small"]
    inbox = look(api, account)[1]["INBOX"]
    assert (inbox.fetched_count, inbox.skipped_count) == (1, 1)
    assert "may have 20000" in str(inbox.error)
    assert fetch(api, max_bytes=20_000) == 0


def test_a_mailbox_that_cannot_be_entered(api: Api, server: MailServer) -> None:
    put(server, "INBOX", write_mail())
    account = add_account(api, server.port, password="wrong")
    assert fetch(api) == 0
    now, _ = look(api, account)
    assert "uthentication failed" in str(now.error)
    assert (now.failures, now.fetch_time, now.next_fetch_time) == (1, None, "2026-03-02 10:03:00")
    # It is not tried before its time.
    assert fetch(api) == 0
    assert look(api, account)[0].failures == 1
    assert fetch(api) == 0
    assert look(api, account)[0].failures == 2
    with api.companies.unit_of_work(api.principal.company, 1, write=True) as crm:
        sealed = crm.company.cipher.encrypt(PASSWORD)
        crm.db.execute(sa.update(accounts_table).values(sealed_password=sealed, next_fetch_time=None))
    assert fetch(api) == 1
    assert (look(api, account)[0].error, look(api, account)[0].failures) == (None, 0)


def test_connections_are_encrypted_and_certificates_are_checked(api: Api, server: MailServer) -> None:
    put(server, "INBOX", write_mail(id="1@x"))
    trusting = ssl.create_default_context(cafile=str(server.certificate))
    tls = add_account(api, server.tls_port, host="localhost", security="tls")
    assert fetch(api) == 0
    assert "CERTIFICATE_VERIFY_FAILED" in str(look(api, tls)[0].error)
    api.clock.advance(hours=1)
    assert fetch(api, context=trusting) == 1
    put(server, "INBOX", write_mail(id="2@x"))
    add_account(api, server.port, host="localhost", security="starttls")
    api.clock.advance(hours=1)
    # What the other account has brought is not brought again.
    assert fetch(api, context=trusting) == 3
    assert len(api.get("/v1/mailbox/mailThreads", folder="inbox").data) == 2


def test_a_folder_that_was_made_anew_is_fetched_anew(api: Api, server: MailServer) -> None:
    put(server, "Projects", write_mail(subject="First", id="1@x"))
    account = add_account(api, server.port, folders={"Projects": "inbox"})
    assert fetch(api) == 1
    with server.session() as session:
        session.delete("Projects")
    put(server, "Projects", write_mail(subject="First", id="1@x"))
    put(server, "Projects", write_mail(subject="Second", id="2@x"))
    assert fetch(api) == 2
    assert subjects(api) == ["First", "Second"]
    assert look(api, account)[1]["Projects"].last_uid == 2


def test_a_message_that_cannot_be_stored_holds_the_others_back_for_a_while(
    api: Api, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put(server, "INBOX", write_mail(subject=str(number), id=f"{number}@x"))
    account = add_account(api, server.port)

    def fail_once(companies: Any, company: Any, user_id: int, mail: Any, *others: Any, **named: Any) -> Any:
        if mail.subject == "1":
            raise RuntimeError("cannot be stored")
        return deliver(companies, company, user_id, mail, *others, **named)

    monkeypatch.setattr("dealwright.mail.account_session.deliver", fail_once)
    for failures in (1, 2):
        fetch(api)
        now, folders = look(api, account)
        assert (now.error, folders["INBOX"].failed_uid is not None, folders["INBOX"].failures) == (
            "RuntimeError",
            True,
            failures,
        )
        assert subjects(api) == ["0"]
        api.clock.advance(hours=1)
    assert fetch(api) == 1
    assert subjects(api) == ["0", "2"]
    inbox = look(api, account)[1]["INBOX"]
    assert (inbox.fetched_count, inbox.skipped_count, inbox.failures) == (2, 1, 0)


def test_users_who_are_gone_get_no_mail(api: Api, server: MailServer) -> None:
    rep = add_user(api, "Rep")
    put(server, "INBOX", write_mail())
    add_account(rep, server.port)
    api.put(f"/v1/users/{rep.principal.user_id}", {"active_flag": False})
    assert fetch(api) == 0


def test_what_keeps_all_messages_from_being_stored_leaves_none_out(
    api: Api, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(server, "INBOX", write_mail())
    account = add_account(api, server.port)

    def fail(*_: object, **__: object) -> None:
        raise OSError("the bucket failed")

    with monkeypatch.context() as patch:
        patch.setattr("dealwright.mail.account_session.deliver", fail)
        for failures in range(1, 6):
            assert fetch(api) == 0
            now, folders = look(api, account)
            assert (now.error, now.failures, folders["INBOX"].skipped_count) == ("OSError", failures, 0)
            api.clock.advance(hours=1)
    assert fetch(api) == 1


def test_an_account_is_fetched_by_one_process_at_a_time(api: Api, server: MailServer) -> None:
    put(server, "INBOX", write_mail())
    account = add_account(api, server.port)
    company, user_id = api.principal.company, api.principal.user_id
    assert api.companies.run(company, user_id, lambda crm: mail_accounts.claim(crm, account), write=True)
    assert not api.companies.run(company, user_id, lambda crm: mail_accounts.claim(crm, account), write=True)
    assert fetch(api) == 0
    # Whoever has claimed it is gone.
    api.clock.advance(minutes=1)
    assert fetch(api) == 1


def test_a_turn_ends_after_its_time_and_the_next_goes_on(
    api: Api, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        put(server, "INBOX", write_mail(id=f"{number}@x"))
    account = add_account(api, server.port, folders={"INBOX": "inbox", "Sent": "sent"})
    monkeypatch.setattr("dealwright.mail.account_session.monotonic", partial(next, itertools.count(0, 1000)))
    for _ in range(3):
        assert look(api, account)[1]["Sent"].fetch_time is None
        assert fetch(api) == 1
    assert fetch(api) == 0
    assert look(api, account)[1]["Sent"].fetch_time is not None
