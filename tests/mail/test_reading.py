"""Mail as it is read: right where it is right, and harmless where it lies or is broken."""

from __future__ import annotations

import base64
import encodings
import random
import re
from email.message import EmailMessage

import pytest

from dealwright.crm.values import mail
from dealwright.crm.values.mail import Address, Mail
from dealwright.crm.values.mail.reading import MAX_ATTACHMENTS, MAX_BODY_BYTES, MAX_PARTIES
from tests.mailbox import write_mail


def read(*lines: str | bytes) -> Mail:
    """Returns the message that these lines are."""
    return mail.read(b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines))


def body(content_type: str, content: bytes, encoding: str = "8bit") -> str:
    return read(f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {encoding}", "", content).body


def test_a_message() -> None:
    found = mail.read(
        bytes(
            write_mail(
                subject="Grüße",
                to='"Admin, Ada" <ada@example.com>, bob@example.com (Bob)',
                Cc="team: carl@example.com, Дора <dora@example.com>;",
                id="2@x",
                answers="1@x",
                html="<p>Hello <b>Ada</b></p>",
                files={"отчёт.pdf": b"%PDF"},
            )
        )
    )
    assert (found.message_id, found.references, found.subject) == ("2@x", ("1@x",), "Grüße")
    assert found.parties == {
        "from": (Address("mary@customer.example", "Mary Major"),),
        "to": (Address("ada@example.com", "Admin, Ada"), Address("bob@example.com", "Bob")),
        "cc": (Address("carl@example.com", ""), Address("dora@example.com", "Дора")),
        "bcc": (),
    }
    assert found.body.strip() == "<p>Hello <b>Ada</b></p>"
    assert found.snippet == "Dear Ada, how much is it?"
    [file] = found.attachments
    assert (file.name, file.content, file.is_inline) == ("отчёт.pdf", b"%PDF", False)
    assert str(found.time) == "2026-03-02 09:30:00+00:00"


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", "Zoë".encode(), "Zoë"),
        ("UTF-8", "Zoë".encode("latin-1"), "Zoë"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本"),
        ("gb2312", "中文".encode("gb2312"), "中文"),
        ("windows-1252", b"\x80", "€"),
        ("utf-16", "Zoë".encode("utf-16"), "Zoë"),
        ("us-ascii", "Zoë".encode(), "Zoë"),
        ("ISO_8859-15", b"\xa4", "€"),
        ("iso-8859-8-i", "שלום".encode("iso8859-8"), "שלום"),
        ("ks_c_5601-1987", "한국".encode("euc-kr"), "한국"),
        ("x-sjis", "日本".encode("shift-jis"), "日本"),
        ("", "Zoë".encode(), "Zoë"),
        ("unknown-8bit", "Zoë".encode(), "Zoë"),
        # Python's codecs under these names make no text, or not from these bytes.
        ("rot13", b"abc", "abc"),
        ("zip", b"abc", "abc"),
        ("idna", b"xn--a", "xn--a"),
        ("utf-7", b"+ADw-", "+ADw-"),
        ("unicode_escape", rb"\u003c", r"\u003c"),
        ("../../etc/passwd", b"abc", "abc"),
        ("\u00fc" * 10, b"abc", "abc"),
        ("x" * 5000, b"abc", "abc"),
    ],
)
def test_character_sets(charset: str, content: bytes, text: str) -> None:
    assert body(f'text/plain; charset="{charset}"', content) == text


def test_names_of_character_sets_are_not_remembered() -> None:
    known = len(encodings._cache)
    for number in range(100):
        read(f"Subject: =?x-{number}?q?a?=", f"Content-Type: text/plain; charset=y-{number}", "", b"\xff")
    assert len(encodings._cache) < known + 10


