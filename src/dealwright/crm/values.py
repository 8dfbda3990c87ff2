"""Moments, dates and JSON in the forms that the CRM works with, and texts that are not markup."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from dealwright._json import Json
from dealwright.crm.errors import Invalid

Values = dict[str, Json]
"""Column name to value: what to store of a record."""


def moment(value: datetime) -> str:
    """A moment as stored, ``YYYY-MM-DD HH:MM:SS`` in UTC; one without a zone is UTC already.

    Raises `Invalid` where UTC's calendar ends.
    """
    if value.tzinfo is not None:
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise Invalid(f"{value.isoformat()} is out of range") from None
    return value.isoformat(" ", "seconds")[:19]


def moment3(value: datetime) -> str:
    """A moment with milliseconds."""
    return f"{moment(value)}.{value.microsecond // 1000:03d}"


def instant(text: str) -> datetime:
    """A stored moment as a `datetime` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local_date(text: str, timezone: str) -> str:
    """The date that a stored moment has in a time zone; its date in UTC where the calendar ends."""
    try:
        return instant(text).astimezone(ZoneInfo(timezone)).date().isoformat()
    except OverflowError:
        return text[:10]


def add_days(text: str, days: int) -> str:
    """A stored moment some days later."""
    return moment(instant(text) + timedelta(days=days))


def dumps(value: object) -> str:
    """JSON text to store."""
    return orjson.dumps(value).decode()


def loads(text: str | None) -> Any:
    """A stored JSON text as a value; None for nothing."""
    return None if text is None else orjson.loads(text)


def plain(value: object) -> Json:
    """A value of a request as stored: moments and dates become text."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    return value  # type: ignore[return-value]
