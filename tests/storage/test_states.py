"""Two transactions with the same data version of a SQLite database see the same data."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path

import sqlalchemy as sa

from dealwright.storage.engines import SqliteDatabase

METADATA = sa.MetaData()
COUNTER = sa.Table("counter", METADATA, sa.Column("id", sa.Integer(), primary_key=True), sa.Column("n", sa.Integer()))
COUNT = sa.select(COUNTER.c.n)
CHANGES = 300


def test_data_versions_while_others_write(tmp_path: Path) -> None:
    # The two represent two processes.
    databases = [SqliteDatabase(tmp_path / "counter.sqlite3") for _ in range(2)]
    databases[0].create_tables(METADATA)
    with databases[0].write() as transaction:
        transaction.insert(COUNTER, {"n": 0})
    counts_by_version: list[defaultdict[int, set[int]]] = [defaultdict(set) for _ in databases]
    reads = [0 for _ in databases]
    done = threading.Event()

    def change(database: SqliteDatabase) -> None:
        for _ in range(CHANGES):
            with database.write() as transaction:
                transaction.execute(sa.update(COUNTER).values(n=COUNTER.c.n + 1))

    def read_repeatedly(number: int) -> None:
        while not done.is_set():
            with databases[number].read() as transaction:
                before = transaction.value(COUNT)
                version = transaction.data_version()
                assert transaction.value(COUNT) == before
            if version is not None:
                counts_by_version[number][version].add(before)
                reads[number] += 1

    readers = [threading.Thread(target=read_repeatedly, args=(number,)) for number in (0, 1) for _ in range(3)]
    writers = [threading.Thread(target=change, args=(database,)) for database in databases]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    for database in databases:
        database.close()
    assert all(reads)
    assert [state for states in counts_by_version for state, counts in states.items() if len(counts) > 1] == []


def test_a_data_version_lasts_until_something_changes(tmp_path: Path) -> None:
    database, other = (SqliteDatabase(tmp_path / "counter.sqlite3") for _ in range(2))
    database.create_tables(METADATA)

    def data_versions() -> set[int | None]:
        """Returns the data versions that several connections of one database have, one after the other."""
        for _ in range(2):
            # The first read of each connection may be the one that notices a change.
            with database.read() as one, database.read() as two:
                found = {
                    db.data_version()
                    for db in (one, two)
                    if db.value(sa.select(sa.func.count()).select_from(COUNTER)) >= 0
                }
        return found

    assert len(before := data_versions()) == 1
    assert before == data_versions() != {None}
    for writer in (database, other):
        with writer.write() as transaction:
            transaction.insert(COUNTER, {"n": 1})
        after = data_versions()
        assert len(after) == 1
        assert None not in after
        assert after != before
        before = after
    database.close()
    other.close()
