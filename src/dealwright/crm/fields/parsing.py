"""Parses numbers, days and times of day in requests."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from datetime import date

import orjson

from dealwright._json import Json

_MAX_NUMBER = 2**53 - 1
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


def parse_json_list(raw: Json) -> Json:
    """Returns the list that a text has as JSON; anything else as it is."""
    if isinstance(raw, str) and raw.lstrip().startswith("["):
        with contextlib.suppress(orjson.JSONDecodeError):
            return orjson.loads(raw)  # type: ignore[no-any-return]
    return raw


def parse_json_object(raw: Json, names: Collection[str]) -> Json:
    """Returns the object that a text has as JSON, when it consists of texts and numbers with these names; anything else as it is."""
    if isinstance(raw, str) and raw.lstrip().startswith("{"):
        with contextlib.suppress(orjson.JSONDecodeError):
            members = orjson.loads(raw)
            if members and all(name in names and _is_plain(member) for name, member in members.items()):
                return members  # type: ignore[no-any-return]
    return raw


def _is_plain(member: object) -> bool:
    """Whether this is a text, a number or null, within the bounds that all values have."""
    if isinstance(member, int | float):
        return abs(member) <= _MAX_NUMBER
    return member is None or (isinstance(member, str) and "\0" not in member)


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
