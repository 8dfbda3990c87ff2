"""The texts in mail: character sets that senders name, and what no database or line takes."""

from __future__ import annotations

import codecs
import re

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


def _known(charset: str | None) -> str | None:
    if not charset or len(charset) > _LONGEST_NAME or not charset.isascii():
        return None
    try:
        name = codecs.lookup(charset.strip()).name
    except (LookupError, ValueError):
        return None
    return name if name in _DECODERS else None


def _clean(text: str) -> str:
    """Returns a text without control characters and halves of characters, with one kind of line breaks."""
    if not text.isprintable():
        text = _NOT_TEXT.sub("", text).encode(errors="replace").decode().removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n")
