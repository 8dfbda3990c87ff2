"""Reads the SQLite files of a platform as they are at one moment, and looks into copies."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from dealwright.storage.backups.manifest import PLATFORM_FILE, BackupError, company_file

LOCK_SECONDS = 2.0
ATTEMPTS_SECONDS = 60.0


@contextmanager
def snapshot(folder: Path) -> Iterator[dict[str, sqlite3.Connection]]:
    """Yields a reader for each file of a platform, by its path. All of them see the same moment.

    Every writer is held up for as long as it takes to begin these readers. Raises `BackupError`.
    """
    deadline = time.monotonic() + ATTEMPTS_SECONDS
    with ExitStack() as stack:
        while True:
            try:
                readers = stack.enter_context(_begin_readers(folder))
                break
            except sqlite3.OperationalError as error:
                # Someone writes for longer, perhaps waiting for a lock that is held here.
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise BackupError(f"the databases in {folder} cannot be read: {error}") from None
                time.sleep(0.1)
        yield readers


@contextmanager
def _begin_readers(folder: Path) -> Iterator[dict[str, sqlite3.Connection]]:
    with ExitStack() as readers_stack:
        readers = {}
        with ExitStack() as locks:
            platform = _lock(locks, folder / PLATFORM_FILE)
            domains = [row[0] for row in platform.execute("select domain from companies order by id")]
            paths = [PLATFORM_FILE, *map(company_file, domains)]
            for path in paths[1:]:
                _lock(locks, folder / path)
            for path in paths:
                readers[path] = readers_stack.enter_context(_connection(folder / path))
                readers[path].execute("begin")
                # The snapshot is that of the first query.
                readers[path].execute("select count(*) from sqlite_master")
        yield readers


def _lock(stack: ExitStack, path: Path) -> sqlite3.Connection:
    """Locks out the writers of a file until the stack is left."""
    connection = stack.enter_context(_connection(path))
    connection.execute("begin immediate")
    stack.callback(connection.rollback)
    return connection


@contextmanager
def _connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Opens a file that is there. Raises `BackupError`."""
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=LOCK_SECONDS
        )
    except sqlite3.OperationalError as error:
        raise BackupError(f"{path} cannot be opened: {error}") from None
    with closing(connection):
        yield connection


@contextmanager
def open_copy(path: Path) -> Iterator[Callable[[str], Sequence[Sequence[object]]]]:
    """Yields a function that runs a query on a copy that nobody changes."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        yield lambda sql: connection.execute(sql).fetchall()


def check_integrity(query: Callable[[str], Sequence[Sequence[object]]], name: str) -> None:
    """Raises `BackupError` for a file that SQLite finds damaged."""
    try:
        [[result], *_] = query("pragma integrity_check")
    except sqlite3.DatabaseError as error:
        result = error
    if result != "ok":
        raise BackupError(f"{name} is damaged: {' '.join(str(result).split())}")
