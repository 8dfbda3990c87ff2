"""Finds texts, among millions, that contain some pieces of text. Texts have numbers as ids.

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
from dealwright.storage.tables.integration.search import MIN_PREFIX_INDEXED_ID, PREFIX_LENGTH, search_texts

MIN_PIECE_LENGTH = 3
"""The length of the shortest piece that the index finds; shorter ones are only searched in the texts it has found."""

_MAX_PENDING = 250
_MAX_TRIGRAMS = 12
# The most texts that PostgreSQL gathers before it sorts them: its index returns them in no order.
_MAX_UNSORTED = sa.literal_column("10000", sa.Integer)
_BATCH_SIZE = 500

_REMOVE = sa.delete(search_texts).where(search_texts.c.id == sa.bindparam("id", type_=sa.BigInteger))

_ID_IN_RANGE = search_texts.c.id.between(
    sa.bindparam("first", type_=sa.BigInteger), sa.bindparam("last", type_=sa.BigInteger)
)
_PREFIX = sa.collate(
    sa.func.substr(search_texts.c.text, sa.literal_column("1"), sa.literal_column(str(PREFIX_LENGTH)), type_=sa.Text),
    "C",
)
_PREFIX_QUERY_POSTGRES = (
    sa.select(search_texts.c.id, search_texts.c.text)
    .where(
        search_texts.c.id >= sa.literal_column(str(MIN_PREFIX_INDEXED_ID)),
        _PREFIX.between(sa.bindparam("start", type_=sa.Text), sa.bindparam("end", type_=sa.Text)),
        _ID_IN_RANGE,
    )
    .order_by(_PREFIX)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_PREFIX_QUERY_SQLITE = sa.text(
    f"select id, text from search_texts where id >= {MIN_PREFIX_INDEXED_ID} "
    f"and substr(text, 1, {PREFIX_LENGTH}) between :start and :end and id between :first and :last "
    f"order by substr(text, 1, {PREFIX_LENGTH}) limit :most"
)

# Only SQLite has these tables.
_COUNT_PENDING = sa.text("select count(*) from search_pending")
_INDEX_DELETE_PENDING = sa.text(
    "insert into search_index (search_index, rowid, text) "
    "select 'delete', id, indexed from search_pending where indexed is not null"
)
_INDEX_INSERT_PENDING = sa.text(
    "insert into search_index (rowid, text) "
    "select t.id, t.text from search_pending p join search_texts t on t.id = p.id"
)
_CLEAR_PENDING = sa.text("delete from search_pending")
_REBUILD = sa.text("insert into search_index (search_index) values ('rebuild')")


def upsert(db: Transaction, texts: Mapping[int, str | None]) -> None:
    """Stores these texts under their ids; removes those that are None."""
    values: dict[str, object] = {}
    for id, text in texts.items():
        if text is None:
            db.run_later(_REMOVE, {"id": id})
        else:
            number = len(values) // 2
            values |= {f"id{number}": id, f"text{number}": text}
    if values:
        db.run_later(_upsert_statement(db.dialect, len(values) // 2), values)
    if db.dialect == "sqlite" and db.run(_COUNT_PENDING, {})[0][0] >= _MAX_PENDING:
        db.run_later(_INDEX_DELETE_PENDING, {})
        db.run_later(_INDEX_INSERT_PENDING, {})
        db.run_later(_CLEAR_PENDING, {})


def replace_all(db: Transaction, texts: Iterable[Sequence[tuple[int, str]]]) -> None:
    """Replaces all texts by these, which come in batches: for whole companies at a time."""
    # Without the triggers, as the list of pending texts would be as long as the index, and in vain.
    with db.temporarily_dropped("trigger", search_texts), db.temporarily_dropped("index", search_texts):
        db.execute(sa.delete(search_texts))
        for batch in texts:
            db.insert_rows(search_texts, ("id", "text"), batch)
    if db.dialect == "sqlite":
        db.run_later(_CLEAR_PENDING, {})
        db.run_later(_REBUILD, {})
    else:
        db.analyze(search_texts)


def get_many(db: Transaction, ids: Iterable[int]) -> dict[int, str]:
    """Returns those of the texts with these ids that exist."""
    wanted = sorted(ids)
    found: dict[int, str] = {}
    for start in range(0, len(wanted), _BATCH_SIZE):
        some = wanted[start : start + _BATCH_SIZE]
        rows = db.rows(sa.select(search_texts.c.id, search_texts.c.text).where(search_texts.c.id.in_(some)))
        found |= dict(rows)
    return found


def find(db: Transaction, pieces: Sequence[str], first: int, last: int, limit: int) -> list[tuple[int, str]]:
    """Returns id and text of texts that contain all pieces: the highest ids from ``last`` down to ``first``.

    Finds nothing when none of the pieces has `MIN_PIECE_LENGTH` characters.
    """
    if all(len(piece) < MIN_PIECE_LENGTH for piece in pieces):
        return []
    values: dict[str, object] = {"first": first, "last": last, "most": limit}
    if db.dialect == "postgresql":
        values |= {f"piece{i}": _like_pattern(piece) for i, piece in enumerate(pieces)}
        return [(id, text) for id, text in db.run(_containing_on_postgres(len(pieces)), values)]
    values |= {f"piece{i}": piece for i, piece in enumerate(pieces)}
    indexed, pending = _containing_on_sqlite(len(pieces))
    found: dict[int, str] = dict(db.run(indexed, values | {"trigrams": _match_expression(pieces)}))
    found |= dict(db.run(pending, values))
    return sorted(found.items(), reverse=True)[:limit]


def find_by_prefix(db: Transaction, prefix: str, first: int, last: int, limit: int) -> list[tuple[int, str]]:
    """Returns id and text of texts that start with a prefix, from id ``first`` to ``last``; the shortest are included.

    Texts with ids below `MIN_PREFIX_INDEXED_ID` are not found, and only `PREFIX_LENGTH` characters of the prefix count.
    """
    if last < MIN_PREFIX_INDEXED_ID:
        return []
    prefix = prefix[:PREFIX_LENGTH]
    values = {"start": prefix, "end": f"{prefix}\U0010ffff", "first": first, "last": last, "most": limit}
    statement = _PREFIX_QUERY_POSTGRES if db.dialect == "postgresql" else _PREFIX_QUERY_SQLITE
    return [(id, text) for id, text in db.run(statement, values)]


def containing(db: Transaction, pieces: Iterable[str]) -> sa.ColumnElement[bool]:
    """Returns the criterion of texts that contain all pieces, without the index: for few texts."""
    position = sa.func.strpos if db.dialect == "postgresql" else sa.func.instr
    return sa.and_(*(position(search_texts.c.text, piece) > 0 for piece in pieces))


@functools.cache
def _upsert_statement(dialect: DialectName, texts: int) -> sa.Executable:
    """Returns the statement that inserts or updates so many texts."""
    rows = [
        {"id": sa.bindparam(f"id{i}", type_=sa.BigInteger), "text": sa.bindparam(f"text{i}", type_=sa.Text)}
        for i in range(texts)
    ]
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(search_texts).values(rows)
    new = insert.excluded.text
    return insert.on_conflict_do_update(index_elements=["id"], set_={"text": new}, where=search_texts.c.text != new)


@functools.cache
def _containing_on_sqlite(pieces: int) -> tuple[sa.TextClause, sa.TextClause]:
    """Returns the queries for so many pieces: in the indexed texts, and in the pending ones."""
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
def _containing_on_postgres(pieces: int) -> sa.Select[Any]:
    id, text = search_texts.c.id, search_texts.c.text
    holds = [text.like(sa.bindparam(f"piece{i}", type_=sa.Text)) for i in range(pieces)]
    # Sorted outside of the subquery: otherwise PostgreSQL would walk down all ids instead of using the index.
    unsorted = sa.select(id, text).where(*holds, _ID_IN_RANGE).limit(_MAX_UNSORTED).subquery()
    return sa.select(unsorted).order_by(unsorted.c.id.desc()).limit(sa.bindparam("most", type_=sa.Integer))


def _like_pattern(piece: str) -> str:
    """Returns the pattern for ``like`` that finds a piece anywhere in a text."""
    escaped = piece.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _match_expression(pieces: Iterable[str]) -> str:
    """Returns the FTS5 query for the trigrams of the pieces; of many, only some that are spread over them."""
    found = list(dict.fromkeys(_iter_trigrams(pieces)))
    step = -(-len(found) // _MAX_TRIGRAMS)
    return " ".join(f'"{three}"' for three in (three.replace('"', '""') for three in found[::step]))


def _iter_trigrams(pieces: Iterable[str]) -> Iterator[str]:
    for piece in pieces:
        for start in range(len(piece) - MIN_PIECE_LENGTH + 1):
            yield piece[start : start + MIN_PIECE_LENGTH]
