"""When something that is repeated comes next: every so many minutes, or at the times of a cron expression in a time zone."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from croniter import croniter
from croniter.croniter import CroniterError

from dealwright.crm.errors import Invalid

_FIELDS = 5


@functools.lru_cache(maxsize=256)
def zone(name: str) -> ZoneInfo:
    """Returns a time zone. Raises `Invalid`."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise Invalid("is no time zone, such as Europe/Berlin", "time_zone") from None


def check_cron(expression: str) -> str:
    """Returns an expression of five fields, which comes to some time, in one form. Raises `Invalid`."""
    fields = expression.split()
    text = " ".join(fields)
    wrong = Invalid("is minute, hour, day of month, month and day of week, as in 0 9 * * 1-5", "cron")
    if len(fields) != _FIELDS or not text.isascii():
        raise wrong
    try:
        croniter(text, datetime(2026, 1, 1, tzinfo=UTC), max_years_between_matches=8).get_next(datetime)
    except (CroniterError, ValueError, KeyError, IndexError, TypeError, OverflowError):
        raise wrong from None
    return text


def next_time(after: datetime, every_minutes: int | None, cron: str | None, time_zone: str) -> datetime:
    """Returns the next time after a moment, in UTC."""
    if every_minutes is not None:
        return after + timedelta(minutes=every_minutes)
    assert cron is not None
    local = after.astimezone(zone(time_zone))
    found: datetime = croniter(cron, local, max_years_between_matches=8).get_next(datetime)
    return found.astimezone(UTC)
