"""Renews the tokens of a grant of OAuth 2.0 in time: once, for all threads and processes of this user.

To renew a token, a thread takes a lock that all of them share and reads the store first, where a new one may be
already. New tokens are stored before they are used.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from dealwright.connectors import auth, oauth
from dealwright.connectors.auth import Access
from dealwright.connectors.connection_store import ConnectionStore
from dealwright.connectors.connections import Connection
from dealwright.connectors.errors import Failure, UnusableConnection
from dealwright.connectors.grants import Grant
from dealwright.connectors.retry import Clock

T = TypeVar("T")

_LOG = logging.getLogger(__name__)


class TokenRefresher:
    """Access to one connection by its grant, which ``store`` keeps. ``seconds`` is how long to wait for the provider's answer."""

    def __init__(self, connection: Connection, store: ConnectionStore, *, seconds: float, clock: Clock) -> None:
        self._connection = connection
        self._store = store
        self._home = _grant(connection).home
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._attempts = 0
        self._last_error: Exception | None = None
        self._unsaved_connection: Connection | None = None

    @property
    def reconnect(self) -> str:
        """What to do to authorise the connection anew."""
        return self._store.reconnect_advice(self._connection.name)

    def current_access(self) -> Access:
        """Returns access with a token that has not expired. Raises the errors of `refresh`."""
        connection = self._connection
        due = _grant(connection).needs_refresh(self._clock.time())
        return self.refresh(_access(connection)) if due else _access(connection)

    def refresh(self, old: Access) -> Access:
        """Returns access with another token than the old one, which has expired or been refused.

        Raises `oauth.ProviderRefused`, `oauth.ProviderUnavailable` and `UnusableConnection`.
        """
        before = self._attempts
        with self._lock:
            if self._has_newer(old):
                return _access(self._connection)
            if self._last_error is not None and self._attempts > before:
                # It has failed while this thread waited: not every thread tries a provider that is down, one by one.
                raise self._last_error.with_traceback(None)
            try:
                with self._store.refresh_lock(self._connection.name):
                    self._connection = self._load_stored()
                    if not self._has_newer(old):
                        self._connection = _run_uninterrupted(self._request_and_store_tokens)
                self._last_error = None
            except Exception as error:
                self._last_error = error
                raise
            finally:
                self._attempts += 1
            return _access(self._connection)

    def _has_newer(self, old: Access) -> bool:
        return _access(self._connection) != old and not _grant(self._connection).needs_refresh(self._clock.time())

    def _load_stored(self) -> Connection:
        """Returns the stored connection, which another process may have changed.

        Raises `UnusableConnection` when it has been removed or replaced, or leads elsewhere.
        """
        stored = self._store.find(self._connection.name)
        if stored is None or stored.grant is None:
            raise UnusableConnection(f"Connection '{self._connection.name}' has been removed or replaced")
        if stored.grant.home != self._home:
            raise UnusableConnection(f"Connection '{stored.name}' leads to {stored.address} now: open it anew")
        return stored

    def _request_and_store_tokens(self) -> Connection:
        """Requests new tokens, stores them, and returns the connection with them."""
        fresh = self._unsaved_connection
        # Tokens that could not be stored are kept as long as this process lives.
        if fresh is None or fresh.authorization != self._connection.authorization:
            grant = _grant(self._connection)
            if grant.refresh_token is None:
                raise oauth.ProviderRefused(
                    Failure(status=401, message="it has expired, and came without a refresh token")
                )
            _LOG.info("The access token of connection '%s' is renewed", self._connection.name)
            try:
                url, refreshed = oauth.refresh(
                    grant, self._connection.url, now=self._clock.time(), seconds=self._seconds
                )
            except oauth.ProviderRefused:
                # Whoever looks at the connection sees that it is void.
                refused = msgspec.structs.replace(grant, refused_at=self._clock.time())
                with contextlib.suppress(UnusableConnection):
                    self._store.update_grant(dataclasses.replace(self._connection, grant=refused))
                raise
            fresh = self._unsaved_connection = dataclasses.replace(self._connection, url=url, grant=refreshed)
        was_stored = self._store.update_grant(fresh)
        self._unsaved_connection = None
        # The connection may have been authorised anew, or removed, in the meantime.
        return fresh if was_stored else self._load_stored()


def _grant(connection: Connection) -> Grant:
    assert connection.grant is not None
    return connection.grant


def _access(connection: Connection) -> Access:
    return Access(connection.url, auth.bearer_header(_grant(connection).access_token))


def _run_uninterrupted(step: Callable[[], T]) -> T:
    """Runs `step` in a worker thread and returns its result, so that Ctrl-C cannot lose a rotated refresh token.

    An interrupt reaches the main thread only, and leaving the block waits for the worker.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(step).result()
