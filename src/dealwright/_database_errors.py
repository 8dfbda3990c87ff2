"""What can be wrong with a database, told apart: one table, and the mapping from the errors of the drivers to it.

Whoever opens a database, answers a request or runs a command asks here, so that the same trouble has the same words, the
same exit code and the same answer everywhere.
"""

from __future__ import annotations

import errno
import sqlite3
from enum import Enum
from typing import Any, NamedTuple


class _Problem(NamedTuple):
    label: str
    exit_code: int
    summary: str
    advice: str


class Problem(_Problem, Enum):
    """What is wrong with a database: its label, the exit code of commands, what is said of it, and what to do."""

    MISSING = (
        "missing",
        10,
        "is not there",
        "Mount or restore what should be there, or name another place with --database",
    )
    READ_ONLY = (
        "read-only",
        11,
        "cannot be written",
        "Let the user that runs Dealwright write it, with its folder, or name the primary of a cluster",
    )
    DAMAGED = ("damaged", 12, "is damaged", "Restore it from a backup, and keep the damaged one for an examination")
    LOCKED = ("locked", 13, "is locked by another process", "Try again when that has ended, or end it")
    NEWER = ("too new", 14, "was made by a newer version of Dealwright", "Run that version or a newer one")
    OLDER = ("too old", 15, "was made by an older version of Dealwright", "Run dealwright db upgrade")
    UNREACHABLE = (
        "connection lost",
        16,
        "cannot be reached",
        "Look whether the database server runs, and whether address, user and password are right",
    )
    DISK_FULL = ("disk full", 17, "has no space left on its disk", "Make room, and try again")
    DISK_FAILED = (
        "disk failed",
        18,
        "cannot be read from its disk or written to it",
        "Look at the disk, and at the limits of the process for sizes and numbers of files",
    )
    EXHAUSTED = (
        "connections exhausted",
        19,
        "has no free connection",
        "Try again later, or let the database server have more connections",
    )
    TIMEOUT = (
        "statement timeout",
        20,
        "has cancelled a statement",
        "Try again later, or raise the statement_timeout of the database server",
    )


class UnusableDatabase(Exception):
    """Raised for a database that cannot be used. The message is one line that names it and says what to do."""

    def __init__(self, problem: Problem, database: object, detail: str = "", advice: str = "") -> None:
        """Takes what is wrong with which database; ``advice`` replaces that of the problem."""
        self.problem = problem
        self.database = str(database)
        said = f" ({_one_line(detail)})" if detail else ""
        super().__init__(f"{database} {problem.summary}{said}. {advice or problem.advice}")
        self._arguments = (problem, str(database), detail, advice)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._arguments


# By the primary result code (https://www.sqlite.org/rescode.html).
_SQLITE_PROBLEMS = {
    sqlite3.SQLITE_PERM: Problem.READ_ONLY,
    sqlite3.SQLITE_BUSY: Problem.LOCKED,
    sqlite3.SQLITE_LOCKED: Problem.LOCKED,
    sqlite3.SQLITE_READONLY: Problem.READ_ONLY,
    sqlite3.SQLITE_IOERR: Problem.DISK_FAILED,
    sqlite3.SQLITE_CORRUPT: Problem.DAMAGED,
    sqlite3.SQLITE_FULL: Problem.DISK_FULL,
    sqlite3.SQLITE_CANTOPEN: Problem.DISK_FAILED,
    sqlite3.SQLITE_PROTOCOL: Problem.LOCKED,
    sqlite3.SQLITE_NOLFS: Problem.DISK_FAILED,
    sqlite3.SQLITE_NOTADB: Problem.DAMAGED,
}
_PRIMARY_CODE = 0xFF

# By the beginning of the SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html); the longest counts.
_POSTGRES_PROBLEMS = {
    "08": Problem.UNREACHABLE,
    "25006": Problem.READ_ONLY,
    "25P03": Problem.UNREACHABLE,
    "25P04": Problem.TIMEOUT,
    "28": Problem.UNREACHABLE,
    "3D000": Problem.MISSING,
    "40001": Problem.LOCKED,
    "40P01": Problem.LOCKED,
    "53": Problem.EXHAUSTED,
    "53100": Problem.DISK_FULL,
    "55P03": Problem.LOCKED,
    "57014": Problem.TIMEOUT,
    "57P": Problem.UNREACHABLE,
    "58": Problem.DISK_FAILED,
    "XX001": Problem.DAMAGED,
    "XX002": Problem.DAMAGED,
}
_SQLSTATE_LENGTHS = (5, 3, 2)

_OS_PROBLEMS = {
    errno.EACCES: Problem.READ_ONLY,
    errno.EPERM: Problem.READ_ONLY,
    errno.EROFS: Problem.READ_ONLY,
    errno.ENOENT: Problem.MISSING,
    errno.ENOTDIR: Problem.MISSING,
    errno.ENOSPC: Problem.DISK_FULL,
    errno.EDQUOT: Problem.DISK_FULL,
}


def find_problem(error: BaseException) -> Problem | None:
    """Returns what is wrong with the database that raised an error; None when it is a mistake in how it was used."""
    if isinstance(error, UnusableDatabase):
        return error.problem
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code == sqlite3.SQLITE_READONLY_DBMOVED:
            return Problem.MISSING
        return None if code is None else _SQLITE_PROBLEMS.get(code & _PRIMARY_CODE)
    # The drivers of PostgreSQL, and SQLAlchemy, are not imported for their errors alone.
    package = type(error).__module__.partition(".")[0]
    if package == "sqlalchemy":
        original = getattr(error, "orig", None)
        return find_problem(original) if original is not None else None
    return _find_postgres_problem(error) if package in ("psycopg", "psycopg_pool") else None


def find_os_problem(error: OSError) -> Problem:
    """Returns what an error of the operating system means for the database that is opened or created."""
    return _OS_PROBLEMS.get(error.errno or 0, Problem.DISK_FAILED)


def add_database(error: BaseException, database: str) -> None:
    """Adds the name of the database to an error that one of its transactions raised."""
    if not hasattr(error, "database") and find_problem(error) is not None:
        error.database = database  # type: ignore[attr-defined]


def explain(error: BaseException) -> UnusableDatabase | None:
    """Returns the error in a form that names the database and says what to do; None for any other error."""
    problem = find_problem(error)
    if problem is None or isinstance(error, UnusableDatabase):
        return error if isinstance(error, UnusableDatabase) else None
    original = getattr(error, "orig", None) or error
    # PostgreSQL's further lines show the statement.
    detail = str(original).partition("\n")[0]
    return UnusableDatabase(problem, getattr(error, "database", "the database"), detail)


def _find_postgres_problem(error: BaseException) -> Problem | None:
    state = getattr(error, "sqlstate", None)
    if state is not None:
        found = (_POSTGRES_PROBLEMS.get(state[:length]) for length in _SQLSTATE_LENGTHS)
        return next((problem for problem in found if problem is not None), None)
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"PoolTimeout", "TooManyRequests"}:
        return Problem.EXHAUSTED
    if "OperationalError" not in names:
        return None
    # Errors of connecting have no state.
    return Problem.MISSING if "database" in str(error) and "does not exist" in str(error) else Problem.UNREACHABLE


def _one_line(text: str) -> str:
    return " ".join(text.split())
