"""SQLite files: opened without creating them, and copied while they are in use."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from dealwright import _private_files
from dealwright._database_errors import Problem, UnusableDatabase, explain, find_problem

BUSY_TIMEOUT_SECONDS = 30.0
"""The time that a transaction waits for the lock of another process."""

_RETRY_SECONDS = 0.01


def open_file(
    path: Path,
    *,
    journal: str | None,
    busy_timeout: float = BUSY_TIMEOUT_SECONDS,
    may_be_empty: bool = False,
) -> sqlite3.Connection:
    """Opens a file that is there, without transactions of the driver's own.

    ``journal`` is None for the journal mode that the file has. Raises `UnusableDatabase`. Processes that open the file at the same time wait for each other.
    """
    _private_files.restrict(path)
    _check_access(path)
    if not may_be_empty and path.stat().st_size == 0:
        raise UnusableDatabase(Problem.DAMAGED, path, "it is empty")
    try:
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=busy_timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=1000,
        )
        try:
            if journal is not None:
                _set_journal(connection, journal, busy_timeout)
            # Reads the file for the first time.
            connection.execute("select 1 from sqlite_master limit 1").fetchone()
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        error.database = str(path)  # type: ignore[attr-defined]
        if (unusable := explain(error)) is not None:
            raise unusable from error
        raise
    return connection


def create_file(path: Path) -> None:
    """Creates an empty file that only its owner can read, unless there is one. Raises `OSError`."""
    _private_files.make_file(path)


def write_copy(connection: sqlite3.Connection, target: Path) -> None:
    """Copies what a connection sees into a new file, without waiting for the disk. Raises `OSError` and `sqlite3.Error`."""
    _private_files.make_file(target)
    with closing(sqlite3.connect(target)) as copy:
        copy.execute("pragma synchronous=off")
        connection.backup(copy)
        # One file, without two more beside it, which can be read where nothing can be written.
        copy.execute("pragma journal_mode=delete")


def copy_file(connection: sqlite3.Connection, target: Path) -> None:
    """Copies the committed state of a database to a file, which others see whole or not at all.

    Raises `OSError` and `sqlite3.Error`; then the file is as it was.
    """
    unfinished = target.with_name(f"{target.name}.part")
    unfinished.unlink(missing_ok=True)
    try:
        write_copy(connection, unfinished)
        _private_files.sync(unfinished)
        unfinished.replace(target)
        _private_files.sync(target.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _check_access(path: Path) -> None:
    """Raises `UnusableDatabase` unless the process can write a file and, for the journal, its folder."""
    if not path.is_file():
        raise UnusableDatabase(Problem.MISSING, path)
    if not (os.access(path, os.R_OK | os.W_OK) and os.access(path.parent, os.W_OK | os.X_OK)):
        raise UnusableDatabase(Problem.READ_ONLY, path)


def _set_journal(connection: sqlite3.Connection, journal: str, busy_timeout: float) -> None:
    """Sets the journal mode. SQLite itself does not wait for the lock that a change of it needs."""
    deadline = time.monotonic() + busy_timeout
    while True:
        try:
            connection.execute(f"pragma journal_mode={journal}")
        except sqlite3.OperationalError as error:
            if find_problem(error) is not Problem.LOCKED or time.monotonic() > deadline:
                raise
            time.sleep(_RETRY_SECONDS)
        else:
            return
