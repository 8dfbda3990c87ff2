"""When a call is sent again, and after which wait.

A call is sent again when that can do no harm: nothing was carried out (too many requests, no connection made), or
carrying it out twice leads to the same (GET, PUT, DELETE). A POST or PATCH that may have been carried out never is.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from typing import Protocol, TypeVar

import msgspec

from dealwright.connectors.errors import DealwrightError, RateLimited, TryLater, Unavailable

T = TypeVar("T")

RETRIES = 4
MAX_WAIT = 60.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
BLOCKED = 403
REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


class Clock(Protocol):
    """Where time comes from and how it is spent; the module ``time`` is one."""

    def time(self) -> float:
        """Seconds since 1970."""

    def monotonic(self) -> float:
        """Seconds since some moment, never set back."""

    def sleep(self, seconds: float, /) -> None:
        """Waits."""


CLOCK: Clock = time


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How often a call is sent again at most, and within how many seconds since it was first sent."""

    retries: int = RETRIES
    max_wait: float = MAX_WAIT


def carry_out(attempt: Callable[[], T], may_replay: Callable[[TryLater], bool], patience: Patience, clock: Clock) -> T:
    """What an attempt gives; it is made again after a wait while that is allowed and may help."""
    begun = clock.monotonic()
    in_doubt = False
    for number in itertools.count():
        try:
            return attempt()
        except TryLater as error:
            pause = pause_after(error, number)
            late = clock.monotonic() - begun + pause > patience.max_wait
            if number >= patience.retries or late or not may_replay(error):
                raise _said_of_doubt(error, in_doubt=in_doubt) from error.__cause__
            in_doubt |= isinstance(error, Unavailable) and error.may_have_run
            clock.sleep(pause)
        except DealwrightError as error:
            raise _said_of_doubt(error, in_doubt=in_doubt) from error.__cause__
    raise AssertionError("unreachable")


def harmless(method: str) -> Callable[[TryLater], bool]:
    """Whether a call of this method may be sent again after an error."""

    def may_replay(error: TryLater) -> bool:
        if isinstance(error, RateLimited):
            return error.window == "burst"
        if isinstance(error, Unavailable) and error.failure is not None and error.failure.status == BLOCKED:
            # Whoever asks on is kept out longer.
            return False
        return isinstance(error, Unavailable) and (method in REPEATABLE or not error.may_have_run)

    return may_replay


def pause_after(error: TryLater, number: int) -> float:
    """How many seconds to wait before the next attempt: grows exponentially, anywhere below that at random.

    What the service tells to wait is waited in full; chance then spreads those that were told the same.
    """
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(number, 16))
    chance = random.uniform(0, longest)
    told = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
    return chance if told is None else told + chance


def _said_of_doubt(error: DealwrightError, *, in_doubt: bool) -> DealwrightError:
    """The last error, which must not hide that an earlier attempt may have been carried out."""
    if not in_doubt or (isinstance(error, Unavailable) and error.may_have_run):
        return error
    if isinstance(error, Unavailable):
        return error.doubted()
    error.add_note("An earlier attempt of this call got no clear answer and may have been carried out.")
    return error
