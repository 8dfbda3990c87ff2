"""Writes how the activities of records are spread over owners and types, by differences (`crm.kernel.counters`)."""

from __future__ import annotations

import functools
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dealwright.crm.kernel.counts import DistributionKey
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.engines import DialectName
from dealwright.storage.tables import activity_counts

KEY_COLUMNS = tuple(activity_counts.c[name] for name in DistributionKey._fields)
_MAX_ROWS = 20


def write(crm: UnitOfWork) -> None:
    """Writes all differences, in the order of their keys, in which every writer locks the rows."""
    changed = crm.pending_counts.take_distributed()
    for at in range(0, len(changed), _MAX_ROWS):
        rows = changed[at : at + _MAX_ROWS]
        values = {
            f"{column.name}_{place}": value
            for place, (key, number) in enumerate(rows)
            for column, value in zip(activity_counts.c, (*key, number), strict=True)
        }
        crm.db.run_later(_add_statement(crm.db.dialect, len(rows)), values)


@functools.cache
def _add_statement(dialect: DialectName, rows: int) -> sa.Executable:
    """Returns the statement that adds to so many numbers, of which some may be new."""
    values: list[dict[str, Any]] = [
        {column.name: sa.bindparam(f"{column.name}_{place}", type_=column.type) for column in activity_counts.c}
        for place in range(rows)
    ]
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(activity_counts).values(values)
    return insert.on_conflict_do_update(
        index_elements=KEY_COLUMNS, set_={"number": activity_counts.c.number + insert.excluded.number}
    )
