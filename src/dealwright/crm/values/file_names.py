"""File names given by users."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

MAX_LENGTH = 255


def clean_name(raw: str) -> str:
    """Returns the name that a sender gave to a file, without folders and without control characters."""
    visible = visible_text(raw[max(raw.rfind("/"), raw.rfind("\\")) + 1 :])
    if visible.strip(".") == "":
        return "file"
    suffix = PurePosixPath(visible).suffix[:MAX_LENGTH]
    return visible if len(visible) <= MAX_LENGTH else visible[: MAX_LENGTH - len(suffix)] + suffix


def visible_text(raw: str) -> str:
    """Returns a text of one line, without control characters and those that turn the direction of writing."""
    decoded = raw.encode(errors="replace").decode()
    return "".join(character for character in decoded if unicodedata.category(character)[0] != "C").strip()
