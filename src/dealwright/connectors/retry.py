"""Decides when a call is sent again, and after which wait.

A call is sent again when that can do no harm: nothing was carried out (too many requests, no connection made), or
carrying it out twice leads to the same (GET, PUT, DELETE). A POST or PATCH that may have been carried out never is.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

import msgspec

from dealwright.connectors.errors import DealwrightError, RateLimited, TryLater, Unavailable

T = TypeVar("T")

_LOG = logging.getLogger(__name__)

DEFAULT_RETRIES = 4
DEFAULT_MAX_WAIT_SECONDS = 60.0
INITIAL_DELAY_SECONDS = 0.5
MAX_DELAY_SECONDS = 30.0
BLOCKED_STATUS = 403
IDEMPOTENT_METHODS = frozenset({"GET", "PUT", "DELETE"})


class Clock(Protocol):
    """A source of time that can also wait; the module ``time`` is one."""

    def time(self) -> float:
        """Returns the seconds since 1970."""

    def monotonic(self) -> float:
        """Returns seconds since an arbitrary start; never goes back."""

    def sleep(self, seconds: float, /) -> None:
        """Waits so many seconds."""


CLOCK: Clock = time


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """The number of times a call that failed is sent again at most, and within how many seconds since it was first sent.

    A call that the service refused as one too many is sent again as often as the seconds allow, unless ``retries`` is 0.
    """

    retries: int = DEFAULT_RETRIES
    max_wait: float = DEFAULT_MAX_WAIT_SECONDS


async def call_with_retries(
    attempt: Callable[[], Awaitable[T]],
    may_replay: Callable[[TryLater], bool],
    policy: RetryPolicy,
    clock: Clock,
    sleep: Callable[[Clock, float], Awaitable[None]],
) -> T:
    """Returns the result of an attempt, which is repeated after a wait while that is allowed and may help."""
    started = clock.monotonic()
    in_doubt = False
    failures = 0
    while True:
        try:
            return await attempt()
        except TryLater as error:
            pause = retry_delay(error, failures)
            late = clock.monotonic() - started + pause > policy.max_wait
            # Too many requests at once are no failure of the service: only time ends waiting for room.
            is_limited = isinstance(error, RateLimited)
            if failures >= policy.retries or late or not may_replay(error):
                raise _mark_outcome_unknown(error, in_doubt=in_doubt) from error.__cause__
            failures += not is_limited
            in_doubt |= isinstance(error, Unavailable) and error.may_have_run
            _LOG.info("%s on connection '%s' is sent again in %.1f s: %s", error.action, error.connection, pause, error)
            await sleep(clock, pause)
        except DealwrightError as error:
            raise _mark_outcome_unknown(error, in_doubt=in_doubt) from error.__cause__


def replay_predicate(method: str) -> Callable[[TryLater], bool]:
    """Returns a predicate: whether a call of this method may be sent again after an error."""

    def may_replay(error: TryLater) -> bool:
        if isinstance(error, RateLimited):
            return error.window == "burst"
        if isinstance(error, Unavailable) and error.failure is not None and error.failure.status == BLOCKED_STATUS:
            # Further requests would only prolong the block.
            return False
        return isinstance(error, Unavailable) and (method in IDEMPOTENT_METHODS or not error.may_have_run)

    return may_replay


def retry_delay(error: TryLater, number: int) -> float:
    """Returns how many seconds to wait before the next attempt: at random below a bound that grows exponentially.

    A wait that the service demands is waited in full, plus the random part, which spreads clients that got the same
    answer.
    """
    max_delay = min(MAX_DELAY_SECONDS, INITIAL_DELAY_SECONDS * 2 ** min(number, 16))
    chance = random.uniform(0, max_delay)
    retry_after = error.retry_after if isinstance(error, RateLimited | Unavailable) else None
    return chance if retry_after is None else retry_after + chance


def _mark_outcome_unknown(error: DealwrightError, *, in_doubt: bool) -> DealwrightError:
    """Returns the last error, marked when an earlier attempt may have been carried out."""
    if not in_doubt or (isinstance(error, Unavailable) and error.may_have_run):
        return error
    if isinstance(error, Unavailable):
        return error.with_unknown_outcome()
    error.add_note("An earlier attempt of this call got no clear answer and may have been carried out.")
    return error
