"""Two transactions that tell the same state of a SQLite database see the same."""

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


def test_states_while_others_write(tmp_path: Path) -> None:
    # Two of them stand for two processes.
    databases = [SqliteDatabase(tmp_path / "counter.sqlite3") for _ in range(2)]
    databases[0].create_tables(METADATA)
    with databases[0].write() as transaction:
        transaction.insert(COUNTER, {"n": 0})
    seen: list[defaultdict[int, set[int]]] = [defaultdict(set) for _ in databases]
    told = [0 for _ in databases]
    done = threading.Event()

    def change(database: SqliteDatabase) -> None:
        for _ in range(CHANGES):
            with database.write() as transaction:
                transaction.execute(sa.update(COUNTER).values(n=COUNTER.c.n + 1))

    def look(number: int) -> None:
        while not done.is_set():
            with databases[number].read() as transaction:
                before = transaction.value(COUNT)
                state = transaction.state()
                assert transaction.value(COUNT) == before
            if state is not None:
                seen[number][state].add(before)
                told[number] += 1

    lookers = [threading.Thread(target=look, args=(number,)) for number in (0, 1) for _ in range(3)]
    writers = [threading.Thread(target=change, args=(database,)) for database in databases]
    for thread in (*lookers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in lookers:
        thread.join()
    for database in databases:
        database.close()
    assert all(told)
    assert [state for states in seen for state, counts in states.items() if len(counts) > 1] == []


def test_a_state_lasts_until_something_changes(tmp_path: Path) -> None:
    database, other = (SqliteDatabase(tmp_path / "counter.sqlite3") for _ in range(2))
    database.create_tables(METADATA)

    def states() -> set[int | None]:
        """What several connections of one database say after each other."""
        for _ in range(2):
            # The first look of each may be the one that notices a change.
            with database.read() as one, database.read() as two:
                found = {
                    db.state() for db in (one, two) if db.value(sa.select(sa.func.count()).select_from(COUNTER)) >= 0
                }
        return found

    assert len(before := states()) == 1
    assert before == states() != {None}
    for writer in (database, other):
        with writer.write() as transaction:
            transaction.insert(COUNTER, {"n": 1})
        after = states()
        assert len(after) == 1
        assert None not in after
        assert after != before
        before = after
    database.close()
    other.close()
