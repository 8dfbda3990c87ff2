"""Days in the texts of moments, which old clients send where a day is meant."""

from __future__ import annotations

from datetime import datetime


def day_of_moment(text: str) -> str:
    """Returns the day that the text of a moment begins with; any other text as it is."""
    if len(text) <= len("2026-01-31") or text[10] not in "T ":
        return text
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return text
    return text[:10]
