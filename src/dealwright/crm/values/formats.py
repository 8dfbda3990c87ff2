"""Times, dates and JSON in the formats that the CRM stores."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from dealwright._json import Json
from dealwright.crm.errors import Invalid

Values = dict[str, Json]
"""Column name to value: the values of a record to store."""


def format_time(value: datetime) -> str:
    """Returns a time as stored, ``YYYY-MM-DD HH:MM:SS`` in UTC; a time without a zone is taken as UTC.

    Raises `Invalid` for a time beyond the range of `datetime` in UTC.
    """
    if value.tzinfo is not None:
        try:
            value = value.astimezone(UTC)
        except OverflowError:
            raise Invalid(f"{value.isoformat()} is out of range") from None
    return value.isoformat(" ", "seconds")[:19]


def format_time_ms(value: datetime) -> str:
    """Returns a time as stored with milliseconds."""
    return f"{format_time(value)}.{value.microsecond // 1000:03d}"


def parse_time(text: str) -> datetime:
    """Returns a stored time as a `datetime` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def local_date(text: str, timezone: str) -> str:
    """Returns the date of a stored time in a time zone; its date in UTC at the ends of the range of `datetime`."""
    try:
        return parse_time(text).astimezone(ZoneInfo(timezone)).date().isoformat()
    except OverflowError:
        return text[:10]


def utc_time(text: str, timezone: str) -> str:
    """Returns a local time of a time zone as it is stored, in UTC; the same time at the ends of the range of `datetime`."""
    try:
        return format_time(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC))
    except OverflowError:
        return text


def add_days(text: str, days: int) -> str:
    """Returns a stored time moved by some days."""
    return format_time(parse_time(text) + timedelta(days=days))


def dumps(value: object) -> str:
    """Returns the JSON text to store."""
    return orjson.dumps(value).decode()


def loads(text: str | None) -> Any:
    """Returns the value of a stored JSON text; None for None."""
    return None if text is None else orjson.loads(text)


def to_json_value(value: object) -> Json:
    """Returns a value of a request as stored: times and dates become text."""
    if isinstance(value, datetime):
        return format_time(value)
    if isinstance(value, date):
        return value.isoformat()
    return value  # type: ignore[return-value]