@pytest.mark.parametrize(
    ("encoding", "content", "text"),
    [
        ("base64", b"WmXDqw==", "Zeë"),
        ("BASE64", b"WmXD\r\nqw", "Zeë"),
        ("base64", b"!!WmXDqw==!!", "Zeë"),
        ("base64", b"not base64 at all, is it", None),
        ("base64", b"=====", ""),
        ("quoted-printable", b"Ze=C3=AB=\r\n!", "Zeë!"),
        ("quoted-printable", b"100 =% =ZZ =", "100 =% =ZZ"),
        ("7bit", "Zeë".encode(), "Zeë"),
        ("x-uuencode", b"text", "text"),
        ("gzip", b"text", "text"),
    ],
)
def test_transfer_encodings(encoding: str, content: bytes, text: str | None) -> None:
    found = body("text/plain; charset=utf-8", content, encoding)
    assert text is None or found == text


@pytest.mark.parametrize(
    ("header", "subject"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?R3LDvMOfZQ==?= =?utf-8?Q?_an_alle?=", "Grüße an alle"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"),
        ("=?utf-8?B?R3LDvM?=", "Grü"),
        ("=?utf-8?B?!?= x", "x"),
        ("=?none?q?a?=", "a"),
        ("=?utf-8?x?a?=", "=?utf-8?x?a?="),
        ("=?utf-8?q?a", "=?utf-8?q?a"),
        # What is encoded cannot make a header or a line of its own.
        ("=?utf-8?q?a=0D=0ABcc:_eve@example.com?=", "a Bcc: eve@example.com"),
        ("=?utf-8?q?=00=1B[31m=07red?=", "[31mred"),
        ("a\x00b\x1b[2Jc\x7f", "ab[2Jc"),
        ("a\u2028b\x85c\x0bd", "a b c d"),
        ("=?utf-8?q?=ED=A0=80?=", None),
        ("x" * 5000, "x" * 1000),
    ],
)
def test_subjects(header: str, subject: str | None) -> None:
    found = read(f"Subject: {header}", "", "text").subject
    assert found == subject if subject is not None else found.encode()


@pytest.mark.parametrize(
    ("header", "addresses"),
    [
        ("a@b.example", [("a@b.example", "")]),
        ("<a@b.example>", [("a@b.example", "")]),
        ("Ann <a@b.example>, Ann <A@B.example>", [("a@b.example", "Ann")]),
        ('"Ann \\"A\\" <x>" <a@b.example>', [("a@b.example", 'Ann "A" <x>')]),
        ("undisclosed-recipients:;", []),
        ("friends: a@b.example, Bob <b@b.example>; c@b.example", None),
        ("a@b.example (Ann (the first))", [("a@b.example", "Ann (the first)")]),
        ("no address, another one", []),
        ("<>", []),
        ("<a b@c.example>", []),
        ("a@b.example\x00@evil.example", None),
        ("x" * 400 + "@b.example", []),
        ("x" * 400 + " <a@b.example>", [("a@b.example", "x" * 255)]),
        ("<" * 1000, []),
        ("(" * 1000, []),
        ('"' * 1001 + "a@b.example", None),
        ("=?utf-8?q?a=40b.example=0D=0ACc:?= <c@d.example>", [("c@d.example", "a@b.example Cc:")]),
    ],
)
def test_addresses(header: str, addresses: list[tuple[str, str]] | None) -> None:
    found = read(f"To: {header}", "", "text").parties["to"]
    assert_harmless(read(f"To: {header}", "", "text"))
    if addresses is not None:
        assert [(one.email_address, one.name) for one in found] == addresses


def test_very_many_recipients() -> None:
    everybody = ", ".join(f"Somebody <{number}@example.com>" for number in range(10_000))
    found = read("From: a@example.com", f"To: {everybody}", f"Cc: {everybody}", f"Bcc: {everybody}", "", "text")
    assert found.parties["from"] == (Address("a@example.com", ""),)
    assert 200 <= sum(map(len, found.parties.values())) <= MAX_PARTIES


