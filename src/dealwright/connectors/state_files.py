"""The connector's state on this machine: small SQLite files that all processes of this user share.

``DEALWRIGHT_STATE_DIR`` names another folder than the platform's own.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dealwright import _private_files
from dealwright.connectors import store
from dealwright.connectors.connections import Connection


def folder() -> Path:
    """Returns the folder of the files, whether it exists yet or not."""
    if override := os.environ.get("DEALWRIGHT_STATE_DIR"):
        return Path(override)
    import platformdirs  # noqa: PLC0415 - only where no folder is set

    return Path(platformdirs.user_state_dir("dealwright", appauthor=False))


def connection_identity(connection: Connection) -> str:
    """Returns the key of a connection's state: name and address, so that no other connection inherits it."""
    # The address of a grant may change with the company's domain.
    return f"{connection.name} {connection.grant.home if connection.grant else connection.address}"


class StateFile:
    """One file, opened when it is first used and again after a fork; may be used from several threads.

    Its methods raise `OSError` and `sqlite3.Error`. A ``durable`` file surely survives a power cut, any other only the
    end of a process. Waiting for the disk would cost every command some 20 ms.
    """

    def __init__(self, name: str, schema: str, *, durable: bool) -> None:
        self._file = folder() / name
        self._schema = schema
        self._synchronous = "FULL" if durable else "OFF"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._pid = 0

    @property
    def exists(self) -> bool:
        """Whether anything has ever been written."""
        return self._file.exists()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yields a transaction that excludes all other processes from reading or writing the file in their own."""
        with self._lock:
            database = self._open()
            database.execute("BEGIN IMMEDIATE")
            try:
                yield database
                database.execute("COMMIT")
            except BaseException:
                if database.in_transaction:
                    database.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Closes the file; the next use opens it anew."""
        with self._lock:
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        # A child process must neither use nor close what its parent opened.
        if self._connection is None or self._pid != os.getpid():
            _private_files.make_folder(self._file.parent)
            # SQLite does not wait for the lock that the change to a write-ahead log needs.
            with store.file_lock(self._file.with_suffix(".lock")):
                _private_files.make_file(self._file)
                _private_files.restrict_all(self._file.parent, f"{self._file.name}-*")
                connection = sqlite3.connect(self._file, timeout=10, isolation_level=None, check_same_thread=False)
                try:
                    connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(self._schema)
                except BaseException:
                    connection.close()
                    raise
            self._connection, self._pid = connection, os.getpid()
        return self._connection
