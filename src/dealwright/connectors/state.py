"""What the connector remembers on this machine: small SQLite files that all processes of this user share.

``DEALWRIGHT_STATE_DIR`` names another folder than the platform's own.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dealwright.connectors import store
from dealwright.connectors.connections import Connection


def folder() -> Path:
    """Where the files are, whether they exist yet or not."""
    if chosen := os.environ.get("DEALWRIGHT_STATE_DIR"):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415 - only where nobody chose a folder

    return Path(platformdirs.user_state_dir("dealwright", appauthor=False))


def identity(connection: Connection) -> str:
    """What a connection is remembered by: its name, and where it leads, so that no other inherits its past."""
    # The address of a grant may change with the company's domain.
    return f"{connection.name} {connection.grant.home if connection.grant else connection.address}"


class Database:
    """One file, opened when it is first used and again after a fork; may be used from several threads.

    Its methods raise `OSError` and `sqlite3.Error`. Only what is ``durable`` survives a power cut for sure; anything
    survives the end of a process. Waiting for the disk would cost every command some 20 ms.
    """

    def __init__(self, name: str, schema: str, *, durable: bool) -> None:
        self._file = folder() / name
        self._schema = schema
        self._synchronous = "FULL" if durable else "OFF"
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._pid = 0

    @property
    def exists(self) -> bool:
        """Whether anything has ever been written."""
        return self._file.exists()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """A transaction in which no other process reads or writes what this one has read."""
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
            if self._opened is not None and self._pid == os.getpid():
                self._opened.close()
            self._opened = None

    def _open(self) -> sqlite3.Connection:
        # What a parent process opened is not a child's to use, nor to close.
        if self._opened is None or self._pid != os.getpid():
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # SQLite does not wait for the lock that the change to a write-ahead log needs.
            with store.locked(self._file.with_suffix(".lock")):
                os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
                opened = sqlite3.connect(self._file, timeout=10, isolation_level=None, check_same_thread=False)
                try:
                    opened.execute(f"PRAGMA synchronous = {self._synchronous}")
                    opened.execute("PRAGMA journal_mode = WAL")
                    opened.executescript(self._schema)
                except BaseException:
                    opened.close()
                    raise
            self._opened, self._pid = opened, os.getpid()
        return self._opened
