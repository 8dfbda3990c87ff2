"""Values as people write them."""

# ruff: noqa: RUF001 - quotation marks of all kinds are what is tested.

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dealwright.chat import literals
from dealwright.chat.literals import Unreadable

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda members: st.lists(members, max_size=4) | st.dictionaries(st.text(), members, max_size=4),
    max_leaves=10,
)
QUIET = settings(derandomize=True, database=None, deadline=None, max_examples=200)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ('{"status": "open", "limit": 5}', {"status": "open", "limit": 5}),
        ("{'status': 'open', 'done': True, 'note': None,}", {"status": "open", "done": True, "note": None}),
        ("{“title”: “Roof”, ‘value’: 3}", {"title": "Roof", "value": 3}),
        ("{„title“: „Dach“}", {"title": "Dach"}),
        ("{«title»: «Toit»}", {"title": "Toit"}),
        ("{“title”: “The “big” roof”}", {"title": "The “big” roof"}),
        ('{"title": "The "big" roof"}', {"title": 'The "big" roof'}),
        ("{'title': 'Ada's roof'}", {"title": "Ada's roof"}),
        ('{"title": "Ada\'s “big” roof"}', {"title": "Ada's “big” roof"}),
        ("{title: Roof, value: 12_000, ids: [1, 2, (3,)]}", {"title": "Roof", "value": 12000, "ids": [1, 2, [3]]}),
        ('{"a": {"b": [{"c": null}, 1.5e3, -2, true]}}', {"a": {"b": [{"c": None}, 1500.0, -2, True]}}),
        ('{"a": "x\\ny \\"z\\" \\u00e9 \\ud83d\\ude00"}', {"a": 'x\ny "z" é 😀'}),
        ("{'a': 'x\\ny \\'z\\' \\xe9 \\ud83d\\ude00'}", {"a": "x\ny 'z' é 😀"}),
        ('{\n  "a":\n 1 ,\n}', {"a": 1}),
        ('{"a" = 1}', {"a": 1}),
        ('{"a": 99999999999999999999}', {"a": 1e20}),
        ("{'a': +3, 'b': 1.}", {"a": 3, "b": 1.0}),
        ("{'a': NaN}", {"a": "NaN"}),
    ],
)
def test_objects(text: str, value: Any) -> None:
    found = literals.read_object(f"x {text} y", 2)
    assert found == (value, 2 + len(text))


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"a"',
        '{"a":',
        '{"a": 1',
        '{"a" 1}',
        '{"a": "x}',
        "{'a': [1, 2}",
        "{:}",
        "{,}",
        '{"a": 1 "b": 2}',
        '{"a": }',
    ],
)
def test_what_cannot_be_read_is_said(text: str) -> None:
    with pytest.raises(Unreadable, match=r"missing|no value|bracket"):
        literals.read_object(text, 0)


@QUIET
@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_json_and_python_mean_what_they_say(value: dict[str, Any]) -> None:
    assert literals.read_object(json.dumps(value), 0).value == json.loads(json.dumps(value))
    assert literals.read_object(json.dumps(value, ensure_ascii=False), 0).value == value


@QUIET
@given(st.text())
def test_any_text_is_a_value(text: str) -> None:
    literals.read_value(text)
    for read in (lambda: literals.read_object("{" + text, 0), lambda: literals.read_pairs(text)):
        with contextlib.suppress(Unreadable):
            read()


def test_values_and_pairs() -> None:
    for text, value in (
        ("5", 5),
        ("true", True),
        ("Roof", "Roof"),
        ('"5"', "5"),
        ("[1, 2]", [1, 2]),
        ("“a b”", "a b"),
        ("1.5 kg", "1.5 kg"),
    ):
        assert literals.read_value(text) == value
    assert literals.read_pairs("limit=5, status: 'open', done = True") == {"limit": 5, "status": "open", "done": True}
    with pytest.raises(Unreadable):
        literals.read_pairs("limit=5} or so")


@pytest.mark.parametrize(
    "piece",
    [
        "{",
        "[",
        "(",
        '"',
        "'",
        "“",
        '" ',
        '"  \t',
        "\\",
        '\\"',
        "{'a':",
        "[[]",
        "1,",
        "a",
        "=",
        ":",
        "\\u",
        '{"a":"',
        "` ",
        "‚",
    ],
)
def test_time_grows_with_the_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = '{"a": ["' + piece * (length // len(piece))
        best = float("inf")
        for _ in range(3):
            started = time.thread_time()
            with pytest.raises(Unreadable):
                literals.read_object(text, 0)
            best = min(best, time.thread_time() - started)
        return best

    short, long = seconds(literals.MAX_LENGTH // 8), seconds(literals.MAX_LENGTH - 8)
    assert long < max(short, 0.002) * 40
    assert long < 1


def test_length_depth_and_members_are_limited() -> None:
    for text in (
        '{"a": "' + "x" * literals.MAX_LENGTH + '"}',
        "{a: " + "[" * 100 + "]" * 100 + "}",
        "{a: [" + "x," * (literals.MAX_MEMBERS + 1) + "]}",
    ):
        with pytest.raises(Unreadable, match=r"longer|levels deep|members"):
            literals.read_object(text, 0)
