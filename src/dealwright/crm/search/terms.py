"""What is looked for, and how well a text fits it: case, accents and punctuation make no difference that users would notice.

Texts are folded before they go into the index, and so are terms. A folded text has a line for each value, and in it a space before
every word::

    \\n anna berg\\n anna@ example. com\\n

So a piece of text says by itself where it stands: ``\\n anna berg\\n`` is a whole value, ``\\n anna`` begins one, ``␣anna``
begins a word. Two letters are looked for at the beginnings of words only, because the index needs three characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from dealwright.crm.errors import Invalid
from dealwright.storage.search_index import SHORTEST

EXACT, PREFIX, WORD, SUBSTRING, WORDS = 1.0, 0.8, 0.6, 0.4, 0.2
"""How well a text fits that is, begins with, has as words, or has anywhere what is looked for, and of one that has its words."""

_MOST_WORDS = 16

# Letters that no accent can be taken from.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "\u0131": "i"}
)
# Chinese and Japanese are written without spaces: each character counts as a word.
_WORD = re.compile(r"(?<=[^\w\s])(?=\w)|(?<=\S)(?=[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
_ASCII_WORD = re.compile(r"(?<=[!-/:-@\[-^`{-~])(?=\w)", re.ASCII)


class Term(NamedTuple):
    """What is looked for: ``line``, folded. A text that fits holds all of the ``pieces``."""

    line: str
    pieces: tuple[str, ...]
    exact: bool = False

    @property
    def start(self) -> str:
        """How a text begins that begins with what is looked for."""
        return f"\n {self.line}"

    def fit(self, text: str) -> float | None:
        """How well a folded text fits; None when it does not."""
        if f"\n {self.line}\n" in text:
            return EXACT
        if self.exact:
            return None
        if self.start in text:
            return PREFIX
        if f" {self.line}" in text:
            return WORD
        if len(self.line) >= SHORTEST and self.line in text:
            return SUBSTRING
        return WORDS if all(piece in text for piece in self.pieces) else None

    def fits(self, value: str) -> bool:
        """Whether a value on its own is what is looked for."""
        return self.fit(folded([value])) is not None


def term(given: str, *, exact: bool = False) -> Term:
    """What a user looks for: with ``exact`` only whole values. Raises `Invalid` when it is too short."""
    line = _checked(given, 1 if exact else 2)
    if exact:
        return Term(line, (f"\n {line}\n",), exact)
    words = tuple(dict.fromkeys(_piece(word) for word in map(_line, given.split()[:_MOST_WORDS]) if word))
    return Term(line, words if any(len(word) >= SHORTEST for word in words) else (line,))


def part(given: str, match: str) -> str:
    """What a text must hold when a value of it is (``exact``), begins with (``beginning``) or has in it what a user looks for.

    Raises `Invalid` when that is too short.
    """
    line = _checked(given, 1 if match == "exact" else 2)
    return {"exact": f"\n {line}\n", "beginning": f"\n {line}", "middle": _piece(line)}[match]


def folded(values: Iterable[str]) -> str:
    """Values as a text of the index."""
    return "\n" + "".join(f" {line}\n" for line in map(_line, values))


def _line(value: str) -> str:
    """A value without case, accents and superfluous spaces, and with a space before every word."""
    line = " ".join(value.split())
    if line.isascii():
        return _ASCII_WORD.sub(" ", line.lower())
    bare = (letter for letter in unicodedata.normalize("NFKD", line) if not unicodedata.combining(letter))
    spaced = _WORD.sub(" ", "".join(bare).casefold().translate(_LETTERS))
    return " ".join(spaced.split())


def _piece(line: str) -> str:
    """A piece that a text must hold: with a space before it when it is too short for the index."""
    return line if len(line) >= SHORTEST else f" {line}"


def _checked(given: str, shortest: int) -> str:
    """A term, folded. Raises `Invalid` for one that is too short, or that is nothing but accents."""
    line = _line(given)
    if len(given.strip()) < shortest or not line:
        raise Invalid(f"must be at least {shortest} character{'s' * (shortest > 1)} long", "term")
    return line
