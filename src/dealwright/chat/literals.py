"""Reads values as people write them: JSON, Python, or either as an editor of texts has left it.

    read_object('{"status": "open"}', 0)
    read_object("{'done': True, 'note': None,}", 0)
    read_object("{“title”: “The “big” roof”}", 0)

What is JSON means what it means in JSON. Beyond it, strings may stand in any quotation marks, which may also stand inside of them: one ends
a string only where a value may end. Each character is looked at a fixed number of times.
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any, NamedTuple

MAX_LENGTH = 64 * 1024
MAX_DEPTH = 32
MAX_MEMBERS = 5_000

DOUBLE_QUOTES = '"\u201c\u201d\u201e\u201f\u00ab\u00bb\uff02'
SINGLE_QUOTES = "'\u2018\u2019\u201a\u201b\u2039\u203a`\u00b4"
QUOTES = DOUBLE_QUOTES + SINGLE_QUOTES

_SPACE = re.compile(r"\s*")
_STRING_PART = re.compile(rf"[^\\{QUOTES}]+")
_BARE = re.compile(r"[^\s,:=\[\](){}" + re.escape(QUOTES) + r"]+")
_NUMBER = re.compile(r"[+-]?(\d[\d_]{0,300})(\.\d{0,300})?([eE][+-]?\d{1,4})?")
_KEYWORDS = {"true": True, "false": False, "null": None, "none": None, "undefined": None}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_CLOSERS = {"{": "}", "[": "]", "(": ")"}
_ENDS = ",:=}])"


class Unreadable(ValueError):
    """A text that cannot be read; the message says why."""


class Literal(NamedTuple):
    """A value, and where it ended in the text."""

    value: Any
    end: int


def read_object(text: str, start: int) -> Literal:
    """Returns the object whose bracket is at ``start``. Raises `Unreadable`."""
    if len(text) - start > MAX_LENGTH:
        raise Unreadable(f"the parameters are longer than {MAX_LENGTH:,} characters")
    try:
        return Literal(*_JSON.raw_decode(text, start))
    except (ValueError, RecursionError):
        pass
    reader = _Reader(text)
    return Literal(reader.read_value(start, 0), reader.end)


def read_value(text: str) -> Any:
    """Returns the one value that a text is: a number, a word such as true, something in quotation marks or brackets; else the text itself."""
    text = text.strip()
    if text and (text[0] in QUOTES or text[0] in _CLOSERS):
        reader = _Reader(text)
        try:
            value = reader.read_value(0, 0)
        except Unreadable:
            return text
        return value if not text[reader.end :].strip(" \t\r\n.") else text
    return _bare_value(text)


def read_pairs(text: str) -> dict[str, Any]:
    """Returns parameters that are written as ``name=value, name: value``. Raises `Unreadable`."""
    if len(text) > MAX_LENGTH:
        raise Unreadable(f"the parameters are longer than {MAX_LENGTH:,} characters")
    reader = _Reader(text + "}")
    found: dict[str, Any] = reader.read_members(0, 0)
    if text[reader.end - 1 :].strip():
        raise Unreadable("the parameters have a bracket too many")
    return found


def _read_integer(digits: str) -> int | float:
    """Returns a number; one that no other program takes as an integer is a float. Raises ValueError for one without end."""
    number = int(digits) if len(digits) <= 20 else 2**63
    return number if abs(number) < 2**63 else _read_float(digits)


def _read_float(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        raise ValueError(digits)
    return number


# `NaN` and the like are no JSON, so that they are words.
_JSON = json.JSONDecoder(strict=False, parse_int=_read_integer, parse_float=_read_float, parse_constant=_read_float)


def _bare_value(word: str) -> Any:
    """Returns what a word without quotation marks stands for."""
    if word.lower() in _KEYWORDS:
        return _KEYWORDS[word.lower()]
    if not _NUMBER.fullmatch(word):
        return word
    digits = word.replace("_", "").removeprefix("+")
    try:
        return _read_integer(digits) if digits.lstrip("-").isdigit() else _read_float(digits)
    except ValueError:
        return word


class _Reader:
    """Reads values from a text; ``end`` is where the last one ended."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._members = 0
        self.end = 0

    def read_value(self, at: int, depth: int) -> Any:
        """Returns the value at a place. Raises `Unreadable`."""
        at = self._skip(at)
        first = self._text[at : at + 1]
        if not first:
            raise Unreadable("the parameters end in the middle: a bracket or a quotation mark is missing")
        if first in _CLOSERS:
            if depth >= MAX_DEPTH:
                raise Unreadable(f"the parameters are nested more than {MAX_DEPTH} levels deep")
            return (
                self.read_members(at + 1, depth + 1)
                if first == "{"
                else self._read_list(at + 1, depth + 1, _CLOSERS[first])
            )
        if first in QUOTES:
            return self._read_string(at)
        return _bare_value(self._read_bare(at))

    def read_members(self, at: int, depth: int) -> dict[str, Any]:
        """Returns the members up to the bracket that closes their object. Raises `Unreadable`."""
        found: dict[str, Any] = {}
        at = self._skip(at)
        while self._text[at : at + 1] != "}":
            self._count()
            first = self._text[at : at + 1]
            name = self._read_string(at) if first and first in QUOTES else self._read_bare(at)
            at = self._skip(self.end)
            if self._text[at : at + 1] not in (":", "="):
                raise Unreadable(f"after '{name[:50]}' a colon is missing")
            found[name] = self.read_value(at + 1, depth)
            at = self._next(self.end, "}")
        self.end = at + 1
        return found

    def _read_list(self, at: int, depth: int, closer: str) -> list[Any]:
        found: list[Any] = []
        at = self._skip(at)
        while self._text[at : at + 1] != closer:
            self._count()
            found.append(self.read_value(at, depth))
            at = self._next(self.end, closer)
        self.end = at + 1
        return found

    def _next(self, at: int, closer: str) -> int:
        """Returns where the next member begins, or the bracket that closes them all."""
        at = self._skip(at)
        if self._text[at : at + 1] == ",":
            return self._skip(at + 1)
        if self._text[at : at + 1] != closer:
            raise Unreadable(
                f"a comma or {closer} is missing before '{self._text[at : at + 20]}'"
                if at < len(self._text)
                else f"{closer} is missing at the end"
            )
        return at

    def _read_string(self, at: int) -> str:
        """Returns a string: it ends at a quotation mark of its own kind after which a value may end."""
        text = self._text
        own = DOUBLE_QUOTES if text[at] in DOUBLE_QUOTES else SINGLE_QUOTES
        parts: list[str] = []
        at += 1
        while at < len(text):
            if part := _STRING_PART.match(text, at):
                parts.append(part[0])
                at = part.end()
            elif text[at] == "\\":
                character, at = self._read_escape(at)
                parts.append(character)
            elif text[at] in own and self._ends_value(at + 1):
                self.end = at + 1
                return _joined(parts)
            else:
                parts.append(text[at])
                at += 1
        raise Unreadable("a quotation mark is missing at the end of a text")

    def _ends_value(self, at: int) -> bool:
        after = self._skip(at)
        return after == len(self._text) or self._text[after] in _ENDS

    def _read_escape(self, at: int) -> tuple[str, int]:
        """Returns the character that a backslash begins, and where it ends."""
        kind = self._text[at + 1 : at + 2]
        length = {"u": 4, "x": 2, "U": 8}.get(kind, 0)
        digits = self._text[at + 2 : at + 2 + length]
        if length and len(digits) == length and all(digit in "0123456789abcdefABCDEF" for digit in digits):
            code = int(digits, 16)
            if code <= 0x10FFFF:
                return chr(code), at + 2 + length
        return _ESCAPES.get(kind, kind), at + 1 + len(kind)

    def _read_bare(self, at: int) -> str:
        word = _BARE.match(self._text, at)
        if word is None:
            raise Unreadable(
                f"'{self._text[at : at + 20]}' is no value"
                if at < len(self._text)
                else "a bracket is missing at the end"
            )
        self.end = word.end()
        return word[0]

    def _count(self) -> None:
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise Unreadable(f"the parameters have more than {MAX_MEMBERS:,} members")

    def _skip(self, at: int) -> int:
        space = _SPACE.match(self._text, at)
        return space.end() if space else at


def _joined(parts: list[str]) -> str:
    """Returns a text of its parts; two halves of a character become one, a half alone is left out."""
    return "".join(parts).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")


def is_open(text: str) -> bool:
    """Whether the parameters of a text go on in another line: it has more opening brackets than closing ones."""
    return text.count("{") > text.count("}")
