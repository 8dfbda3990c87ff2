"""File names given by users."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath

MAX_LENGTH = 255


def clean_name(raw: str) -> str:
    """Returns the name that a sender gave to a file, without folders and without control characters."""
    last = re.split(r"[/\\]", raw)[-1].encode(errors="replace").decode()
    visible = "".join(character for character in last if unicodedata.category(character)[0] != "C").strip()
    if visible.strip(".") == "":
        return "file"
    suffix = PurePosixPath(visible).suffix[:MAX_LENGTH]
    return visible if len(visible) <= MAX_LENGTH else visible[: MAX_LENGTH - len(suffix)] + suffix
