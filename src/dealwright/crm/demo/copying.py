"""Fills a company with very many deals: generates a block of them, and copies it inside the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.companies import Companies
from dealwright.crm.demo.generate import fill
from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.search import index_writer
from dealwright.storage import tables
from dealwright.storage.engines import Transaction
from dealwright.storage.platform import Company
from dealwright.storage.types import DateTimeText

_BLOCK_SIZE = 2000
_BLOCKS_PER_BATCH = 100
# A copy of a block is up to three hours older, which leaves every time on its day.
_STEP_SECONDS, _MAX_SECONDS = 97, 3 * 3600

_RECORD_TABLES = (tables.organizations, tables.persons, tables.deals)
_DEAL_TABLES = (tables.deal_stages, tables.deal_participants)
_OTHER_TABLES = (tables.activities, tables.activity_participants, tables.files, tables.followers, tables.notes)
_LINKS = {"org_id": tables.organizations, "person_id": tables.persons, "deal_id": tables.deals}
_FOLLOWED_TABLES = {"organization": tables.organizations, "person": tables.persons, "deal": tables.deals}
_NUMBERED_COLUMNS = frozenset({tables.organizations.c.name, tables.deals.c.title})
# Derived from activities, notes, files, mail and the lines of deals, which are not copied.
_NOT_COPIED = frozenset(
    {
        "activities_count",
        "done_activities_count",
        "undone_activities_count",
        "notes_count",
        "files_count",
        "email_messages_count",
        "last_incoming_mail_time",
        "last_outgoing_mail_time",
        "products_count",
        "acv",
        "arr",
        "mrr",
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
    """Fills a new company with very many deals; returns their number.

    The number is rounded down to whole blocks. The first block is as `fill` makes it; the others have organizations,
    persons and deals with their stages, participants and followers, but no activities, no notes, no mail, no products and no change log.
    ``progress`` is called from time to time with the number of deals so far.
    """
    blocks = max(round(deals / _BLOCK_SIZE), 1)
    block = deals // blocks
    fill(companies, company, deals=block, seed=seed)
    progress(block)
    with company.database.read() as db:
        sizes = {table: int(db.value(sa.select(sa.func.max(table.c.id)))) for table in (*_RECORD_TABLES, *_DEAL_TABLES)}
    for first in range(1, blocks, _BLOCKS_PER_BATCH):
        last = min(first + _BLOCKS_PER_BATCH, blocks)
        with company.database.write() as db:
            _copy_blocks(db, range(first, last), sizes)
        progress(last * block)
    with company.database.write() as db:
        db.analyze(*_RECORD_TABLES, *_DEAL_TABLES, *_OTHER_TABLES)
        index_writer.rebuild_index(db, CompanyData(None, db))
    return blocks * block


def _copy_blocks(db: Transaction, numbers: range, sizes: Sizes) -> None:
    """Copies the first block; ids in a copy are higher by the number of records in the blocks before.

    Tables are copied one after the other, so that their indexes stay in memory.
    """
    for table in _RECORD_TABLES:
        for number in numbers:
            _copy(db, table, number, sizes, {"id": table}, table.c.id <= sizes[table])
        db.reset_sequence(table)
    for table in _DEAL_TABLES:
        for number in numbers:
            _copy(db, table, number, sizes, {}, table.c.id <= sizes[table])
    followers = tables.followers.c
    for number in numbers:
        for object, table in _FOLLOWED_TABLES.items():
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
    seconds = number * _STEP_SECONDS % _MAX_SECONDS
    values: dict[str, sa.ColumnElement[Any]] = {}
    for column in table.c:
        if column.name in links:
            values[column.name] = column + number * sizes[links[column.name]]
        elif column.name == "id" or column.name in _NOT_COPIED:
            continue
        elif column in _NUMBERED_COLUMNS:
            values[column.name] = column + f" {number + 1}"
        elif column.type is DateTimeText:
            values[column.name] = _subtract_seconds(db, column, seconds)
        else:
            values[column.name] = column
    copied = sa.select(*values.values()).where(*criteria).order_by(table.c.id)
    db.execute(sa.insert(table).from_select(list(values), copied))


def _subtract_seconds(db: Transaction, column: sa.Column[Any], seconds: int) -> sa.ColumnElement[Any]:
    if db.dialect == "postgresql":
        span = sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds, type_=sa.Interval())
        return sa.type_coerce(column, sa.DateTime()) - span
    return sa.func.datetime(column, f"-{seconds} seconds")
