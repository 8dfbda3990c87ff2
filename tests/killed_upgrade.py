"""Upgrades a platform again and again, killed with SIGKILL at another place each time, until nothing is left to do.

    python -m tests.killed_upgrade COUNTED KILLED PLACES

COUNTED and KILLED are two platforms with the same old state. The upgrade of the first says how many places there are:
statements, commits, and files that are opened as databases or renamed. The other is killed at PLACES of them (0: at all),
and then made to fail at its last one. Each time what is there must be the old state or the new one. Prints the numbers of
kills and of places.
"""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import alembic.command  # noqa: F401 - imported once, and not in every process
import sqlalchemy as sa

from dealwright.storage import migrations
from dealwright.storage.engines import is_postgres
from dealwright.storage.platform import Platform
from tests.old_company import DOMAIN

FILE_EVENTS = ("sqlite3.connect", "os.rename", "os.remove")
FAILED = 3


def main(counted: str, killed: str, places: int) -> None:
    """Runs the upgrades."""
    total = count_places(counted)
    # Fewer places are left as databases become new.
    step = max(1, total * 2 // (places * 3)) if places else 1
    before = states(killed)
    kills = 0
    for place in range(1, total + 1, step):
        status = run_child(killed, place, lambda: os.kill(os.getpid(), signal.SIGKILL))
        kills += os.WIFSIGNALED(status)
        check_states(killed, before)
    finished = run_child(killed, 0, lambda: None)
    assert os.waitstatus_to_exitcode(finished) == 0
    assert all(version == head for version, _, head in states(killed).values())
    print(kills, total)


def fail_last(counted: str, failing: str) -> None:
    """Makes the last change of a company's upgrade fail, and shows that the old state is there and the next one works."""
    total = count_places(counted)
    before = states(failing)
    # The places after the commit of the company are none of its upgrade.
    for place in range(total, 0, -1):
        status = run_child(failing, place, raise_error)
        if os.waitstatus_to_exitcode(status) == FAILED:
            break
    else:
        raise AssertionError("it never failed")
    after = states(failing)
    assert after["company"] == before["company"], "a part of the failed upgrade is there"
    assert os.waitstatus_to_exitcode(run_child(failing, 0, lambda: None)) == 0
    print(total)


def count_places(location: str) -> int:
    """Returns the number of places in a whole upgrade, which is done."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        count = hook(0, lambda: None)
        upgrade(location)
        os.write(writing, str(count()).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        total = int(pipe.read())
    os.wait()
    return total


def run_child(location: str, place: int, then: Callable[[], None]) -> int:
    """Upgrades in a forked process that does something at a place; returns how it ended."""
    child = os.fork()
    if child == 0:
        hook(place, then)
        try:
            upgrade(location)
        except ZeroDivisionError:
            os._exit(FAILED)
        except BaseException as error:
            print(repr(error), file=sys.stderr)
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def hook(place: int, then: Callable[[], None]) -> Callable[[], int]:
    """Does something at a place of what this process does from now on; returns a function that returns their number."""
    passed = 0

    def count(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == place:
            then()

    def count_event(event: str, _: Any) -> None:
        if event in FILE_EVENTS:
            count()

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    sa.event.listen(sa.Engine, "commit", count)
    sys.addaudithook(count_event)
    return lambda: passed


def raise_error() -> None:
    """Raises an error."""
    raise ZeroDivisionError


def upgrade(location: str) -> None:
    """Upgrades a platform as every start of a server does."""
    platform = Platform(location)
    platform.upgrade()
    platform.check()
    platform.close()


def states(location: str) -> dict[str, tuple[str | None, str, str]]:
    """Returns version, content and newest version of the platform's own tables and of the company's."""
    if is_postgres(location):
        return {
            "platform": (*postgres_state(location, "dealwright"), migrations.PLATFORM_HEAD),
            "company": (*postgres_state(location, f"company_{DOMAIN}"), migrations.HEAD),
        }
    folder = Path(location)
    return {
        "platform": (*sqlite_state(folder / "platform.sqlite3"), migrations.PLATFORM_HEAD),
        "company": (*sqlite_state(folder / "companies" / f"{DOMAIN}.sqlite3"), migrations.HEAD),
    }


def check_states(location: str, before: dict[str, tuple[str | None, str, str]]) -> None:
    """Raises AssertionError unless everything is as before, or new."""
    for name, (version, content, head) in states(location).items():
        assert version == head or content == before[name][1], f"{name}: {version} and changed"


def sqlite_state(path: Path) -> tuple[str | None, str]:
    """Returns version and content of a SQLite file, which must be sound."""
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma integrity_check").fetchone() == ("ok",)
        content = "\n".join(db.iterdump())
        return _version(db, "alembic_version"), hashlib.sha256(content.encode()).hexdigest()


def postgres_state(url: str, schema: str) -> tuple[str | None, str]:
    """Returns version and content of a PostgreSQL schema. Procrastinate's tables have versions of their own."""
    import psycopg

    def describe(db: psycopg.Connection[Any]) -> Iterator[str]:
        columns = db.execute(
            "select table_name, column_name, data_type from information_schema.columns where table_schema = %s "
            "and table_name not like 'procrastinate%%' order by 1, ordinal_position",
            (schema,),
        ).fetchall()
        yield repr(columns)
        for table in sorted({name for name, *_ in columns}):
            yield repr(db.execute(f'select t::text from "{schema}"."{table}" t order by 1').fetchall())

    with psycopg.connect(url) as db:
        text = "\n".join(describe(db))
        found = db.execute("select to_regclass(%s)", (f"{schema}.alembic_version",)).fetchone()
        version = _version(db, f"{schema}.alembic_version") if found != (None,) else None
    return version, hashlib.sha256(text.encode()).hexdigest()


def _version(db: Any, table: str) -> str | None:
    try:
        row = db.execute(f"select version_num from {table}").fetchone()
    except sqlite3.OperationalError:
        return None
    return str(row[0]) if row else None


if __name__ == "__main__":
    if sys.argv[1] == "fail-last":
        fail_last(sys.argv[2], sys.argv[3])
    else:
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
