"""Values that are unusual wherever they stand, and how they are written: what no library would write, too."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from tests.call_strategies import MAX_SAFE_INTEGER
from tests.growth.growth import AWKWARD as UNITS

SHORT_AWKWARD_TEXTS = (
    *("", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202e\U00010000", "\ufeff", "\u2028", "\x7f\x1b]0;x\x07"),
    *(
        "null",
        "None",
        "true",
        "NaN",
        "inf",
        "-inf",
        "1e5",
        "1e400",
        "-1e400",
        "0x10",
        "1_000",
        "\u0663",
        "\uff11\uff12",
        "²",
        "½",
    ),
    *("0", "-0", "-1", "+1", "01", "1.0", "1,5", " 1 ", "1\n", str(2**31), str(2**53), str(2**63), str(2**64)),
    *("9" * 400, "9" * 5_000, "0." + "0" * 5_000 + "1", "1e999999999", "1" + "e1" * 50),
    *("0000-00-00", "0000-00-00 00:00:00", "0001-01-01", "9999-12-31", "10000-01-01", "-0001-01-01", "2026-02-30"),
    *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "2026-01-01T24:00:00Z", "2026-12-31T23:59:60Z"),
    *(
        "2026-01-01T00:00:00.123456789Z",
        "2026-W01-1",
        "20260101",
        "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661",
        "last_month",
        "this_year",
        "25:61",
    ),
    *(
        "23:59:60",
        "-00:01",
        "99999:00",
        "now",
        "today",
        "../../etc/passwd",
        "..%2f..",
        "a/b",
        "a;b",
        "a,b,,",
        ",",
        ",,,",
    ),
    *(
        "*",
        "%",
        "_",
        "\\",
        "'",
        '"',
        "' or 1=1 --",
        "${7*7}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "<!--",
        "<![CDATA[",
    ),
    *(
        "http://[::1",
        "http://x:99999/",
        "//x",
        "javascript:x",
        "a@b",
        "@",
        "a@" + "b." * 100 + "c",
        "mailto:a@b.example",
    ),
    *("id asc", "id DESC, id ASC", "id,id,id,id", "nosuch asc", "add_time; drop", "id  desc", "title ASC NULLS", "-id"),
    *("[]", "{}", "[1,2]", '{"a":1}', "[[", '"', "İ", "ß", "ﬃ", "e\u0301" * 30, "\u0301" * 100, "\u017f", "\u212a"),
)
NUMBERS = (
    *(0, -1, 1, 2**31 - 1, 2**31, -(2**31) - 1, MAX_SAFE_INTEGER, 2**53, 2**63 - 1, 2**63, -(2**63) - 1, 2**64),
    *(1.5, -0.0, 5e-324, 1.7e308, -1.7e308, 1e15 + 0.3, 0.1, 1e22, 123456789.123456789),
)


class RawJson(str):
    """JSON that is written as it is, whether it is JSON or not."""


RAW_JSON = tuple(
    map(
        RawJson,
        (
            *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "-0", "1E+2", "1e-400", "01", "+1", "1.", ".5", "0x1"),
            *("9" * 400, "1." + "0" * 400 + "1", "truE", "'a'", '"\\ud800"', '"\\udc00\\ud800"', '"\\u0000"', '"\x01"'),
            *(
                "[" * 900 + "]" * 900,
                '{"a":' * 900 + "1" + "}" * 900,
                "[" * 3000,
                '{"a":1,"a":2}',
                '{"id":1,"id":null}',
            ),
            *(
                "[" + "1," * 300 + "1]",
                "[" + '"x",' * 300 + '"x"]',
                "{" + '"k":1,' * 50 + '"k":[]}',
                '"\\q"',
                "/**/1",
                "",
            ),
        ),
    )
)


def awkward_text(random: Random) -> str:
    """Returns a text that is unusual: often short, now and then very long."""
    chance = random.random()
    if chance < 0.75:
        return random.choice(SHORT_AWKWARD_TEXTS)
    if chance < 0.85:
        return "".join(chr(_code_point(random)) for _ in range(random.randint(1, 12)))
    length = random.choice((200, 256, 1_000, 5_000, 20_000, 70_000))
    unit = random.choice(UNITS)
    return random.choice(("", "a", "1")) + unit * (length // len(unit) + 1)


def _code_point(random: Random) -> int:
    return random.randrange(random.choice((0x20, 0x7F, 0x250, 0x3000, 0x10000, 0x110000)))


def awkward_value(random: Random) -> Any:
    """Returns a value of any type that is unusual in its place."""
    chance = random.random()
    if chance < 0.4:
        return awkward_text(random)
    if chance < 0.6:
        return random.choice(NUMBERS)
    if chance < 0.75:
        return random.choice(RAW_JSON)
    return random.choice(
        (
            *(
                None,
                True,
                False,
                [],
                {},
                [None],
                [[]],
                [{}],
                {"": None},
                {"value": None},
                {"value": 1, "currency": "\0"},
            ),
            *(
                {"id": 1},
                [2**63],
                ["x"] * 200,
                [1, "a", None, {}],
                {"\ud800": 1},
                [{"value": "x", "primary": True}] * 3,
            ),
            *({"value": [], "label": {}}, {"formatted_address": 1}, {"until": "9999-12-31", "value": "0001-01-01"}),
        )
    )


def to_json(value: Any, random: Random) -> str:
    """Returns a value as JSON, with what no library would write, too."""
    if isinstance(value, RawJson):
        return str(value)
    if isinstance(value, bytes):
        return json.dumps(value.decode("latin-1"))
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{to_json(one, random)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(to_json(one, random) for one in value) + "]"
    if isinstance(value, str) and random.random() < 0.5:
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def to_text(value: Any, random: Random) -> str:
    """Returns a value as the text of a query parameter or of a form's member."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list) and random.random() < 0.8:
        return ",".join(to_text(one, random) for one in value)
    return to_json(value, random)
