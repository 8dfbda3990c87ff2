"""Mail messages: their texts, and the lists of those about deals, persons and organizations."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.api import Api
from tests.company import add_user
from tests.mailbox import receive, write_mail

PNG = b"\x89PNG\r\n\x1a\n"


def body_of(api: Api, id: int) -> str:
    body: str = api.get(f"/v1/mailbox/mailMessages/{id}", include_body=1).data["body"]
    return body


@pytest.fixture
def person(api: Api) -> int:
    org = api.post("/api/v2/organizations", {"name": "Customer"}).data["id"]
    body = {"name": "Mary Major", "org_id": org, "emails": [{"value": "mary@customer.example"}]}
    id: int = api.post("/api/v2/persons", body).data["id"]
    return id


def test_a_message(api: Api, person: int) -> None:
    to = "Ada Admin <ada@example.com>, b@customer.example"
    received = receive(api, write_mail(to=to, Cc='"Major, Mary" <MARY@customer.example>', files={"a.pdf": b"%PDF"}))
    answer = api.get(f"/v1/mailbox/mailMessages/{received.id}")
    assert {name: answer.body[name] for name in ("statusCode", "statusText", "service")} == {
        "statusCode": 2000,
        "statusText": "Success",
        "service": "email-api",
    }
    message = answer.data
    assert "body" not in message
    assert [one["email_address"] for one in message["to"]] == ["ada@example.com", "b@customer.example"]
    assert [(one["name"], one["linked_person_id"]) for one in (*message["from"], *message["cc"])] == [
        ("Mary Major", person),
        ("Major, Mary", person),
    ]
    assert message["bcc"] == []
    flags = {name.removesuffix("_flag") for name, value in message.items() if name.endswith("_flag") and value}
    assert flags == {"synced", "has_body", "has_attachments", "has_real_attachments"}
    assert (message["message_time"], message["subject"]) == ("2026-03-02T09:30:00.000Z", "Question")
    assert body_of(api, received.id) == "Dear Ada,<br>\nhow much is it?"
    assert api.get("/v1/mailbox/mailMessages/99").status == 404


def test_the_text_of_a_message_has_nothing_from_elsewhere(api: Api) -> None:
    html = (
        '<style>p{color:red}</style><p style="background:url(https://spy.example/1)" onclick="steal()">Hello '
        '<img src="https://spy.example/pixel.gif"><img src="//spy.example/2"><img src="cid:logo@x" width="10">'
        '<a href="https://shop.example/">Shop</a><a href="javascript:steal()">x</a></p><script>steal()</script>'
        '<table background="https://spy.example/3"><tr><td>Price</td></tr></table><link href="https://spy.example/4">'
    )
    message = receive(api, write_mail(html=html, images={"logo@x": PNG}))
    body = body_of(api, message.id)
    assert "spy" not in body
    assert "steal" not in body
    assert '<img src="cid:logo@x" width="10">' in body
    assert '<a href="https://shop.example/" rel="noopener noreferrer">Shop</a>' in body
    assert "<td>Price</td>" in body


def test_the_address_of_a_text_is_secret_and_valid_for_an_hour(api: Api) -> None:
    message = receive(api, write_mail(html="<p>Hello</p>"))
    url = api.get(f"/v1/mailbox/mailMessages/{message.id}").data["body_url"]
    path, _, query = url.removeprefix("http://localhost").partition("?")

    def fetch(path: str = path, query: str = query) -> Any:
        return api.send("GET", path, headers={}, raw_query=query.encode())

    answer = fetch()
    assert answer.body == b"<p>Hello</p>\n"
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["content-disposition"].startswith("inline")
    assert fetch(query=query.replace("expires=1", "expires=2")).status == 404
    assert fetch(query=query[:-1]).status == 404
    assert fetch(path=path.replace("/mail/", "/images/")).status == 404
    other = receive(api, write_mail(id="2@x"))
    assert fetch(path=re.sub(r"\d+$", str(other.id), path)).status == 404
    api.clock.advance(hours=1, seconds=1)
    assert fetch().status == 404
    empty = receive(api, write_mail(id="3@x", text=None))
    shown = api.get(f"/v1/mailbox/mailMessages/{empty.id}", include_body=1).data
    assert (shown["body_url"], shown["has_body_flag"], shown["body"]) == ("", 0, None)


def test_lists_of_mail(api: Api, person: int) -> None:
    deal = api.post("/api/v2/deals", {"title": "Deal", "person_id": person}).data["id"]
    for number in range(3):
        sender = "ada@example.com" if number else "mary@customer.example"
        mail = write_mail(
            id=f"{number}@x",
            sender=sender,
            to="mary@customer.example" if number else "ada@example.com",
            time=f"Mon, 02 Mar 2026 09:0{number}:00 +0000",
            answers="0@x" if number else None,
        )
        receive(api, mail, folder="sent" if number else "inbox", deal_id=deal)
    receive(api, write_mail(id="draft@x", to="mary@customer.example"), folder="drafts")
    for path, count in (
        (f"/v1/deals/{deal}", 3),
        (f"/v1/persons/{person}", 3),
        ("/v1/organizations/1", 3),
    ):
        page = api.get(f"{path}/mailMessages", limit=2)
        assert [one["timestamp"] for one in page.data] == ["2026-03-02 09:02:00", "2026-03-02 09:01:00"]
        assert page.body["additional_data"]["pagination"]["more_items_in_collection"] is True
        assert "body" not in page.data[0]["data"]
        whole = api.get(f"{path}/mailMessages", include_body=1)
        assert [one["data"]["body"] for one in whole.data] == ["Dear Ada,<br>\nhow much is it?"] * 3
        assert whole.body["additional_data"]["pagination"]["limit"] == 20
        assert api.get(f"{path}/mailMessages", include_body=1, limit=2, start=1).data == whole.data[1:]
        [last] = api.get(f"{path}/mailMessages", start=2).data
        assert (last["object"], last["data"]["mua_message_id"], last["data"]["item_type"]) == (
            "mailMessage",
            "0@x",
            "mailMessage",
        )
        assert api.get(path).data["email_messages_count"] == count
        assert api.get(f"{path}9/mailMessages", include_body=1).status == 404
    for path in (f"/v1/deals/{deal}", f"/v1/persons/{person}"):
        shown = api.get(path).data
        assert (shown["last_incoming_mail_time"], shown["last_outgoing_mail_time"]) == (
            "2026-03-02 09:00:00",
            "2026-03-02 09:02:00",
        )
    fields = "email_messages_count,last_incoming_mail_time,last_outgoing_mail_time"
    assert api.get(f"/api/v2/deals/{deal}", include_fields=fields).data["last_outgoing_mail_time"] is not None
    for noun in ("deals", "persons", "organizations"):
        assert api.get(f"/v1/{noun}/99/mailMessages").status == 404


def test_mail_stays_with_the_organization(api: Api, person: int) -> None:
    receive(api)
    other = api.post("/api/v2/organizations", {"name": "Other"}).data["id"]
    api.patch(f"/api/v2/persons/{person}", {"org_id": other})
    receive(api, write_mail(id="2@x"))
    assert api.get("/v1/organizations/1").data["email_messages_count"] == 1
    assert api.get(f"/v1/organizations/{other}").data["email_messages_count"] == 1
    assert len(api.get(f"/v1/persons/{person}/mailMessages").data) == 2


def test_a_message_cannot_be_from_the_future_or_a_time_before_mail(api: Api) -> None:
    late = receive(api, write_mail(id="1@x", time="Fri, 31 Dec 9999 23:59:59 +0000"))
    early = receive(api, write_mail(id="2@x", time="Thu, 01 Jan 1970 00:00:00 +0000"))
    none = receive(api, write_mail(id="3@x", time=None), time="2026-03-01 08:00:00")
    assert [one.message_time for one in (late, early, none)] == [
        "2026-03-02 10:00:00",
        "2026-03-02 10:00:00",
        "2026-03-01 08:00:00",
    ]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\0" * 1000,
        b"From: \xff\xfe\r\nSubject: =?utf-8?b?////?=\r\n\r\n\xff\0\xfe",
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" * 500,
        b"Content-Type: text/html; charset=utf-16\r\n\r\n<p>\0",
        b"From: " + b"(" * 5000 + b'\r\nTo: a@b, <script>@x.y, "\\" <c@d.e>\r\n\r\n',
        b"Message-ID: <" + b"a" * 3000 + b"@x>\r\nReferences: " + b"<r@x> " * 3000 + b"\r\n\r\nx",
        b'Content-Type: image/png; name="../../../etc/passwd\\0"\r\nContent-ID: <"><script>@x>\r\n\r\nx',
        b"Content-Type: text/html\r\n\r\n" + b"<div><b>" * 60_000,
        b"Content-Disposition: attachment; filename=" + b"a" * 4000 + b".exe\r\n\r\nMZ",
        b"Subject: "
        + "\u202egpj.exe\U000e0001\ud7ff".encode()
        + b"\r\nDate: Mon, 99 Foo 99999 99:99:99 +9999\r\n\r\nx",
    ],
    ids=range(11),
)
def test_whatever_comes_is_harmless(api: Api, raw: bytes) -> None:
    message = receive(api, raw)
    assert "script" not in body_of(api, message.id) if message.content_key else True
    [thread] = api.get("/v1/mailbox/mailThreads", folder="inbox").data
    assert api.get(f"/v1/mailbox/mailThreads/{thread['id']}/mailMessages").data[0]["id"] == message.id
    for file in api.get("/v1/files").data or ():
        assert "/" not in file["name"]
        assert len(file["name"]) <= 255
        content = api.send("GET", f"/v1/files/{file['id']}/download")
        assert content.headers["content-disposition"].startswith("attachment")


def test_a_type_that_lies_changes_nothing(api: Api) -> None:
    raw = (
        b"From: mary@customer.example\r\nMessage-ID: <1@x>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n"
        b"--b\r\nContent-Type: text/html; name=page.html\r\nContent-Disposition: attachment\r\n\r\n<script>steal()</script>\r\n"
        b"--b\r\nContent-Type: image/svg+xml; name=\"a.png\"\r\n\r\n<svg onload='steal()'/>\r\n--b--\r\n"
    )
    message = receive(api, raw)
    assert body_of(api, message.id) == "Hello"
    for file in api.get("/v1/files").data:
        answer = api.send("GET", f"/v1/files/{file['id']}/download")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"].startswith("attachment")


def test_mail_is_in_flows(api: Api, person: int) -> None:
    deal = api.post("/api/v2/deals", {"title": "Deal", "person_id": person}).data["id"]
    receive(api, write_mail(files={"offer.pdf": b"%PDF"}), deal_id=deal)
    receive(api, write_mail(id="2@x", answers="first@customer.example", time="Mon, 02 Mar 2026 09:31:00 +0000"))
    for path in (f"/v1/deals/{deal}", f"/v1/persons/{person}", "/v1/organizations/1"):
        both = api.get(f"{path}/flow", items="mailMessage,mailMessageWithAttachment").data
        assert [(one["object"], one["timestamp"], one["data"]["mua_message_id"]) for one in both] == [
            ("mailMessage", "2026-03-02 09:31:00", "2@x"),
            ("mailMessageWithAttachment", "2026-03-02 09:30:00", "first@customer.example"),
        ]
        plain, with_file = (one["data"]["attachments"] for one in both)
        assert ([file["name"] for file in with_file], plain) == (["offer.pdf"], [])
        assert with_file[0]["url"].endswith(f"/files/{with_file[0]['id']}/download")
        whole = [one["object"] for one in api.get(f"{path}/flow").data]
        assert ("file" in whole, whole.count("mailMessage"), whole.count("mailMessageWithAttachment")) == (False, 1, 1)
        for kind in ("mailMessage", "mailMessageWithAttachment"):
            assert [one["object"] for one in api.get(f"{path}/flow", items=kind).data] == [kind]
    other = add_user(api, "Other")
    paths = (f"/v1/deals/{deal}", f"/v1/persons/{person}", "/v1/organizations/1")
    assert [other.get(f"{path}/flow", items="mailMessage").data for path in paths] == [None] * 3
    [thread] = api.get("/v1/mailbox/mailThreads", folder="inbox").data
    api.form("PUT", f"/v1/mailbox/mailThreads/{thread['id']}", {"shared_flag": 1})
    assert [len(other.get(f"{path}/flow", items="mailMessage").data) for path in paths] == [1] * 3
