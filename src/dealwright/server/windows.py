"""Requests within a rolling window of two seconds: a ring of the moments at which they were let in, in shared integers.

``at`` is where a window is in the cells, ``most`` how many requests it takes; moments are in microseconds. All functions
are called within the lock of the cells.
"""

from __future__ import annotations

from dealwright.server.plans import WINDOW_SECONDS

SECOND = 1_000_000
WINDOW = WINDOW_SECONDS * SECOND
# A window begins with where the oldest moment is in its ring, and how many there are.
RING = 2


def size(most: int) -> int:
    """How many integers a window needs."""
    return RING + most


def used(cells: memoryview[int], at: int, most: int, now: int) -> int:
    """How many requests the window holds, after what is older than it was forgotten.

    So is what is later than now: the clock was set back.
    """
    held = cells[at + 1]
    if held:
        oldest = cells[at]
        while held and not now - WINDOW < cells[at + RING + oldest] <= now:
            oldest = (oldest + 1) % most
            held -= 1
        cells[at] = oldest
        cells[at + 1] = held
    return held


def enter(cells: memoryview[int], at: int, most: int, now: int) -> None:
    """Counts a request, for which there must be room."""
    held = cells[at + 1]
    cells[at + RING + (cells[at] + held) % most] = now
    cells[at + 1] = held + 1


def seconds_left(cells: memoryview[int], at: int, now: int) -> int:
    """In how many seconds, rounded up, the oldest request no longer counts."""
    if not cells[at + 1]:
        return WINDOW_SECONDS
    return -((now - WINDOW - cells[at + RING + cells[at]]) // SECOND)
