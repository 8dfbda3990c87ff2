"""The clock of a test's CRM, and the one by which the connector waits during the test."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from dealwright.server.sandbox_controls import Sandbox


class Clock:
    """Shows and moves the time of a CRM. What is due at the new time is done when a move returns."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    @property
    def now(self) -> datetime:
        """The time, in UTC."""
        return self._sandbox.clock()

    def advance(
        self, *, weeks: float = 0, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Moves it on, or back below 0; returns the time. Raises `Invalid` before 1971 and after 2099."""
        return self._move(None, timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds))

    def move_to(self, time: datetime) -> datetime:
        """Moves it to a time, which is UTC unless it says otherwise; returns the time. Raises `Invalid` as `advance` does."""
        return self._move(time if time.tzinfo else time.replace(tzinfo=UTC), timedelta(0))

    def freeze(self, time: datetime | None = None) -> datetime:
        """Stops it, at another time if one is given; returns the time. A frozen clock can be moved."""
        to = time.replace(tzinfo=UTC) if time is not None and time.tzinfo is None else time
        return self._move(to, timedelta(0), is_frozen=True)

    def unfreeze(self) -> datetime:
        """Lets it go on from where it stands; returns the time."""
        return self._move(None, timedelta(0), is_frozen=False)

    def reset(self) -> datetime:
        """Sets it to the time of this machine; returns the time."""
        self._sandbox.reset_clock()
        return self.now

    def _move(self, to: datetime | None, by: timedelta, *, is_frozen: bool | None = None) -> datetime:
        self._sandbox.move_clock(to, by, is_frozen=is_frozen)
        return self.now


class WaitingClock:
    """The connector's source of time during a test: who waits moves the clock of the CRM, and goes on at once."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._waited = 0.0

    def time(self) -> float:
        """Returns the seconds since 1970."""
        return self._sandbox.clock().timestamp()

    def monotonic(self) -> float:
        """Returns seconds since an arbitrary start, with those that were waited."""
        return time.monotonic() + self._waited

    def sleep(self, seconds: float, /) -> None:
        """Moves the clock on by so many seconds."""
        self._waited += seconds
        self._sandbox.move_clock(by=timedelta(seconds=seconds))
