"""Requests within a sliding window of two seconds: a ring of the times at which they were allowed, in shared integers.

``offset`` is the position of a window in the cells, ``capacity`` the number of requests it takes; times are in
microseconds. All functions are called with the lock of the cells held.
"""

from __future__ import annotations

from dealwright.server.rate_limit_plans import WINDOW_SECONDS

SECOND = 1_000_000
WINDOW = WINDOW_SECONDS * SECOND
# A window begins with the position of the oldest time in its ring, and the number of times.
RING_OFFSET = 2


def size(capacity: int) -> int:
    """Returns how many integers a window needs."""
    return RING_OFFSET + capacity


def count_requests(cells: memoryview[int], offset: int, capacity: int, now: int) -> int:
    """Returns how many requests the window holds, and drops those that are older than the window.

    Those that are later than now are dropped, too: the clock was set back.
    """
    count = cells[offset + 1]
    if count:
        oldest = cells[offset]
        while count and not now - WINDOW < cells[offset + RING_OFFSET + oldest] <= now:
            oldest = (oldest + 1) % capacity
            count -= 1
        cells[offset] = oldest
        cells[offset + 1] = count
    return count


def add_request(cells: memoryview[int], offset: int, capacity: int, now: int) -> None:
    """Adds a request, for which there must be room."""
    count = cells[offset + 1]
    cells[offset + RING_OFFSET + (cells[offset] + count) % capacity] = now
    cells[offset + 1] = count + 1


def seconds_until_reset(cells: memoryview[int], offset: int, now: int) -> int:
    """Returns in how many seconds, rounded up, the oldest request no longer counts."""
    if not cells[offset + 1]:
        return WINDOW_SECONDS
    return -((now - WINDOW - cells[offset + RING_OFFSET + cells[offset]]) // SECOND)