def test_headers_that_are_there_twice() -> None:
    found = read("Subject: first", "From: a@example.com", "Subject: second", "From: b@example.com", "", "text")
    assert (found.subject, found.senders()) == ("first", ["a@example.com"])


def test_what_is_before_and_between_headers() -> None:
    found = read("From someone Mon Mar  2", "no header", ": empty", " folded", "Subject: a", "\tb", "", "text")
    assert (found.subject, found.body) == ("a b", "text")


def test_very_many_headers() -> None:
    found = read("Subject: a", *(f"X-{number}: {'x' * 50}" for number in range(20_000)), "", "text")
    assert found.subject == "a"
    assert_harmless(found)


@pytest.mark.parametrize(
    ("header", "time"),
    [
        ("Mon, 02 Mar 2026 09:30:00 +0200", "2026-03-02 07:30:00+00:00"),
        ("2 Mar 26 09:30 EST", "2026-03-02 14:30:00+00:00"),
        ("Mon, 02 Mar 2026 09:30:00 +9999", None),
        ("Mon, 02 Mar 0000 09:30:00 +0000", None),
        ("Mon, 99 Xyz 2026 99:99:99 +0000", None),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("Fri, 31 Dec 9999 23:59:59 -9999", None),
        ("yesterday", None),
        ("9" * 5000, None),
    ],
)
def test_times(header: str, time: str | None) -> None:
    found = read(f"Date: {header}", "", "text").time
    assert time is None or str(found) == time
    assert found is None or 1990 <= found.year <= 9999


def test_ids_of_messages() -> None:
    assert read("Message-ID: <1@x>", "", "").message_id == "1@x"
    assert read("Message-ID: 1@x", "", "").message_id == "1@x"
    # The same bytes have the same id.
    ids = {
        read(f"Message-ID: {header}", "", "").message_id for header in ("", "<>", "a b", "<a b>", f"<{'x' * 600}@x>")
    }
    assert len(ids) == 5
    assert all(id.endswith("@without-id.invalid") for id in ids)
    found = read("In-Reply-To: <3@x>", f"References: {' '.join(f'<{number}@x>' for number in range(2000))}", "", "")
    assert found.references[:3] == ("3@x", "1999@x", "1998@x")
    assert found.references[-1] == "0@x"
    assert len(found.references) <= 101


PIXEL = b"\x89PNG"


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://evil.example/x.png">',
        '<img src="//evil.example/x.png">',
        '<img src="x.png">',
        '<img src=" https://evil.example/x">',
        '<img src="HTTPS://evil.example/x">',
        '<img src="data:image/svg+xml,<svg onload=evil.example>">',
        '<img srcset="https://evil.example/x 2x">',
        '<table background="https://evil.example/x"><tr><td background="//evil.example/x">a</td></tr></table>',
        '<p style="background: url(https://evil.example/x)">a</p>',
        "<style>@import 'https://evil.example/x'; p { background: url(//evil.example/x) }</style>a",
        '<link rel="stylesheet" href="https://evil.example/x">',
        '<iframe src="https://evil.example/x"></iframe>',
        '<object data="https://evil.example/x"></object><embed src="https://evil.example/x">',
        '<video poster="https://evil.example/x"><source src="https://evil.example/x"></video>',
        '<audio src="https://evil.example/x"></audio>',
        '<svg><image href="https://evil.example/x"/><use xlink:href="https://evil.example/x"/></svg>',
        '<math><mglyph src="https://evil.example/x"></math>',
        '<form action="https://evil.example/x"><input type="image" src="https://evil.example/x"></form>',
        '<base href="https://evil.example/"><img src="x.png">',
        '<meta http-equiv="refresh" content="0; url=https://evil.example/x">',
        '<body background="https://evil.example/x" onload="evil.example()">a</body>',
        "<script>fetch('https://evil.example/x')</script>",
        '<a href="javascript:evil.example()">a</a>',
        '<a href="a" ping="https://evil.example/x">a</a>',
        '<img src="cid:a" onerror="evil.example()">',
        '<img src="cid:a" lowsrc="https://evil.example/x" dynsrc="https://evil.example/x" longdesc="https://evil.example">',
        '<blockquote cite="https://evil.example/x">a</blockquote>',
        '<!--[if mso]><img src="https://evil.example/x"><![endif]-->a',
        '<img src="https://evil.example/x"',
        '<im\0g src="https://evil.example/x">',
        '<noscript><img src="https://evil.example/x"></noscript>',
        '<textarea><img src="https://evil.example/x"></textarea><title><img src="https://evil.example/x"></title>',
    ],
)
def test_nothing_of_html_is_loaded_from_elsewhere(html: str) -> None:
    for written in (html, html + " " * 2000 + "<p>long</p>"):
        found = body("text/html", written.encode())
        assert "evil.example" not in re.sub(r"&lt;.*?&gt;", "", found), found
        assert not re.search(r"<(script|style|iframe|object|embed|link|meta|base|form|input|svg|video|audio)\b", found)


