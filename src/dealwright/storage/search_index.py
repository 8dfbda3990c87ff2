"""Finds, among millions of texts, those that hold some pieces of text. Texts go by numbers.

On SQLite, changes of texts are put on a list first and taken into the index some hundred at a time, which costs a tenth
of doing it one by one; a search looks through the list as well. PostgreSQL's index has such a list of its own.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dealwright.storage.engines import DialectName, Transaction
from dealwright.storage.tables.search import LENGTH_OF_START, STARTS_FROM, search_texts

SHORTEST = 3
"""Characters of a piece that the index can look for; shorter ones are only looked for in what it has found."""

_LONGEST_PENDING = 250
_MOST_TRIGRAMS = 12
# How many texts PostgreSQL gathers at most before it sorts them: its index gives them in no order.
_MOST_UNSORTED = sa.literal_column("10000", sa.Integer)
_AT_ONCE = 500

_REMOVE = sa.delete(search_texts).where(search_texts.c.id == sa.bindparam("id", type_=sa.BigInteger))

_WITHIN = search_texts.c.id.between(
    sa.bindparam("first", type_=sa.BigInteger), sa.bindparam("last", type_=sa.BigInteger)
)
_START = sa.collate(
    sa.func.substr(search_texts.c.text, sa.literal_column("1"), sa.literal_column(str(LENGTH_OF_START)), type_=sa.Text),
    "C",
)
_STARTING_ON_POSTGRES = (
    sa.select(search_texts.c.id, search_texts.c.text)
    .where(
        search_texts.c.id >= sa.literal_column(str(STARTS_FROM)),
        _START.between(sa.bindparam("start", type_=sa.Text), sa.bindparam("end", type_=sa.Text)),
        _WITHIN,
    )
    .order_by(_START)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_STARTING_ON_SQLITE = sa.text(
    f"select id, text from search_texts where id >= {STARTS_FROM} "
    f"and substr(text, 1, {LENGTH_OF_START}) between :start and :end and id between :first and :last "
    f"order by substr(text, 1, {LENGTH_OF_START}) limit :most"
)

# Only SQLite has these tables.
_COUNT_PENDING = sa.text("select count(*) from search_pending")
_TAKE_OUT = sa.text(
    "insert into search_index (search_index, rowid, text) "
    "select 'delete', id, indexed from search_pending where indexed is not null"
)
_TAKE_IN = sa.text(
    "insert into search_index (rowid, text) "
    "select t.id, t.text from search_pending p join search_texts t on t.id = p.id"
)
_FORGET_PENDING = sa.text("delete from search_pending")
_REBUILD = sa.text("insert into search_index (search_index) values ('rebuild')")


def put(db: Transaction, texts: Mapping[int, str | None]) -> None:
    """Makes these the texts under their numbers; None for none."""
    kept: dict[str, object] = {}
    for id, text in texts.items():
        if text is None:
            db.run(_REMOVE, {"id": id})
        else:
            number = len(kept) // 2
            kept |= {f"id{number}": id, f"text{number}": text}
    if kept:
        db.run(_putting(db.dialect, len(kept) // 2), kept)
    if db.dialect == "sqlite" and db.run(_COUNT_PENDING, {})[0][0] >= _LONGEST_PENDING:
        db.run(_TAKE_OUT, {})
        db.run(_TAKE_IN, {})
        db.run(_FORGET_PENDING, {})


def replace_all(db: Transaction, texts: Iterable[Sequence[tuple[int, str]]]) -> None:
    """Makes these, which come in portions, the only texts: for whole companies at a time."""
    # The list of what the index does not have yet would be as long as the index, and for nothing.
    with db.without("trigger", search_texts), db.without("index", search_texts):
        db.execute(sa.delete(search_texts))
        for portion in texts:
            db.insert_rows(search_texts, ("id", "text"), portion)
    if db.dialect == "sqlite":
        db.run(_FORGET_PENDING, {})
        db.run(_REBUILD, {})
    else:
        db.analyze(search_texts)


def read(db: Transaction, ids: Iterable[int]) -> dict[int, str]:
    """The texts under some numbers, as far as there are any."""
    wanted = sorted(ids)
    found: dict[int, str] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        rows = db.rows(sa.select(search_texts.c.id, search_texts.c.text).where(search_texts.c.id.in_(some)))
        found |= dict(rows)
    return found


def find(db: Transaction, pieces: Sequence[str], first: int, last: int, most: int) -> list[tuple[int, str]]:
    """The texts that hold all of some pieces, with their numbers: the highest from ``last`` down to ``first``.

    Nothing is found when none of the pieces has `SHORTEST` characters.
    """
    if all(len(piece) < SHORTEST for piece in pieces):
        return []
    values: dict[str, object] = {"first": first, "last": last, "most": most}
    if db.dialect == "postgresql":
        values |= {f"piece{i}": _pattern(piece) for i, piece in enumerate(pieces)}
        return [(id, text) for id, text in db.run(_holding_on_postgres(len(pieces)), values)]
    values |= {f"piece{i}": piece for i, piece in enumerate(pieces)}
    indexed, pending = _holding_on_sqlite(len(pieces))
    found: dict[int, str] = dict(db.run(indexed, values | {"trigrams": _trigrams(pieces)}))
    found |= dict(db.run(pending, values))
    return sorted(found.items(), reverse=True)[:most]


def find_starting(db: Transaction, start: str, first: int, last: int, most: int) -> list[tuple[int, str]]:
    """Texts that start in some way, with their numbers from ``first`` to ``last``: the shortest ones are among them.

    Texts with numbers below `STARTS_FROM` are not found, and of what they start with only `LENGTH_OF_START` characters count.
    """
    if last < STARTS_FROM:
        return []
    start = start[:LENGTH_OF_START]
    values = {"start": start, "end": f"{start}\U0010ffff", "first": first, "last": last, "most": most}
    statement = _STARTING_ON_POSTGRES if db.dialect == "postgresql" else _STARTING_ON_SQLITE
    return [(id, text) for id, text in db.run(statement, values)]


def holding(db: Transaction, pieces: Iterable[str]) -> sa.ColumnElement[bool]:
    """The criterion of texts that hold all of some pieces: for texts that are few already."""
    position = sa.func.strpos if db.dialect == "postgresql" else sa.func.instr
    return sa.and_(*(position(search_texts.c.text, piece) > 0 for piece in pieces))


@functools.cache
def _putting(dialect: DialectName, texts: int) -> sa.Executable:
    """The statement that puts so many texts into their places."""
    rows = [
        {"id": sa.bindparam(f"id{i}", type_=sa.BigInteger), "text": sa.bindparam(f"text{i}", type_=sa.Text)}
        for i in range(texts)
    ]
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(search_texts).values(rows)
    new = insert.excluded.text
    return insert.on_conflict_do_update(index_elements=["id"], set_={"text": new}, where=search_texts.c.text != new)


@functools.cache
def _holding_on_sqlite(pieces: int) -> tuple[sa.TextClause, sa.TextClause]:
    """The queries for so many pieces in what is indexed, and in what is not yet."""
    holds = " and ".join(f"instr(t.text, :piece{i}) > 0" for i in range(pieces))
    indexed = (
        "select i.rowid, t.text from search_index i cross join search_texts t on t.id = i.rowid "
        f"where search_index match :trigrams and i.rowid between :first and :last and {holds} "
        "order by i.rowid desc limit :most"
    )
    pending = (
        "select p.id, t.text from search_pending p cross join search_texts t on t.id = p.id "
        f"where p.id between :first and :last and {holds}"
    )
    return sa.text(indexed), sa.text(pending)


@functools.cache
def _holding_on_postgres(pieces: int) -> sa.Select[Any]:
    id, text = search_texts.c.id, search_texts.c.text
    holds = [text.like(sa.bindparam(f"piece{i}", type_=sa.Text)) for i in range(pieces)]
    # Sorted from outside: otherwise PostgreSQL would rather walk through all numbers downwards than use the index.
    unsorted = sa.select(id, text).where(*holds, _WITHIN).limit(_MOST_UNSORTED).subquery()
    return sa.select(unsorted).order_by(unsorted.c.id.desc()).limit(sa.bindparam("most", type_=sa.Integer))


def _pattern(piece: str) -> str:
    """What ``like`` takes for a piece anywhere in a text."""
    escaped = piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _trigrams(pieces: Iterable[str]) -> str:
    """What FTS5 takes for all three characters in a row of some pieces; of many, some that are spread over them."""
    found = list(dict.fromkeys(_threes(pieces)))
    step = -(-len(found) // _MOST_TRIGRAMS)
    return " ".join(f'"{three}"' for three in (three.replace('"', '""') for three in found[::step]))


def _threes(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        for start in range(len(piece) - SHORTEST + 1):
            yield piece[start : start + SHORTEST]
