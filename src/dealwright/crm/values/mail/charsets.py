"""The texts in mail: character sets that senders name, and what no database or line takes."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from contextlib import suppress
from encodings import normalize_encoding
from encodings.aliases import aliases

_DECODERS = frozenset(
    {
        *("ascii", "utf-8", "utf-16", "utf-32", "koi8-r", "koi8-u"),
        *(f"iso8859-{number}" for number in range(1, 17)),
        *(f"cp125{number}" for number in range(9)),
        *("cp437", "cp850", "cp866", "cp874", "cp932", "cp949", "cp950"),
        *("gb2312", "gbk", "gb18030", "big5", "big5hkscs", "shift_jis", "euc_jp", "iso2022_jp", "euc_kr", "iso2022_kr"),
        *("tis-620", "mac-roman"),
    }
)
"""The character sets that are decoded. Python knows others under such names that are none, or take long."""

_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LONGEST_NAME = 40


def decode(content: bytes, charset: str | None) -> str:
    """Returns bytes as the text that they are in a character set, or else in UTF-8 or Western European; nothing fails."""
    for name in (_known(charset), "utf-8"):
        if name is not None:
            try:
                return _clean(content.decode(name))
            except (UnicodeDecodeError, ValueError):
                continue
    return _clean(content.decode("cp1252", errors="replace"))


def _decoder_names() -> Mapping[str, str]:
    """Returns the decoders by all names that they have."""
    found = {normalize_encoding(name): name for name in _DECODERS}
    for alias, codec in aliases.items():
        with suppress(LookupError):
            if (name := codecs.lookup(codec).name) in _DECODERS:
                found[alias] = name
    return found | _MORE_NAMES


_MORE_NAMES = {"iso_8859_8_i": "iso8859-8", "iso_8859_8_e": "iso8859-8", "x_sjis": "shift_jis", "x_gbk": "gbk"}
_DECODER_NAMES = _decoder_names()


def _known(charset: str | None) -> str | None:
    """Returns the decoder for a name. Python is not asked, because it remembers all names that it was asked for."""
    if not charset or len(charset) > _LONGEST_NAME or not charset.isascii():
        return None
    return _DECODER_NAMES.get(normalize_encoding(charset.strip().lower()))


def _clean(text: str) -> str:
    """Returns a text without control characters and halves of characters, with one kind of line breaks."""
    if not text.isprintable():
        text = _NOT_TEXT.sub("", text).encode(errors="replace").decode().removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")
