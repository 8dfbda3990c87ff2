"""Paces the requests of a connection: all threads and tasks of a process share what the service says of its limits.

Answers tell how many more requests a window takes, and when it has room again (``x-ratelimit-…``, ``retry-after``). No more are
under way than there is room for, and while that is not known, one finds it out for all. A service that says nothing is not paced.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Awaitable, Callable, Hashable, Mapping
from weakref import WeakValueDictionary

from dealwright.connectors import answers
from dealwright.connectors.connections import Connection
from dealwright.connectors.retry import Clock

CHECK_SECONDS = 0.05
"""After how long a request asks again whether there is room that those under way have left."""

log = logging.getLogger(__name__)


class _Window:
    """What is known of one window of the service. Its methods are called with the lock of the pace held."""

    def __init__(self) -> None:
        self.under_way = 0
        # How many more requests may begin until `opens_at`; None while that is to be found out.
        self.room: int | None = None
        self.opens_at = 0.0
        # None while the service has said nothing.
        self.has_limit: bool | None = None
        # Until when a service that counts must count the request of which an answer has said that it is the only one.
        self.counted_until = 0.0

    def wait(self, now: float) -> float:
        """Returns after how many seconds to ask again; 0 when a request may begin."""
        if self.has_limit is False:
            return 0.0
        if self.room is not None and now >= self.opens_at:
            # Some of those that were counted no longer are: one request finds out how many.
            self.room = None
        if self.room is None:
            return CHECK_SECONDS if self.under_way else 0.0
        return 0.0 if self.room > 0 else self.opens_at - now + CHECK_SECONDS

    def begin(self) -> None:
        """Counts a request that begins."""
        self.under_way += 1
        if self.room is not None:
            self.room -= 1

    def learn(self, now: float, headers: Mapping[str, str], *, is_refused: bool) -> None:
        """Takes in what an answer says; the request is no longer under way."""
        if self.has_limit is False and self.room is not None and not is_refused:
            # It has been seen to count nothing.
            return
        limit, remaining, reset = (
            answers.parse_seconds(headers.get(f"x-ratelimit-{name}")) for name in ("limit", "remaining", "reset")
        )
        is_only_one = limit is not None and remaining == limit - 1
        if is_refused:
            wait = answers.parse_seconds(headers.get("retry-after"))
            seconds = next(one for one in (wait, reset, answers.DEFAULT_BURST_WAIT_SECONDS) if one is not None)
            self.has_limit, self.room, self.opens_at = True, 0, max(self.opens_at, now + seconds)
        elif remaining is None or remaining == limit:
            # A service without limits says nothing, or always that nothing was asked yet.
            if headers and self.room is None:
                self.has_limit = False
        elif is_only_one and now < self.counted_until:
            # Or always that nothing but this was asked, as this CRM does.
            self.has_limit = False
        elif self.room is None:
            self.has_limit = True
            # Those under way may have been counted already, or not yet.
            self.room = max(0, int(remaining) - self.under_way)
            self.opens_at = now + (answers.DEFAULT_BURST_WAIT_SECONDS if reset is None else reset)
        else:
            self.room = min(self.room, max(0, int(remaining) - self.under_way))
        if is_only_one and reset is not None:
            # Rounded up, and counted from before the answer came.
            self.counted_until = now + reset - 1


class Pace:
    """The limits of one connection. No method waits but `wait`, and all may be called from any thread.

    while (seconds := pace.enter(path, clock.monotonic())):
        clock.sleep(seconds)
    ...
    pace.leave(path, clock.monotonic(), response.headers, is_refused=False)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests, self._searches = _Window(), _Window()

    def enter(self, path: str, now: float, *, unless_closed: bool = False) -> float:
        """Begins a request and returns 0; where there is no room, returns after how many seconds to ask again.

        With ``unless_closed`` it begins also while others find out how much room there is.
        """
        with self._lock:
            windows = self._windows(path)
            seconds = max(window.wait(now) for window in windows)
            if seconds and not (unless_closed and all(window.room is None for window in windows)):
                return seconds
            for window in windows:
                window.begin()
            return 0.0

    def leave(self, path: str, now: float, headers: Mapping[str, str], *, is_refused: bool) -> None:
        """Ends a request with the headers of its answer, or none where there is no answer; ``is_refused`` when it was one too many."""
        with self._lock:
            first, *others = self._windows(path)
            for window in (first, *others):
                window.under_way -= 1
            first.learn(now, headers, is_refused=is_refused)
            for window in others:
                # Of a search, the headers tell of the window that has less room: the other has no less.
                if window.room is None and not is_refused:
                    window.learn(now, headers, is_refused=False)

    async def wait(
        self,
        path: str,
        action: str,
        clock: Clock,
        until: float,
        sleep: Callable[[Clock, float], Awaitable[None]],
    ) -> float:
        """Waits until a request may begin, and begins it; returns 0.

        Where that would take longer than ``until``, returns how many seconds it would at least. Every wait is logged.
        """
        is_logged = False
        while seconds := self.enter(path, clock.monotonic()):
            if clock.monotonic() + seconds > until and (
                seconds := self.enter(path, clock.monotonic(), unless_closed=True)
            ):
                return seconds
            if not seconds:
                break
            if not is_logged and seconds > CHECK_SECONDS:
                log.info("%s waits %.1f s: the service takes no more requests at present", action, seconds)
                is_logged = True
            await sleep(clock, seconds)
        return 0.0

    def _windows(self, path: str) -> tuple[_Window, ...]:
        """Returns the windows that a request counts in, the narrowest first."""
        is_search = path.endswith("/search") or "/itemSearch" in path
        return (self._searches, self._requests) if is_search else (self._requests,)


_lock = threading.Lock()
_paces: WeakValueDictionary[Hashable, Pace] = WeakValueDictionary()


def shared(connection: Connection, clock: Clock) -> Pace:
    """Returns the pace of a connection, which all its clients in this process share: those of one token at one address."""
    home = connection.grant.home if connection.grant else connection.address
    key = (home, connection.authorization or connection.token, id(clock))
    with _lock:
        found = _paces.get(key)
        if found is None:
            found = _paces[key] = Pace()
        return found
