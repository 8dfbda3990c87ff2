"""Search terms, and the score of a text that matches one. Case and accents do not matter, and punctuation hardly does.

Texts are normalized before they go into the index, and so are terms. A normalized text has a line for each value, and
in it a space before every word::

    \\n anna berg\\n anna@ example. com\\n

So a piece of text includes its position: ``\\n anna berg\\n`` is a whole value, ``\\n anna`` the beginning of one,
``␣anna`` the beginning of a word. Two letters are searched for at the beginnings of words only, because the index needs
three characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from dealwright.crm.errors import Invalid
from dealwright.crm.values import phone_numbers
from dealwright.storage.search_index import MIN_PIECE_LENGTH

EXACT, PREFIX, WORD, SUBSTRING, WORDS = 1.0, 0.8, 0.6, 0.4, 0.2
"""The scores of texts that are the term, begin with it, have it as words, have it anywhere, or have its words."""

_MAX_WORDS = 16

# Letters that Unicode does not decompose into a letter and an accent.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "\u0131": "i"}
)


class _WithoutAccents(dict[int, str]):
    """What to replace characters by to decompose them, and to leave out accents.

    One by one, because decomposing a text as a whole puts accents in a row into order, which takes the square of their number.
    """

    def __missing__(self, code: int) -> str:
        letters = unicodedata.normalize("NFKD", chr(code))
        bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
        if code < _CACHED_CODES:
            self[code] = bare
        return bare


# Every alphabet that has accents is below.
_CACHED_CODES = 0x3000
_WITHOUT_ACCENTS = _WithoutAccents()
# Chinese and Japanese are written without spaces: each character counts as a word.
_WORD = re.compile(r"(?<=[^\w\s])(?=\w)|(?<=\S)(?=[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff])")
_ASCII_WORD = re.compile(r"(?<=[!-/:-@\[-^`{-~])(?=\w)", re.ASCII)


class Term(NamedTuple):
    """A search term: ``line`` is its normalized text. A matching text contains all of the ``pieces``.

    ``phone`` is the term for its digits, if it may be a phone number: a text that contains those matches, too.
    """

    line: str
    pieces: tuple[str, ...]
    exact: bool = False
    phone: Term | None = None

    @property
    def line_prefix(self) -> str:
        """The piece that a text contains if one of its values begins with the term."""
        return f"\n {self.line}"

    def score(self, text: str) -> float | None:
        """Returns the score of a normalized text; None when it does not match."""
        written = self._score_of_words(text)
        return self.phone.score(text) if written is None and self.phone else written

    def _score_of_words(self, text: str) -> float | None:
        if f"\n {self.line}\n" in text:
            return EXACT
        if self.exact:
            return None
        if self.line_prefix in text:
            return PREFIX
        if f" {self.line}" in text:
            return WORD
        if len(self.line) >= MIN_PIECE_LENGTH and self.line in text:
            return SUBSTRING
        return WORDS if all(piece in text for piece in self.pieces) else None

    def matches(self, value: str) -> bool:
        """Whether a single value matches."""
        values = [value, phone_numbers.digits(value)] if phone_numbers.is_number(value) else [value]
        return self.score(normalized(values)) is not None


def parse_term(text: str, *, exact: bool = False) -> Term:
    """Returns the search term in a text: with ``exact`` one for whole values only.

    Raises `Invalid` when it is too short.
    """
    line = _validated(text, 1 if exact else 2)
    phone = _phone_term(text.strip(), line, exact=exact)
    if exact:
        return Term(line, (f"\n {line}\n",), exact, phone)
    words = tuple(dict.fromkeys(_piece(word) for word in map(_normalized_line, text.split()[:_MAX_WORDS]) if word))
    pieces = words if any(len(word) >= MIN_PIECE_LENGTH for word in words) else (line,)
    return Term(line, pieces, phone=phone)


def _phone_term(text: str, line: str, *, exact: bool) -> Term | None:
    """Returns the term for the digits of a phone number; None for no number, and for one that consists of digits."""
    digits = phone_numbers.parse_term(text)
    if digits is None or digits == line:
        return None
    return Term(digits, (f"\n {digits}\n" if exact else digits,), exact)


def required_piece(text: str, match: str) -> str:
    """Returns the piece that a text must contain to have a value that matches.

    ``match`` says how: the value is the term (``exact``), begins with it (``beginning``) or contains it (``middle``).
    Raises `Invalid` when the term is too short.
    """
    line = _validated(text, 1 if match == "exact" else 2)
    return {"exact": f"\n {line}\n", "beginning": f"\n {line}", "middle": _piece(line)}[match]


def normalized(values: Iterable[str]) -> str:
    """Returns values as a text of the index."""
    return "\n" + "".join(f" {line}\n" for line in map(_normalized_line, values))


def _normalized_line(value: str) -> str:
    """Returns a value without case, accents and superfluous spaces, and with a space before every word."""
    line = " ".join(value.split())
    if line.isascii():
        return _ASCII_WORD.sub(" ", line.lower())
    spaced = _WORD.sub(" ", line.translate(_WITHOUT_ACCENTS).casefold().translate(_LETTERS))
    return " ".join(spaced.split())


def _piece(line: str) -> str:
    """Returns a piece that a text must contain: with a space before it when it is too short for the index."""
    return line if len(line) >= MIN_PIECE_LENGTH else f" {line}"


def _validated(text: str, min_length: int) -> str:
    """Returns a term, normalized. Raises `Invalid` for one that is too short, or that is nothing but accents."""
    line = _normalized_line(text)
    if len(text.strip()) < min_length or not line:
        raise Invalid(f"must be at least {min_length} character{'s' * (min_length > 1)} long", "term")
    return line
