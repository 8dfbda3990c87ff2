"""Admits deliveries of webhooks to the network, so that receivers that hang hold back nobody but themselves.

A receiver that has just answered quickly is trusted with several deliveries at a time. Any other host gets one, and all
such hosts of a user, or of a company, together get no more than there is still free: so there is always room for
somebody else. A delivery that is not admitted is postponed, which is no attempt.

A host where several attempts in a row have timed out is not asked for a while (a circuit breaker); then one delivery
probes it. All of that is known to one process, by host and port, whatever becomes of the webhooks.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

from dealwright.server.outbound_http import TIMEOUT_SECONDS, HttpResult

CAPACITY = 100
"""The number of deliveries that may wait for hosts which have not answered quickly of late."""

MAX_PER_PROVEN_HOST = 10
QUICK_SECONDS = 1.0
"""A host that takes longer is trusted with one delivery at a time only."""

TIMEOUTS_UNTIL_OPEN = 3
OPEN_SECONDS = 30.0
_PATIENCE_SECONDS = 2.0
_COLD_PATIENCE_SECONDS = 0.25
_MAX_HOSTS = 10_000


class NotAdmitted(Exception):
    """Raised for a delivery that has to wait for ``seconds``. ``is_open``: because its host does not answer."""

    def __init__(self, seconds: float, *, is_open: bool = False) -> None:
        super().__init__("the host of the webhook has not answered of late")
        self.seconds = seconds
        self.is_open = is_open


class Sharers(NamedTuple):
    """Those among whom the capacity is shared: the user and the company of a webhook."""

    user: Hashable
    company: Hashable


@dataclass
class _Host:
    is_proven: bool = False
    timeouts: int = 0
    open_until: float = 0.0
    started_at: list[float] = field(default_factory=list)


class Admission:
    """The deliveries that are under way in a process, and what is known about hosts."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._hosts: dict[str, _Host] = {}
        # The places that are taken, by who has them: when each delivery began, the oldest first.
        self._places: dict[Hashable, list[float]] = {}
        self._taken = 0
        self._changed = threading.Condition()

    @contextmanager
    def admit(self, host: str, sharers: Sharers) -> Iterator[Callable[[HttpResult], None]]:
        """Yields a function that takes the result of the attempt. Raises `NotAdmitted`."""
        with self._changed:
            state = self._enter(host, sharers)
            takes_place = not state.is_proven
            started_at = self._clock()
            state.started_at.append(started_at)
            if takes_place:
                self._take_place(sharers, started_at)
        results: list[HttpResult] = []
        try:
            yield results.append
        finally:
            with self._changed:
                state.started_at.remove(started_at)
                if takes_place:
                    self._free_place(sharers, started_at)
                if results:
                    self._learn(state, results[0], self._clock() - started_at)
                self._changed.notify_all()

    def _enter(self, name: str, sharers: Sharers) -> _Host:
        """Returns the state of the host when a delivery to it may begin. Raises `NotAdmitted`."""
        began = time.monotonic()
        while True:
            now = self._clock()
            host = self._host(name)
            waited = now - host.started_at[0] if host.started_at else 0.0
            if waited >= QUICK_SECONDS:
                host.is_proven = False
            if host.timeouts >= TIMEOUTS_UNTIL_OPEN:
                self._enter_open(host, now)
                return host
            if len(host.started_at) < (MAX_PER_PROVEN_HOST if host.is_proven else 1):
                break
            # A host that answers quickly will soon be free.
            patience = _PATIENCE_SECONDS if host.is_proven else _COLD_PATIENCE_SECONDS
            if waited >= QUICK_SECONDS or time.monotonic() - began >= patience:
                raise NotAdmitted(
                    _jittered(max(QUICK_SECONDS, TIMEOUT_SECONDS - waited if waited >= QUICK_SECONDS else 0))
                )
            self._changed.wait(_COLD_PATIENCE_SECONDS)
        if not host.is_proven:
            self._check_places(sharers, now)
        return host

    def _check_places(self, sharers: Sharers, now: float) -> None:
        """Raises `NotAdmitted` unless there is a place for a delivery to a host that has not answered quickly of late."""
        of_user, of_company = (self._places.get(sharer, []) for sharer in sharers)
        free = CAPACITY - self._taken
        # What others may still take: companies of all, and users of what their company may.
        for places, left in ((of_company, free), (of_user, free - len(of_company))):
            if len(places) >= left:
                raise NotAdmitted(_jittered(_seconds_until_free(places, now)))

    def _enter_open(self, host: _Host, now: float) -> None:
        """Lets one delivery probe a host that does not answer, when it is time. Raises `NotAdmitted`."""
        if now < host.open_until or host.started_at:
            raise NotAdmitted(_jittered(max(host.open_until - now, QUICK_SECONDS)), is_open=True)

    def _learn(self, host: _Host, result: HttpResult, seconds: float) -> None:
        host.is_proven = seconds < QUICK_SECONDS
        if result.status is None and seconds >= TIMEOUT_SECONDS * 0.9:
            host.timeouts += 1
            host.open_until = self._clock() + OPEN_SECONDS
        else:
            host.timeouts = 0

    def count_open_hosts(self) -> int:
        """Returns how many hosts are not asked at present, because they do not answer."""
        with self._changed:
            now = self._clock()
            return sum(now < host.open_until for host in self._hosts.values() if host.timeouts >= TIMEOUTS_UNTIL_OPEN)

    def _host(self, name: str) -> _Host:
        if name not in self._hosts and len(self._hosts) >= _MAX_HOSTS:
            self._forget_idle()
        return self._hosts.setdefault(name, _Host())

    def _forget_idle(self) -> None:
        """Forgets the hosts that nothing is under way to and nothing is wrong with."""
        now = self._clock()
        self._hosts = {name: host for name, host in self._hosts.items() if host.started_at or now < host.open_until}

    def _take_place(self, sharers: Sharers, started_at: float) -> None:
        self._taken += 1
        for sharer in sharers:
            self._places.setdefault(sharer, []).append(started_at)

    def _free_place(self, sharers: Sharers, started_at: float) -> None:
        self._taken -= 1
        for sharer in sharers:
            self._places[sharer].remove(started_at)
            if not self._places[sharer]:
                del self._places[sharer]


def _seconds_until_free(places: Sequence[float], now: float) -> float:
    """Returns when to ask again for one of these places, by the times since when they are taken.

    When even the youngest has waited for long, all of them hang, and none gets free before the oldest times out. To ask
    every second would keep the process from what it could do meanwhile.
    """
    if not places or now - places[-1] < QUICK_SECONDS:
        return QUICK_SECONDS
    return max(QUICK_SECONDS, TIMEOUT_SECONDS - (now - places[0]))


def _jittered(seconds: float) -> float:
    """Returns a bit more, so that not all that wait come back at once."""
    return seconds * random.uniform(1.0, 1.5)


of_process = Admission()
"""What this process knows."""
