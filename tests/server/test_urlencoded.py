"""Url-encoded texts are read as the standard library reads them."""

from __future__ import annotations

from urllib.parse import parse_qsl

from hypothesis import given
from hypothesis import strategies as st

from dealwright.server import urlencoded

PARTS = (
    "a",
    "=",
    "&",
    "&&",
    "+",
    "%",
    "%%",
    "%4",
    "%41",
    "%zz",
    "%E6%BC%A2",
    "%00",
    "\\",
    "\\x41",
    "\n",
    "\u6f22",
    "%F0%9F",
    "%ff",
)


def expected(text: str, errors: str) -> list[tuple[str, str]] | None:
    try:
        return parse_qsl(text, keep_blank_values=True, errors=errors)
    except UnicodeDecodeError:
        return None


def found(text: str, errors: str) -> list[tuple[str, str]] | None:
    try:
        return urlencoded.read_pairs(text.encode(), errors)
    except UnicodeDecodeError:
        return None


@given(st.lists(st.sampled_from(PARTS), max_size=20).map("".join) | st.text(max_size=20))
def test_as_the_standard_library(text: str) -> None:
    assert found(text, "strict") == expected(text, "strict")


def test_no_escape_is_cut_where_pieces_end() -> None:
    for unit in ("%E6%BC%A2", "%", "%4", "%41", "x%", "\\%5C"):
        for shift in range(9):
            text = "x" * shift + unit * (200_000 // len(unit))
            assert found(text, "replace") == expected(text, "replace"), (unit, shift)
