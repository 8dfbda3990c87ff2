"""Fills a company with very many deals: a block of them is made up, and copied inside the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.demo.filling import fill
from dealwright.crm.search import indexing
from dealwright.crm.settings import Settings
from dealwright.crm.unit import Companies
from dealwright.storage import tables
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Company
from dealwright.storage.types import Moment

_BLOCK = 2000
_BLOCKS_AT_ONCE = 100
# A copy of a block is up to three hours older, which leaves every moment on its day.
_STEP_SECONDS, _LONGEST_SECONDS = 97, 3 * 3600

_RECORDS = (tables.organizations, tables.persons, tables.deals)
_OF_DEALS = (tables.deal_stages, tables.deal_participants)
_OTHERS = (tables.activities, tables.activity_participants, tables.files, tables.followers, tables.notes)
_LINKS = {"org_id": tables.organizations, "person_id": tables.persons, "deal_id": tables.deals}
_FOLLOWED = {"organization": tables.organizations, "person": tables.persons, "deal": tables.deals}
_NUMBERED = frozenset({tables.organizations.c.name, tables.deals.c.title})
# What follows from activities, notes and files, which are not copied.
_NOT_COPIED = frozenset(
    {
        "activities_count",
        "done_activities_count",
        "undone_activities_count",
        "notes_count",
        "files_count",
        "picture_id",
        "next_activity_id",
        "next_activity_date",
        "next_activity_time",
        "last_activity_id",
        "last_activity_date",
    }
)

Sizes = Mapping[sa.Table, int]


def fill_many(
    companies: Companies,
    company: Company,
    *,
    deals: int,
    seed: int = 1,
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Fills a company that has just been founded with very many deals; how many there are in the end.

    The number is rounded down to whole blocks. The first block is as `fill` makes it; the others have organizations, persons and
    deals with their stages, participants and followers, but no activities, no notes and no change log.
    ``progress`` is told from time to time how many deals are there.
    """
    blocks = max(round(deals / _BLOCK), 1)
    block = deals // blocks
    fill(companies, company, deals=block, seed=seed)
    progress(block)
    with company.database.read() as db:
        sizes = {table: int(db.value(sa.select(sa.func.max(table.c.id)))) for table in (*_RECORDS, *_OF_DEALS)}
    for first in range(1, blocks, _BLOCKS_AT_ONCE):
        last = min(first + _BLOCKS_AT_ONCE, blocks)
        with company.database.write() as db:
            _copy_blocks(db, range(first, last), sizes)
        progress(last * block)
    with company.database.write() as db:
        db.analyze(*_RECORDS, *_OF_DEALS, *_OTHERS)
        indexing.index_all(db, Settings(None, db))
    return blocks * block


def _copy_blocks(db: Transaction, numbers: range, sizes: Sizes) -> None:
    """Copies the first block; every id in a copy is so much higher as there are records in the blocks before.

    It goes table by table: indexes stay in memory meanwhile.
    """
    for table in _RECORDS:
        for number in numbers:
            _copy(db, table, number, sizes, {"id": table}, table.c.id <= sizes[table])
        db.continue_ids(table)
    for table in _OF_DEALS:
        for number in numbers:
            _copy(db, table, number, sizes, {}, table.c.id <= sizes[table])
    followers = tables.followers.c
    for number in numbers:
        for object, table in _FOLLOWED.items():
            criteria = (followers.object == object, followers.record_id <= sizes[table])
            _copy(db, tables.followers, number, sizes, {"record_id": table}, *criteria)


def _copy(
    db: Transaction,
    table: sa.Table,
    number: int,
    sizes: Sizes,
    more_links: Mapping[str, sa.Table],
    *criteria: sa.ColumnElement[bool],
) -> None:
    links = {**_LINKS, **more_links}
    seconds = number * _STEP_SECONDS % _LONGEST_SECONDS
    values: dict[str, sa.ColumnElement[Any]] = {}
    for column in table.c:
        if column.name in links:
            values[column.name] = column + number * sizes[links[column.name]]
        elif column in _NUMBERED:
            values[column.name] = column + f" {number + 1}"
        elif column.type is Moment:
            values[column.name] = _earlier(db, column, seconds)
        elif column.name != "id" and column.name not in _NOT_COPIED:
            values[column.name] = column
    copied = sa.select(*values.values()).where(*criteria).order_by(table.c.id)
    db.execute(sa.insert(table).from_select(list(values), copied))


def _earlier(db: Transaction, column: sa.Column[Any], seconds: int) -> sa.ColumnElement[Any]:
    if db.dialect == "postgresql":
        span = sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=sa.Interval())
        return sa.type_coerce(column, sa.DateTime()) - span
    return sa.func.datetime(column, f"-{seconds} seconds")
