"""A clock whose sleep takes no time: it only moves the clock."""

from __future__ import annotations

import time


class Clock:
    """Runs with the real one, and ahead of it by what has been slept; ``pauses`` has every sleep."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self._ahead = 0.0

    def time(self) -> float:
        return time.time() + self._ahead

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead

    def sleep(self, seconds: float, /) -> None:
        self.pauses.append(seconds)
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        """Moves the clock without anybody sleeping."""
        self._ahead += seconds