def test_links_and_images_of_the_message_itself_stay() -> None:
    message = write_mail(html='<a href="https://fine.example/x">x</a><img src="cid:logo@x">', images={"logo@x": PIXEL})
    found = mail.read(bytes(message))
    assert 'href="https://fine.example/x"' in found.body
    assert "noopener" in found.body
    assert '<img src="cid:logo@x">' in found.body
    [image] = found.attachments
    assert (image.cid, image.is_inline, image.content_type) == ("logo@x", True, "image/png")


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        ";",
        "text",
        "text/plain/html",
        "multipart/mixed",
        "multipart/mixed; boundary=",
        "multipart/mixed; boundary=never",
        f"multipart/mixed; boundary={'x' * 5000}",
        "multipart/alternative; boundary*0=a; boundary*1=b",
        "text/html; charset=utf-8; charset=utf-16",
        '"text/html"',
        "image/png",
        "application/x\x00y",
        "message/rfc822",
        "message/partial; number=1; total=2",
        "message/external-body; access-type=URL; URL=https://evil.example/x",
        "text/" + "x" * 5000,
        "text/html" + "; a=b" * 5000,
    ],
)
def test_types_that_lie(content_type: str) -> None:
    content = b"--ab\r\nContent-Type: text/html\r\n\r\n<script>x</script>\xff\x00\r\n--ab--"
    found = read(f"Content-Type: {content_type}", "Subject: a", "", content)
    assert found.subject == "a"
    assert_harmless(found)
    assert all(re.fullmatch(r"[!-~]+/[!-~]+", one.content_type) for one in found.attachments)


def test_html_in_a_file_that_is_called_an_image_is_a_file() -> None:
    lines = ("Content-Type: image/png; name=a.png", "Content-ID: <a>", "", "<script>x</script>")
    [file] = read(*lines).attachments
    assert (file.content_type, file.content) == ("image/png", b"<script>x</script>")


def test_parts_in_parts() -> None:
    depth = 200
    lines: list[str] = []
    for level in range(depth):
        lines += [f"Content-Type: multipart/mixed; boundary=b{level}", "", f"--b{level}"]
    lines += ["Content-Type: text/plain", "", "the innermost"]
    lines += [f"--b{level}--" for level in reversed(range(depth))]
    found = read("Subject: a", *lines)
    assert len(found.attachments) + (found.body != "") == 1
    assert_harmless(found)


def test_very_many_parts() -> None:
    parts = b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\na\r\n" * 10_000
    found = read("Content-Type: multipart/mixed; boundary=b", "", parts + b"--b--")
    assert len(found.attachments) == MAX_ATTACHMENTS
    assert_harmless(found)


