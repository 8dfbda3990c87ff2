"""Writes the counts and dates on records that follow from other records.

A rule that adds, changes or removes such a record calls the functions of ``counters.py`` in the package of the record
that has the counts, with the records that it touched, before and after the change; nothing else writes these columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.types import next_revision

CountExpressions = Mapping[str, sa.ColumnElement[Any]]
"""The new values of some columns of a record type, as SQL by column name."""


def write_counts(
    crm: UnitOfWork, kind: RecordType[Any], ids: Iterable[int | None], expressions: CountExpressions
) -> None:
    """Updates the records with these ids with the values of ``expressions``."""
    wanted = sorted({id for id in ids if id is not None})
    if wanted:
        table = kind.table
        these = table.c.id.in_(wanted)
        if crm.dialect == "postgresql":
            # An update that waits for another transaction would not count the rows that that one has added.
            crm.db.rows(sa.select(table.c.id).where(these).order_by(table.c.id).with_for_update())
        crm.db.execute(sa.update(table).where(these).values(next_revision(table) | dict(expressions)))


def count(table: sa.Table, *criteria: sa.ColumnElement[bool]) -> sa.ColumnElement[Any]:
    """Returns a scalar subquery that counts the rows of a table that meet ``criteria``."""
    return sa.select(sa.func.count()).select_from(table).where(*criteria).scalar_subquery()
