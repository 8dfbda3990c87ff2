"""How long the answers of a route took lately."""

from __future__ import annotations

QUICK_SECONDS = 0.004
WEIGHT = 1 / 8


class Pace:
    """A moving average, in which old answers count for less and less.

    Threads may note their answers at the same time: one that goes missing does no harm.
    """

    __slots__ = ("_seconds",)

    def __init__(self) -> None:
        self._seconds = 0.0

    def is_quick(self) -> bool:
        """Whether others can wait for an answer without noticing it. Nobody knows that of the first one, which passes for quick."""
        return self._seconds < QUICK_SECONDS

    def note(self, seconds: float) -> None:
        """Takes an answer into account."""
        self._seconds += (seconds - self._seconds) * WEIGHT
