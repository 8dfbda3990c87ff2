"""Texts of other people in one line, so that they cannot look like lines of ours, nor move a cursor."""

from __future__ import annotations


def one_line(text: str) -> str:
    """Returns a text in one line, without characters that nobody sees."""
    return "".join(one for one in " ".join(text.split()) if one.isprintable())


def quoted(text: str | None, max_length: int) -> str:
    """Returns a value of a record in one line and in quotation marks, cut where it is long; None as ``nothing``."""
    if text is None:
        return "nothing"
    line = one_line(text)
    return f"“{line[:max_length]}…”" if len(line) > max_length else f"“{line}”"