def test_mail_in_mail_is_a_file() -> None:
    inner = write_mail(subject="Inner", html='<img src="https://evil.example/x">')
    outer = EmailMessage()
    outer["Subject"] = "Outer"
    outer.set_content("see below")
    outer.add_attachment(inner)
    found = mail.read(bytes(outer))
    [file] = found.attachments
    assert (file.name, file.content_type) == ("Inner.eml", "message/rfc822")
    assert (found.subject, found.body.strip()) == ("Outer", "see below")
    assert mail.read(file.content).subject == "Inner"


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("filename=a.pdf", "a.pdf"),
        ('filename="../../etc/passwd"', "passwd"),
        (r'filename="C:\\Windows\\a.exe"', "a.exe"),
        ("filename*=utf-8''%D0%BE%D1%82.pdf", "от.pdf"),
        ("filename*0*=utf-8''%D0; filename*1*=%B6; filename*2=.pdf", "ж.pdf"),
        ("filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ('filename="=?utf-8?q?=D0=B6.pdf?="', "ж.pdf"),
        ("filename*=none''%FF.pdf", "ÿ.pdf"),
        ('filename="a\x00b\x1b\u202efdp.exe"', "abfdp.exe"),
        ('filename="..."', "file"),
        ("filename=" + "x" * 5000 + ".pdf", "x" * 251 + ".pdf"),
        ("filename*99999999999*=a; filename*x=b", None),
    ],
)
def test_names_of_files(header: str, name: str | None) -> None:
    [file] = read(f"Content-Disposition: attachment; {header}", "Content-Type: application/pdf", "", "%PDF").attachments
    assert name is None or file.name == name
    assert len(file.name) <= 255


def test_texts_that_are_too_long() -> None:
    found = read("Content-Type: text/html", "", "<p>word</p>" * 60_000)
    assert 0 < len(found.body.encode()) <= MAX_BODY_BYTES
    assert found.snippet.startswith("word word")
    found = read("Content-Type: text/plain", "", "& " * 500_000)
    assert 0 < len(found.body.encode()) <= MAX_BODY_BYTES
    found = read("Content-Type: text/html", "", "<div>" * 20_000 + "deep")
    assert_harmless(found)
    assert "deep" in found.body


def test_whatever_bytes_there_are_nothing_fails() -> None:
    chance = random.Random(1)
    seeds = [
        bytes(write_mail(html='<b>x</b><img src="cid:a">', images={"a": PIXEL}, files={"a.pdf": b"%PDF"})),
        bytes(write_mail(subject="Grüße", answers="0@x", Cc="team: a@b.example, c@d.example;")),
    ]
    awkward = [b"\0", b"\r", b"\n", b"--", b'"', b"=?", b";", b"\xff", b"<", b"(", base64.b64encode(b"x" * 50), b":"]
    for _ in range(1500):
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.randint(1, 20)):
            position = chance.randrange(len(content))
            length = chance.choice((0, 1, 5, 50))
            content[position : position + length] = chance.choice(
                [b"", chance.choice(awkward), chance.choice(awkward) * 30, chance.randbytes(5), content[:80]]
            )
        assert_harmless(mail.read(bytes(content)))


def assert_harmless(found: Mail) -> None:
    """Whether nothing of a message can end a line, obey to a terminal, be refused by a database, or load anything."""
    names = [text for those in found.parties.values() for one in those for text in one]
    files = [text for one in found.attachments for text in (one.name, one.content_type, one.cid or "")]
    for line in (found.subject, found.snippet, found.message_id, *found.references, *names, *files):
        line.encode()
        assert not re.search(r"[\x00-\x1f\x7f\x85\u2028\u2029]", line), line
    found.body.encode()
    assert "\0" not in found.body
    assert not re.search(r"<(script|style|iframe|object|embed|link|meta|base|form|svg)\b|\bon\w+=", found.body)
    assert not re.search(r"""<[^>]*\bsrc=["'](?!cid:)""", found.body)
    assert len(found.snippet) <= 225
    assert len(found.attachments) <= MAX_ATTACHMENTS
