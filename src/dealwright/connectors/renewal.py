"""Access by a grant of OAuth 2.0, whose tokens are renewed in time: once, for all threads and processes of this user.

Whoever needs a new token takes a lock that all of them share, and looks into the store first: there may be one already.
What the provider gives goes into the store before anybody uses it.
"""

from __future__ import annotations

import dataclasses
import shlex
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dealwright.connectors import auth, connections, oauth, store
from dealwright.connectors.auth import Access
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import Failure, UnusableConnection
from dealwright.connectors.grants import Grant
from dealwright.connectors.retry import Clock

T = TypeVar("T")


class Renewal:
    """The access of one connection. ``seconds`` is how long to wait for the provider's answer."""

    def __init__(self, connection: Connection, *, seconds: float, clock: Clock) -> None:
        self._connection = connection
        self._home = _grant(connection).home
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts = 0
        self._trouble: Exception | None = None
        self._unsaved: Connection | None = None

    @property
    def reconnect(self) -> str:
        """The command that authorises the connection anew."""
        return f"dealwright connect {shlex.quote(self._connection.name)}"

    def current(self) -> Access:
        """Access with a token that has not expired. Raises what `renewed` does."""
        connection = self._connection
        due = _grant(connection).is_due(self._clock.time())
        return self.renewed(_access(connection)) if due else _access(connection)

    def renewed(self, old: Access) -> Access:
        """Access with another token than that, which has expired or been refused.

        Raises `oauth.Refused`, `oauth.Unheard` and `UnusableConnection`.
        """
        before = self._attempts
        with self._lock:
            if self._has_newer(old):
                return _access(self._connection)
            if self._trouble is not None and self._attempts > before:
                # It has failed while this thread waited: not every thread asks a provider that is down, one by one.
                raise self._trouble.with_traceback(None)
            try:
                with store.only_renewal(self._connection.name):
                    self._connection = self._stored()
                    if not self._has_newer(old):
                        self._connection = _to_the_end(self._renew)
                self._trouble = None
            except Exception as error:
                self._trouble = error
                raise
            finally:
                self._attempts += 1
            return _access(self._connection)

    def _has_newer(self, old: Access) -> bool:
        return _access(self._connection) != old and not _grant(self._connection).is_due(self._clock.time())

    def _stored(self) -> Connection:
        """What the store has by now, perhaps from another process."""
        stored = connections.stored(self._connection.name)
        if stored is None or stored.grant is None:
            raise UnusableConnection(f"Connection '{self._connection.name}' has been removed or replaced")
        if stored.grant.home != self._home:
            raise UnusableConnection(f"Connection '{stored.name}' leads to {stored.address} now: open it anew")
        return stored

    def _renew(self) -> Connection:
        """The connection with new tokens, which are in the store."""
        fresh = self._unsaved
        # Tokens that could not be stored are not lost as long as this process lives.
        if fresh is None or fresh.authorization != self._connection.authorization:
            grant = _grant(self._connection)
            if grant.refresh_token is None:
                raise oauth.Refused(Failure(status=401, message="it has expired, and came without a refresh token"))
            url, renewed = oauth.refresh(grant, self._connection.url, now=self._clock.time(), seconds=self._seconds)
            fresh = self._unsaved = dataclasses.replace(self._connection, url=url, grant=renewed)
        kept = connections.renew(fresh)
        self._unsaved = None
        # Meanwhile it may have been authorised anew, or removed.
        return fresh if kept else self._stored()


def _grant(connection: Connection) -> Grant:
    assert connection.grant is not None
    return connection.grant


def _access(connection: Connection) -> Access:
    return Access(connection.url, auth.bearer(_grant(connection).access_token))


def _to_the_end(step: Callable[[], T]) -> T:
    """What a step gives that no Ctrl-C may break off: a provider that gives new refresh tokens gives each one once.

    An interrupt reaches the main thread only, and leaving the block waits for the other.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(step).result()
