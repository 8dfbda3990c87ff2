"""Counts anew what records keep about others, from the declarations that `crm.kernel.counters` takes differences from.

That reads all of the rows concerned: for checks and repairs, never for a change.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm.kernel.counters import nearest_queries, where_criteria
from dealwright.crm.kernel.counts import (
    Copies,
    Count,
    Distribution,
    DistributionKey,
    Indirect,
    Linked,
    Nearest,
    Related,
)
from dealwright.crm.kernel.distributions import KEY_COLUMNS
from dealwright.crm.kernel.record_types import RecordType
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import activity_counts
from dealwright.storage.types import next_revision


@functools.cache
def expressions(kind: RecordType[Any]) -> Mapping[str, sa.ColumnElement[Any]]:
    """Returns the value that each column with something kept should have, as SQL by the column's name."""
    found: dict[str, sa.ColumnElement[Any]] = {}
    for kept in kind.kept:
        if isinstance(kept, Nearest):
            found |= _nearest(kind, kept)
        else:
            number = _number(kind, kept)
            found[kept.column] = found[kept.column] + number if kept.column in found else number
    return found


def wrong_values(db: Transaction, kind: RecordType[Any]) -> list[tuple[int, str, Any, Any]]:
    """Returns the id of each record with a column that is wrong, the column, its value, and the one it should have."""
    wanted = expressions(kind)
    table = kind.table
    names = list(wanted)
    # Kept apart, so that PostgreSQL does not put each value in twice: once to compare it, once to show it.
    both = (
        sa.select(
            table.c.id, *(table.c[name] for name in names), *(wanted[name].label(f"{name}_now") for name in names)
        )
        .cte()
        .prefix_with("materialized")
    )
    differing = sa.or_(*(both.c[name].is_distinct_from(both.c[f"{name}_now"]) for name in names))
    found = []
    for id, *values in db.rows(sa.select(both).where(differing).order_by(both.c.id)):
        for name, kept, now in zip(names, values, values[len(names) :], strict=False):
            if kept != now:
                found.append((id, name, kept, now))
    return found


def write(db: Transaction, kind: RecordType[Any], ids: Iterable[int]) -> None:
    """Counts anew what some records keep."""
    for id in ids:
        values = next_revision(kind.table) | dict(expressions(kind))
        db.execute(sa.update(kind.table).where(kind.table.c.id == id).values(values))


def wrong_copies(db: Transaction, copies: Copies) -> list[int]:
    """Returns the ids of the rows that a relation does not repeat as they are."""
    relation, table = copies.relation.c, copies.table
    differing = sa.or_(*(relation[name].is_distinct_from(table.c[name]) for name in copies.columns))
    joined = copies.relation.join(table, table.c.id == relation[copies.row_id])
    return db.values(sa.select(table.c.id).select_from(joined).where(differing).distinct().order_by(table.c.id))


def write_copies(db: Transaction, copies: Copies) -> None:
    """Makes a relation repeat the rows that it relates as they are."""
    table = copies.table
    related = table.c.id == copies.relation.c[copies.row_id]
    values = {name: sa.select(table.c[name]).where(related).scalar_subquery() for name in copies.columns}
    these = copies.relation.c[copies.row_id].in_(wrong_copies(db, copies))
    db.execute(sa.update(copies.relation).where(these).values(values))


def wrong_numbers(db: Transaction, distribution: Distribution) -> list[tuple[DistributionKey, int, int]]:
    """Returns the key of each number of a distribution that is wrong, the number, and the one it should be."""
    kept = sa.select(activity_counts).where(
        activity_counts.c.object == distribution.object, activity_counts.c.number != 0
    )
    now = _distributed(distribution)
    found: dict[DistributionKey, list[int]] = {}
    for place, difference in enumerate((kept.except_(now), now.except_(kept))):
        for object, record_id, owner_id, type, done, is_primary, number in db.rows(difference):
            key = DistributionKey(object, record_id, owner_id, type, bool(done), bool(is_primary))
            found.setdefault(key, [0, 0])[place] = number
    return [(key, kept_number, number) for key, (kept_number, number) in sorted(found.items())]


def write_numbers(db: Transaction, distribution: Distribution) -> None:
    """Counts anew how the activities of all records of a type are spread."""
    db.execute(sa.delete(activity_counts).where(activity_counts.c.object == distribution.object))
    db.execute(sa.insert(activity_counts).from_select([*activity_counts.c], _distributed(distribution)))


def _distributed(distribution: Distribution) -> sa.Select[Any]:
    """Returns the query for the numbers that a distribution should have, as rows of ``activity_counts``."""
    columns = distribution.rows.table.c
    keys = [columns[name] for name in distribution.columns()]
    shown = keys if len(keys) == len(KEY_COLUMNS) - 1 else [*keys, sa.true()]
    return (
        sa.select(sa.literal(distribution.object), *shown, sa.func.count())
        .where(keys[0].is_not(None), columns.is_deleted == sa.false())
        .group_by(*keys)
    )


def _number(kind: RecordType[Any], count: Count) -> sa.ColumnElement[Any]:
    """Returns the number of rows that a record counts in a column."""
    rows, key = count.rows, kind.key
    table = rows.table
    source: sa.FromClause
    if isinstance(rows, Linked):
        source, criteria = table, [table.c[rows.column] == key]
    elif isinstance(rows, Related):
        source = rows.relation.join(table, table.c.id == rows.relation.c[rows.row_id])
        criteria = [rows.relation.c[rows.column] == key, table.c[rows.other_than].is_distinct_from(key)]
    else:
        assert isinstance(rows, Indirect)
        source = rows.through.join(table, table.c[rows.link] == rows.through.c.id)
        criteria = [rows.through.c[rows.column] == key, table.c[rows.column].is_distinct_from(key)]
    criteria += where_criteria(table, count.where)
    return sa.select(sa.func.count()).select_from(source).where(*criteria).correlate(kind.table).scalar_subquery()


def _nearest(kind: RecordType[Any], nearest: Nearest) -> dict[str, sa.ColumnElement[Any]]:
    """Returns the values of the nearest row of a record, by the columns of the record that keep them."""
    columns = nearest.rows.table.c
    first, *others = nearest_queries(nearest, columns[nearest.rows.column] == kind.key)

    def value(query: sa.Select[Any], name: str) -> sa.ColumnElement[Any]:
        return query.with_only_columns(columns[name]).correlate(kind.table).scalar_subquery()

    if not others:
        return {kept: value(first, name) for kept, name in nearest.values.items()}
    id = next(iter(nearest.values.values()))
    is_found = value(first, id).is_not(None)
    return {
        kept: sa.case((is_found, value(first, name)), else_=value(others[0], name))
        for kept, name in nearest.values.items()
    }
