"""Times of demo data in seconds since 1970, in UTC: working times at random, and conversions."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import accumulate
from random import Random

DAY = 86_400
HOUR = 3_600

_EPOCH = date(1970, 1, 1).toordinal()
# The relative activity in each month: quiet summers and Christmas weeks, busy springs and autumns.
_SEASON = (0.85, 1.0, 1.15, 1.05, 1.1, 1.0, 0.7, 0.75, 1.15, 1.2, 1.1, 0.7)
_GROWTH = 0.8
_WEEKEND = 0.02
# The hours at which things happen, from six in the morning to six in the evening, in UTC.
_HOURS = (6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17)
_HOUR_WEIGHTS = list(accumulate((2, 6, 10, 11, 9, 6, 8, 11, 10, 7, 4, 1)))
_MINUTES = [f"{hour:02d}:{minute:02d}" for hour in range(24) for minute in range(60)]
_SECONDS = [f"{second:02d}" for second in range(60)]


def to_timestamp(time: datetime) -> int:
    """Returns a time in seconds."""
    return int(time.timestamp())


def to_datetime(timestamp: int) -> datetime:
    """Returns a time as a `datetime`."""
    return datetime.fromtimestamp(timestamp, UTC)


def format_time(timestamp: int) -> str:
    """Returns a time as stored."""
    return f"{format_day(timestamp // DAY)} {_MINUTES[timestamp % DAY // 60]}:{_SECONDS[timestamp % 60]}"


def format_time_ms(timestamp: int) -> str:
    """Returns a time as stored with milliseconds."""
    return with_milliseconds(format_time(timestamp))


def with_milliseconds(time: str) -> str:
    """Returns a stored time with milliseconds, which it may have already."""
    return time if "." in time else f"{time}.000"


def parse_time(time: str) -> int:
    """Returns a stored time in seconds."""
    return to_timestamp(datetime.fromisoformat(time).replace(tzinfo=UTC))


@lru_cache(4096)
def format_day(day: int) -> str:
    """Returns a day, counted from 1970, as stored."""
    return date.fromordinal(_EPOCH + day).isoformat()


def is_weekend(day: int) -> bool:
    """Whether a day is a Saturday or a Sunday."""
    return (day + 3) % 7 > 4


def working_day(day: int) -> int:
    """Returns the day itself or, at a weekend, the Monday after it."""
    weekday = (day + 3) % 7
    return day if weekday < 5 else day + 7 - weekday


def random_work_time(rng: Random, day: int) -> int:
    """Returns a random working time on a day."""
    hour = _HOURS[bisect.bisect(_HOUR_WEIGHTS, rng.random() * _HOUR_WEIGHTS[-1])]
    return day * DAY + hour * HOUR + int(rng.random() * HOUR)


def random_work_times(rng: Random, count: int, start: int, end: int) -> list[int]:
    """Returns random times between two others, in order: more in busy months, and more towards the end."""
    first, last = start // DAY, end // DAY
    days = range(first, last + 1)
    growth = [1 + _GROWTH * (day - first) / len(days) for day in days]
    weights = [trend * _season(day) for day, trend in zip(days, growth, strict=True)]
    drawn: Sequence[int] = rng.choices(days, cum_weights=list(accumulate(weights)), k=count)
    return sorted(min(max(random_work_time(rng, day), start), end) for day in drawn)


def _season(day: int) -> float:
    return (_WEEKEND if is_weekend(day) else 1.0) * _SEASON[date.fromordinal(_EPOCH + day).month - 1]
