"""The average latency of a route's recent answers: the CPU time that they take."""

from __future__ import annotations

FAST_THRESHOLD_SECONDS = 0.004
WEIGHT = 1 / 8
NOTICEABLE_SECONDS = 0.02
"""What the clients of other requests would notice if they had to wait for it."""
ANSWERS_AFTER_NOTICEABLE = 200
ANSWERS_AT_FIRST = 8


class LatencyAverage:
    """A moving average, in which old answers count for less and less, and the number of answers for which it does not count.

    What takes long once, with a costly filter, may do so again as soon as somebody wants it. So after such an answer, and at first,
    when nothing is known and modules are imported, a route is not fast for some answers. Threads may observe answers at the same time: if one is lost, it does no harm.
    """

    __slots__ = ("_distrusted_answers", "_seconds")

    def __init__(self) -> None:
        self._seconds = 0.0
        self._distrusted_answers = ANSWERS_AT_FIRST

    def is_fast(self) -> bool:
        """Whether the average latency is below 4 ms, and no answer has been noticeably slow of late.

        Such GETs run on the event loop.
        """
        return self._seconds < FAST_THRESHOLD_SECONDS and not self._distrusted_answers

    def observe(self, seconds: float) -> None:
        """Adds an answer to the average."""
        if seconds > NOTICEABLE_SECONDS:
            self._distrusted_answers = ANSWERS_AFTER_NOTICEABLE
        elif self._distrusted_answers:
            self._distrusted_answers -= 1
        self._seconds += (seconds - self._seconds) * WEIGHT
