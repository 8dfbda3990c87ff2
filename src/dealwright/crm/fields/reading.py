"""Reads numbers, days and times of day from the texts that requests give."""

from __future__ import annotations

import re
from datetime import date

from dealwright._json import Json

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?", re.ASCII)


def number(given: Json) -> Json:
    """The number that a text holds; anything else as it is."""
    if isinstance(given, str):
        if _WHOLE.fullmatch(given.strip()):
            return int(given)
        if _NUMBER.fullmatch(given.strip()):
            return float(given)
    return given


def day(given: Json) -> date | None:
    """The day that ``YYYY-MM-DD`` means; None for anything else."""
    try:
        return date.fromisoformat(given) if isinstance(given, str) and _DAY.fullmatch(given) else None
    except ValueError:
        return None


def time_of_day(given: Json) -> str | None:
    """``HH:MM:SS`` from a time that may have no seconds; None for anything else."""
    if not isinstance(given, str) or not _TIME.fullmatch(given):
        return None
    return given if len(given) == 8 else f"{given}:00"
