"""Processes that open a new platform at the same instant wait for each other, and share what one of them creates."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dealwright.storage.engines import SqliteDatabase
from tests.conftest import DATABASES, empty_postgres_database

PROCESSES = 4
ROUNDS = {"sqlite": 12, "postgresql": 3}

# Everything is imported before the processes are forked and wait for the instant.
SCRIPT = """
import os, sys
import psycopg_pool
from dealwright.crm import provisioning
from dealwright.crm.companies import Companies
from dealwright.storage.platform import Platform

def open_platform(location):
    platform = Platform(location)
    provisioning.get_or_create_first_company(
        Companies(platform), "acme", name="Acme", owner_name="Ada", owner_email="ada@example.com"
    )
    platform.check()
    assert [company.domain for company in platform.list_companies()] == ["acme"]
    platform.close()

processes, *locations = sys.argv[1:]
failures = 0
for location in locations:
    reading, writing = os.pipe()
    children = []
    for _ in range(int(processes)):
        if (child := os.fork()) == 0:
            os.close(writing)
            os.read(reading, 1)
            try:
                open_platform(location)
            except BaseException as error:
                print(repr(error), file=sys.stderr)
                os._exit(1)
            os._exit(0)
        children.append(child)
    os.close(writing)
    os.close(reading)
    failures += sum(os.waitpid(child, 0)[1] != 0 for child in children)
print(failures)
"""


@contextmanager
def empty_locations(kind: str, folder: Path) -> Iterator[list[str]]:
    """Yields a location for each round."""
    if kind == "sqlite":
        yield [str(folder / str(number)) for number in range(ROUNDS[kind])]
        return
    with empty_postgres_database() as one, empty_postgres_database() as two, empty_postgres_database() as three:
        yield [one, two, three]


@pytest.mark.parametrize("kind", DATABASES)
def test_first_openers_wait_for_each_other(kind: str, tmp_path: Path) -> None:
    with empty_locations(kind, tmp_path) as locations:
        command = [sys.executable, "-c", SCRIPT, str(PROCESSES), *locations]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "0", "")


def test_the_change_to_a_write_ahead_log_waits_for_other_processes(tmp_path: Path) -> None:
    file = tmp_path / "new.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None, check_same_thread=False)) as other:
        other.execute("create table t (id integer)")
        other.execute("begin immediate")
        threading.Timer(0.3, lambda: other.execute("commit")).start()
        database = SqliteDatabase(file)
        with database.write() as db:
            db.execute_sql("insert into t values (1)")
        database.close()
