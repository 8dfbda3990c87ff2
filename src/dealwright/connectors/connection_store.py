"""Where connections are kept: by default in the file of this user, on a server in its company."""

from __future__ import annotations

import shlex
from contextlib import AbstractContextManager
from typing import Protocol

from dealwright.connectors import connections, store
from dealwright.connectors.connections import Connection


class ConnectionStore(Protocol):
    """A store of connections by their names. Its methods raise `UnusableConnection` when it cannot be read or changed."""

    def find(self, name: str) -> Connection | None:
        """Returns the connection of this name, with its secrets; None when there is none."""

    def add(self, new: Connection, *, replace: bool = False) -> None:
        """Adds a connection. Raises `UnusableConnection` for a name that is taken, without ``replace``."""

    def update_grant(self, refreshed: Connection) -> bool:
        """Stores the renewed grant of a connection; returns False when it no longer has that consent."""

    def refresh_lock(self, name: str) -> AbstractContextManager[None]:
        """Holds the lock for renewing the tokens of a connection, which one of all threads and processes has at a time."""

    def reconnect_advice(self, name: str) -> str:
        """Returns what to do to authorise a connection anew."""


class FileStore:
    """The connections in the file of this user."""

    def find(self, name: str) -> Connection | None:
        """Returns the connection of this name, with its secrets; None when there is none."""
        return connections.find_stored(name)

    def add(self, new: Connection, *, replace: bool = False) -> None:
        """Adds a connection. Raises `UnusableConnection` for a name that is taken, without ``replace``."""
        connections.add(new, replace=replace)

    def update_grant(self, refreshed: Connection) -> bool:
        """Stores the renewed grant of a connection; returns False when it no longer has that consent."""
        return connections.update_grant(refreshed)

    def refresh_lock(self, name: str) -> AbstractContextManager[None]:
        """Holds the lock for renewing the tokens of a connection, which one thread of one process has at a time."""
        return store.refresh_lock(name)

    def reconnect_advice(self, name: str) -> str:
        """Returns the command that authorises a connection anew."""
        return f"dealwright connect {shlex.quote(name)}"


FILE_STORE = FileStore()
"""The store that is used where none is given."""
