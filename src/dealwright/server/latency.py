"""The average latency of a route's recent answers."""

from __future__ import annotations

FAST_THRESHOLD_SECONDS = 0.004
WEIGHT = 1 / 8


class LatencyAverage:
    """A moving average, in which old answers count for less and less.

    Threads may observe answers at the same time: if one is lost, it does no harm.
    """

    __slots__ = ("_seconds",)

    def __init__(self) -> None:
        self._seconds = 0.0

    def is_fast(self) -> bool:
        """Whether the average latency is below 4 ms, also before the first measurement.

        Such GETs run on the event loop.
        """
        return self._seconds < FAST_THRESHOLD_SECONDS

    def observe(self, seconds: float) -> None:
        """Adds an answer to the average."""
        self._seconds += (seconds - self._seconds) * WEIGHT
