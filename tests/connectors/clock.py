"""A clock whose sleep takes no time: it only moves the clock."""

from __future__ import annotations

import time


class Clock:
    """The real clock plus the time that was slept; ``pauses`` has every sleep."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._offset = 0.0

    def time(self) -> float:
        return time.time() + self._offset

    def monotonic(self) -> float:
        return time.monotonic() + self._offset

    def sleep(self, seconds: float, /) -> None:
        self.pauses.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Moves the clock forward without a sleep."""
        self._offset += seconds
