"""Mail is read in a time that grows with its length alone, whatever is in it, and stored in one that does not grow with other mail."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from dealwright.crm.values import mail
from dealwright.storage.engines import SqliteDatabase
from tests import company
from tests.growth.growth import AWKWARD, MOST_AWKWARD, assert_linear, repeat
from tests.growth.test_neighbours import SLACK, STEPS_PER_CALLBACK, counting_connect
from tests.mailbox import receive, write_mail

HEADER_LENGTH = 12_000
BODY_LENGTH = 100_000
HEADERS = (
    *("From", "To", "Subject", "Date", "Message-ID", "References", "Content-Type", "Content-Transfer-Encoding"),
    "Content-Disposition",
)
UNITS = (
    *AWKWARD,
    "=?",
    "=?utf-8?q?",
    "=?utf-8?B?QQ==?= ",
    "<a@b.c>",
    "<a@b.c>, ",
    "b*0*=",
    ';b="',
    "\r\n ",
    "\r\nTo: a",
)

HTML = "Content-Type: text/html\r\n\r\n"
MIXED = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
BODIES: dict[str, Callable[[int], str]] = {
    "empty lines": lambda n: "\r\n" * (n // 2),
    "headers": lambda n: "a: b\r\n" * (n // 6),
    "a folded header": lambda n: "a:\r\n" + " \r\n" * (n // 3),
    "parts": lambda n: MIXED + "--b\r\n" * (n // 5),
    "parts with heads": lambda n: MIXED + "--b\r\na: b\r\n\r\nc\r\n" * (n // 16),
    "beginnings of boundaries": lambda n: MIXED + "\r\n--" * (n // 4),
    "parts in parts with the same boundary": lambda n: f"{MIXED}--b\r\n" * (n // 49),
    "parts in parts": lambda n: "".join(f"{MIXED}--b\r\n".replace("b", f"b{i}") for i in range(n // 55)),
    "mail in mail": lambda n: "Content-Type: message/rfc822\r\n\r\n" * (n // 32),
    "base64": lambda n: "Content-Transfer-Encoding: base64\r\n\r\n" + "QUJD" * (n // 4),
    "base64 that is none": lambda n: "Content-Transfer-Encoding: base64\r\n\r\n" + "=-_" * (n // 3),
    "quoted": lambda n: "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + "=41=\r\n" * (n // 6),
    "quoted that is none": lambda n: "Content-Transfer-Encoding: quoted-printable\r\n\r\n" + "=" * n,
    "files": lambda n: MIXED + "--b\r\nContent-Disposition: attachment; filename=a\r\n\r\na\r\n" * (n // 58),
}


@pytest.mark.parametrize("header", HEADERS)
def test_headers(header: str) -> None:
    for unit, beginning in product(UNITS, ("", "a;b=", '"', "<")):
        # Without an address at the end, which a search would find.
        prepare = partial(prepare_read, partial(repeat, unit, end="~"), f"{header}: {beginning}")
        assert_linear(prepare, HEADER_LENGTH, f"{header}: {beginning} and {unit!r}")


@pytest.mark.parametrize("kind", BODIES)
def test_bodies(kind: str) -> None:
    assert_linear(partial(prepare_read, BODIES[kind], ""), BODY_LENGTH, kind)


@pytest.mark.parametrize(
    "head", ["\r\n", HTML, "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", f"{MIXED}--b\r\n"]
)
def test_texts(head: str) -> None:
    # All others that HTML may hold are in the tests of bodies of notes, which take the same way.
    for unit in MOST_AWKWARD if head == HTML else UNITS:
        prepare = partial(prepare_read, partial(repeat, unit), head)
        assert_linear(prepare, BODY_LENGTH, f"{head!r} and {unit!r}")


def prepare_read(write: Callable[[int], str], head: str, length: int) -> Callable[[], object]:
    """Returns what reads a message that begins with a head and goes on with what is written of that length."""
    return partial(mail.read, f"{head}{write(length)}\r\n\r\ntext".encode())


def test_a_message_costs_the_same_in_a_long_thread(
    template_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = [0]
    monkeypatch.setattr(SqliteDatabase, "_connect", counting_connect(steps))
    api = company.open_api(company.copy_folder(template_folder, tmp_path / "platform"))
    deal = api.post("/api/v2/deals", {"title": "Deal"}).data["id"]
    costs = []
    for number in range(121):
        steps[0] = 0
        receive(api, write_mail(id=f"{number}@x", answers=f"{number - 1}@x"), deal_id=deal, is_private=False)
        if number in (20, 120):
            costs.append(steps[0] * STEPS_PER_CALLBACK)
            steps[0] = 0
            # It comes once more, as by another way.
            receive(api, write_mail(id="5@x"), deal_id=deal, is_private=False)
            costs.append(steps[0] * STEPS_PER_CALLBACK)
    [thread] = api.get("/v1/mailbox/mailThreads", folder="inbox").data
    company.close(api)
    assert thread["message_count"] == 121
    in_short, again_in_short, in_long, again_in_long = costs
    assert in_long < 1.5 * in_short + SLACK
    assert again_in_long < 1.5 * again_in_short + SLACK
