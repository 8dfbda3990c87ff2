"""A clock that can be moved and stopped. Whoever asks a company for the time asks it, so that nothing else need be told."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dealwright.crm.errors import Invalid

EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""What a clock can show, so that a hundred years of reckoning on either side are times, too."""


class MovableClock:
    """Shows the time of another clock, moved by some time, or stands still."""

    def __init__(self, source: Callable[[], datetime]) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._offset = timedelta(0)
        self._frozen_at: datetime | None = None

    def __call__(self) -> datetime:
        """Returns the time, in UTC."""
        with self._lock:
            return self._now()

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen_at is not None

    def move(
        self, to: datetime | None = None, by: timedelta = timedelta(0), *, is_frozen: bool | None = None
    ) -> datetime:
        """Moves it to a time, or on, and stops it or lets it go; returns the time. Raises `Invalid` beyond its range."""
        with self._lock:
            try:
                time = (to.astimezone(UTC) if to else self._now()) + by
            except OverflowError:
                time = LATEST + timedelta(1)
            if not EARLIEST <= time <= LATEST:
                raise Invalid(f"The clock can be moved between {EARLIEST:%Y-%m-%d} and {LATEST:%Y-%m-%d}", "now")
            frozen = self._frozen_at is not None if is_frozen is None else is_frozen
            self._offset = time - self._source()
            self._frozen_at = time if frozen else None
            return time

    def reset(self) -> datetime:
        """Lets it show the time of the other clock again; returns that."""
        with self._lock:
            self._offset, self._frozen_at = timedelta(0), None
            return self._now()

    def _now(self) -> datetime:
        return self._frozen_at or self._source() + self._offset
