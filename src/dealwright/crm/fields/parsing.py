"""Parses numbers, days and times of day in requests."""

from __future__ import annotations

import re
from datetime import date

from dealwright._json import Json

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)


def parse_number(raw: Json) -> Json:
    """Returns the number that a text contains; anything else as it is."""
    if isinstance(raw, str):
        if _INTEGER.fullmatch(raw.strip()):
            return int(raw)
        if _NUMBER.fullmatch(raw.strip()):
            return float(raw)
    return raw


def parse_date(raw: Json) -> date | None:
    """Returns the day of a text ``YYYY-MM-DD``; None for anything else."""
    try:
        return date.fromisoformat(raw) if isinstance(raw, str) and _DATE.fullmatch(raw) else None
    except ValueError:
        return None


def parse_time_of_day(raw: Json) -> str | None:
    """Returns ``HH:MM:SS`` for a time of day that may have no seconds; None for anything else."""
    if not isinstance(raw, str) or not _TIME.fullmatch(raw):
        return None
    return raw if len(raw) == 8 else f"{raw}:00"
