"""Phone numbers, which people write in many ways: ``+1 (415) 555-0199``, ``415-555-0199``, ``4155550199``."""

from __future__ import annotations

import unicodedata

MIN_DIGITS = 5
"""The fewest digits that are taken for a phone number: fewer are a year, a house number or a part of another number."""

MAX_LENGTH = 40
"""The longest text that is taken for a phone number."""

_TRUNK_PREFIX = "(0)"
_INTERNATIONAL_PREFIX = "00"
# Spaces and dashes are those of Unicode, too: numbers are copied from web pages.
_SEPARATORS = frozenset("+()-./ \t\u00a0\u2007\u2009\u202f\u2010\u2011\u2012\u2013\u2014\u2212\u00b7\u200e\u202a\u202c")


def digits(number: str) -> str:
    """Returns a number as its digits alone: without separators, and without a prefix that only some callers dial."""
    bare = "".join(str(digit) for letter in number.replace(_TRUNK_PREFIX, "") if (digit := _digit(letter)) is not None)
    return bare.removeprefix(_INTERNATIONAL_PREFIX)


def is_number(text: str) -> bool:
    """Whether a text may be a phone number, or a part of one."""
    return len(text) <= MAX_LENGTH and all(letter in _SEPARATORS or _digit(letter) is not None for letter in text)


def parse_term(text: str) -> str | None:
    """Returns the digits to look for when a text may be a phone number; None when it cannot be one.

    Leading zeros stand for a country or an area that the number as it is stored may name: they do not count.
    """
    found = digits(text).lstrip("0") if is_number(text) else ""
    return found if len(found) >= MIN_DIGITS else None


def _digit(letter: str) -> int | None:
    return unicodedata.decimal(letter, None)
