"""Waits for what others do in their own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

PATIENCE_SECONDS = 60


def wait_for(read: Callable[[], T], is_done: Callable[[T], object] = bool) -> T:
    """Returns what is read once it is as expected. Raises AssertionError when it takes too long."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_done(found := read()):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return found
