"""The headers of mail: words in other character sets, parameters, addresses, dates and the ids of messages.

Each function looks at every character a few times at most. The modules of the standard library for this take the square
of the length, or call themselves once for every bracket.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_tz
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from dealwright.crm.values.mail import charsets

MAX_ADDRESSES = 200
"""How many addresses of a header are read."""

MAX_ADDRESS_LENGTH = 320
MAX_NAME_LENGTH = 255
MAX_ID_LENGTH = 500
MAX_IDS = 100

_LONGEST_DATE = 100
_FIRST_YEAR = 1990
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?\s]*)\?=")
_ID = re.compile(r"<([^<>\s]{1,500})>")
_ESCAPED = re.compile(r"\\(.)")
# It begins nowhere in the middle of a word, so that a search looks at each word once.
_ADDRESS = re.compile(r"(?<![^\s@<>,;:\"()\[\]\\])[^\s@<>,;:\"()\[\]\\]+@[^\s@<>,;:\"()\\]+")


class Address(NamedTuple):
    """An address with the name before it; without one, an empty name."""

    email_address: str
    name: str


class Value(NamedTuple):
    """The value of a header such as ``Content-Type``, in lower case, and its parameters."""

    value: str
    parameters: Mapping[str, str]


def decode_words(text: str) -> str:
    """Returns the text of a header on one line, with its encoded words decoded."""
    found: list[str] = []
    position = 0
    after_word = False
    while (start := text.find("=?", position)) >= 0:
        match = _WORD.match(text, start)
        if match is None:
            found.append(text[position : start + 2])
            position, after_word = start + 2, False
            continue
        between = text[position:start]
        # White space between two encoded words is no part of the text.
        if between.strip() or not after_word:
            found.append(between)
        found.append(_decode_word(*match.groups()))
        position, after_word = match.end(), True
    return " ".join("".join([*found, text[position:]]).split())


def _decode_word(charset: str, encoding: str, text: str) -> str:
    content = decode_base64(text.encode()) if encoding in "Bb" else binascii.a2b_qp(text.encode(), header=True)
    return charsets.decode(content, charset.partition("*")[0])


def decode_base64(content: bytes) -> bytes:
    """Returns the bytes that base64 stands for, as far as it is any."""
    kept = content.translate(None, _NOT_BASE64).rstrip(b"=")
    # A single character at the end is less than a byte.
    kept = kept[: len(kept) - 1] if len(kept) % 4 == 1 else kept
    return binascii.a2b_base64(kept + b"=" * (-len(kept) % 4))


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(code for code in range(256) if code not in _BASE64)


def parse_value(text: str) -> Value:
    """Returns the value of a header with parameters. Those in several pieces are put together, and decoded."""
    value, *rest = _split(text, ";")
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for one in rest[:_MAX_PARAMETERS]:
        name, equals, raw = one.partition("=")
        if not equals:
            continue
        base, *marks = name.strip().lower().split("*")
        number = int(marks[0]) if marks and marks[0].isascii() and marks[0].isdigit() and len(marks[0]) < 4 else 0
        is_encoded = bool(marks) and marks[-1] == ""
        pieces.setdefault(base, {}).setdefault(number, (_unquote(raw.strip()), is_encoded))
    return Value(value.strip().lower(), {name: _join(those) for name, those in pieces.items()})


_MAX_PARAMETERS = 100


def _join(pieces: Mapping[int, tuple[str, bool]]) -> str:
    """Returns the value of a parameter from its pieces: ``charset'language'text`` where it is encoded."""
    ordered = [pieces[number] for number in sorted(pieces)]
    if not any(is_encoded for _, is_encoded in ordered):
        return decode_words("".join(text for text, _ in ordered))
    charset = ""
    content = b""
    for place, (text, is_encoded) in enumerate(ordered):
        rest = text
        if place == 0 and is_encoded and text.count("'") >= 2:
            charset, _, rest = text.split("'", 2)
        content += unquote_to_bytes(rest) if is_encoded else rest.encode(errors="replace")
    return " ".join(charsets.decode(content, charset or None).split())


def _split(text: str, separator: str) -> Iterator[str]:
    """Yields the pieces between separators that are in no quotes and no comment."""
    start, depth, quoted, position = 0, 0, False, 0
    while position < len(text):
        character = text[position]
        if character == "\\" and (quoted or depth):
            position += 1
        elif character == '"' and not depth:
            quoted = not quoted
        elif not quoted and character == "(":
            depth += 1
        elif not quoted and character == ")" and depth:
            depth -= 1
        elif character == separator and not quoted and not depth:
            yield text[start:position]
            start = position + 1
        position += 1
    yield text[start:]


def _unquote(text: str) -> str:
    """Returns a text without the quotes around it, and without the backslashes in them."""
    if not text.startswith('"'):
        return text
    return _ESCAPED.sub(r"\1", text[1:].removesuffix('"'))


def parse_addresses(text: str) -> list[Address]:
    """Returns the addresses in a header, each once; what is none is left out. Groups are their members."""
    found: dict[str, Address] = {}
    for group in _split(text, ","):
        for one in _split(group, ";"):
            address = _parse_address(one)
            if address is not None:
                known = found.get(address.email_address.lower())
                if known is None or not known.name:
                    found[address.email_address.lower()] = address
            if len(found) >= MAX_ADDRESSES:
                return list(found.values())
    return list(found.values())


def _parse_address(text: str) -> Address | None:
    """Returns the address in a text like ``Name <address>`` or ``address (Name)``; None where there is none."""
    before, bracket, rest = text.rpartition("<")
    inside = rest.partition(">")[0].strip() if bracket else text
    match = _ADDRESS.fullmatch(inside) if bracket else _ADDRESS.search(inside)
    if match is None or len(match[0]) > MAX_ADDRESS_LENGTH:
        return None
    # What is before a colon is the name of a group, unless the colon is part of a name.
    is_in_group = ":" in before and '"' not in before and "=?" not in before
    name = _unquote((before.rpartition(":")[2] if is_in_group else before).strip())
    if not bracket:
        _, parenthesis, comment = text.partition("(")
        name = comment.rpartition(")")[0] if parenthesis else ""
    name = decode_words(name).strip("'\" ")
    return Address(match[0], "" if name == match[0] else name[:MAX_NAME_LENGTH])


def parse_ids(text: str) -> list[str]:
    """Returns the ids of messages in a header, without their brackets; of very many, the first and the last ones."""
    found = list(dict.fromkeys(match[1] for match in _ID.finditer(text)))
    return found if len(found) <= MAX_IDS else [found[0], *found[1 - MAX_IDS :]]


def parse_date(text: str) -> datetime | None:
    """Returns the time that a header names, in UTC; None where it names none of our days."""
    parts = None
    if len(text) <= _LONGEST_DATE:
        try:
            parts = parsedate_tz(text)
        except (ValueError, IndexError, TypeError):
            parts = None
    if parts is None:
        return None
    try:
        moment = datetime(*parts[:6], tzinfo=UTC).timestamp() - (parts[9] or 0)
        found = datetime.fromtimestamp(moment, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return found if found.year >= _FIRST_YEAR else None
