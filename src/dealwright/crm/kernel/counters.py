"""Changes what records keep about others by differences: what counted before a change, and what counts after it.

`crm.kernel.records` and the functions that write relations tell `row_changed` of each row that they add, change or
remove. The differences gather in the unit of work, and are written before one of the records concerned is read, or at
the end (`write_pending`). A writer reads a few rows of the changed record, never its neighbours.

On PostgreSQL the columns are increased in place, so that two writers need not see each other. What a difference
depends on (the organization of a deal's person) is locked before it is read. Rows are locked in one order: deals,
leads, persons, organizations, and each of them by id; the numbers of distributions come last.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence.model import COMMENT_COPIES, MAIL_LINK_COPIES
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import distributions
from dealwright.crm.kernel.counts import Copies, Count, Distribution, Indirect, Linked, Nearest, Related, Where
from dealwright.crm.kernel.record_types import Record, RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.work.model import ACTIVITY_COPIES, ACTIVITY_DISTRIBUTIONS, TASK_COPIES
from dealwright.storage.types import next_revision

COUNTING_TYPES: tuple[RecordType[Any], ...] = (DEAL, LEAD, PERSON, ORGANIZATION)
"""The record types that keep something about other records, in the order in which their rows are locked."""

COPIES: tuple[Copies, ...] = (ACTIVITY_COPIES, COMMENT_COPIES, MAIL_LINK_COPIES, TASK_COPIES)
"""What rows of relations repeat of the rows that they relate."""

Row = Mapping[str, Any]
"""The columns of a row that something depends on, by name."""

_KEY = "_key"
MIN_DATE: sa.ColumnElement[str] = sa.literal_column("'0001-01-01'")


class _Plan(NamedTuple):
    """What depends on the rows of one table, with the types of the records that keep it."""

    columns: tuple[str, ...]
    linked: tuple[tuple[RecordType[Any], Count], ...]
    nearest: tuple[tuple[RecordType[Any], Nearest], ...]
    related: tuple[tuple[RecordType[Any], Count], ...]
    relation: tuple[tuple[RecordType[Any], Count], ...]
    indirect: tuple[tuple[RecordType[Any], Count], ...]
    through: tuple[tuple[RecordType[Any], Count], ...]
    copies: tuple[Copies, ...]
    distributions: tuple[Distribution, ...]


@functools.cache
def plan(table: sa.Table) -> _Plan:
    """Returns what depends on the rows of a table."""
    linked, related, relation, indirect, through = [], [], [], [], []
    nearest: list[tuple[RecordType[Any], Nearest]] = []
    columns: dict[str, None] = {}
    for kind in COUNTING_TYPES:
        for kept in kind.kept:
            rows = kept.rows
            if rows.table is table:
                columns |= dict.fromkeys(kept.where)
            if isinstance(kept, Nearest):
                if rows.table is table:
                    nearest.append((kind, kept))
                    columns |= dict.fromkeys((kept.rows.column, *kept.values.values(), *kept.order()))
            elif isinstance(rows, Linked):
                if rows.table is table:
                    linked.append((kind, kept))
                    columns[rows.column] = None
            elif isinstance(rows, Related):
                if rows.table is table:
                    related.append((kind, kept))
                    columns[rows.other_than] = None
                if rows.relation is table:
                    relation.append((kind, kept))
                    columns |= dict.fromkeys((rows.column, rows.row_id))
            else:
                if rows.table is table:
                    indirect.append((kind, kept))
                    columns |= dict.fromkeys((rows.link, rows.column))
                if rows.through is table:
                    through.append((kind, kept))
                    columns[rows.column] = None
    copies = tuple(one for one in COPIES if one.table is table)
    for one in copies:
        columns |= dict.fromkeys(one.columns)
    distributed = tuple(one for one in ACTIVITY_DISTRIBUTIONS if one.rows.table is table)
    for distribution in distributed:
        columns |= dict.fromkeys(("is_deleted", *distribution.columns()))
    return _Plan(
        columns=tuple(columns),
        linked=tuple(linked),
        nearest=tuple(nearest),
        related=tuple(related),
        relation=tuple(relation),
        indirect=tuple(indirect),
        through=tuple(through),
        copies=copies,
        distributions=distributed,
    )


def record_added(
    crm: UnitOfWork, kind: RecordType[Any], id: int, values: Mapping[str, Any], linked_row: Record | None = None
) -> None:
    """Counts a new record (see `row_changed`). A flag that has no value is not set."""
    needed = plan(kind.table)
    if needed.columns:
        columns = kind.table.c
        row = {
            name: values.get(name, False if isinstance(columns[name].type, sa.Boolean) else None)
            for name in needed.columns
        }
        row_changed(crm, kind.table, id, None, {**row, "id": id} if "id" in row else row, linked_row=linked_row)


def record_changed(crm: UnitOfWork, kind: RecordType[Any], before: Record, after: Record) -> None:
    """Counts a record as it is now, and no longer as it was."""
    if columns := plan(kind.table).columns:
        old = {name: getattr(before, name) for name in columns}
        new = {name: getattr(after, name) for name in columns}
        if old != new:
            row_changed(crm, kind.table, after.id, old, new)  # type: ignore[attr-defined]


def row_changed(
    crm: UnitOfWork,
    table: sa.Table,
    id: int | None,
    before: Row | None,
    after: Row | None,
    *,
    related_row: Record | None = None,
    linked_row: Record | None = None,
) -> None:
    """Counts a row of a table as it is now (None: no more), and no longer as it was (None: it is new).

    A relation's rows have no ``id``; ``related_row`` is the row that it relates, when that is at hand. ``linked_row`` is the row
    through which it counts for another one, when that is at hand and locked.
    """
    needed, pending = plan(table), crm.pending_counts
    states = [(row, sign) for row, sign in ((before, -1), (after, 1)) if row is not None]
    for row, sign in states:
        for kind, count in needed.linked:
            if _meets(row, count.where):
                pending.add(kind, row[count.rows.column], count.column, sign)
        for distribution in needed.distributions:
            if (key := distribution.key(row)) is not None:
                pending.distribute(key, sign)
    for kind, nearest in needed.nearest:
        _mark_nearest(crm, kind, nearest, before, after)
    if needed.relation:
        _count_relation(crm, needed, states, related_row)
    if needed.related and before is not None:
        _count_related(crm, needed, id, states)
    if needed.indirect:
        _count_indirect(crm, needed, states, linked_row)
    if needed.through and before is not None:
        _count_through(crm, needed, id, states)
    if before is not None and after is not None:
        for copies in needed.copies:
            _write_copies(crm, copies, id, before, after)


def _meets(row: Row, where: Where) -> bool:
    return all(row[name] in values for name, values in where.items())


def _mark_nearest(
    crm: UnitOfWork, kind: RecordType[Any], nearest: Nearest, before: Row | None, after: Row | None
) -> None:
    """Marks the records for which another row may be the nearest one now."""
    relevant = [row for row in (before, after) if row is not None and _meets(row, nearest.where)]
    if len(relevant) == 2:
        columns = (nearest.rows.column, *nearest.values.values(), *nearest.order())
        if all(relevant[0][name] == relevant[1][name] for name in columns):
            return
    for row in relevant:
        crm.pending_counts.mark(kind, row[nearest.rows.column])


def _count_relation(
    crm: UnitOfWork, needed: _Plan, states: Iterable[tuple[Row, int]], related_row: Record | None
) -> None:
    """Counts the rows that rows of a relation relate to records."""
    for row, sign in states:
        for kind, count in needed.relation:
            rows = count.rows
            assert isinstance(rows, Related)
            key = row[rows.column]
            found = _row(crm, rows.table, row[rows.row_id]) if related_row is None else _as_row(rows.table, related_row)
            if found is not None and _meets(found, count.where) and found[rows.other_than] != key:
                crm.pending_counts.add(kind, key, count.column, sign)


def _count_related(crm: UnitOfWork, needed: _Plan, id: int | None, states: Iterable[tuple[Row, int]]) -> None:
    """Counts a row for the records to which relations relate it."""
    keys: dict[sa.Table, list[Any]] = {}
    for row, sign in states:
        for kind, count in needed.related:
            rows = count.rows
            assert isinstance(rows, Related)
            if rows.relation not in keys:
                keys[rows.relation] = [key for (key,) in crm.db.run(_select_related_keys(rows), {_KEY: id})]
            if _meets(row, count.where):
                for key in keys[rows.relation]:
                    if row[rows.other_than] != key:
                        crm.pending_counts.add(kind, key, count.column, sign)


def _count_indirect(
    crm: UnitOfWork, needed: _Plan, states: Iterable[tuple[Row, int]], linked_row: Record | None
) -> None:
    """Counts a row for the record that the row that it links links."""
    keys: dict[Any, Any] = {}
    for row, sign in states:
        for kind, count in needed.indirect:
            rows = count.rows
            assert isinstance(rows, Indirect)
            link = row[rows.link]
            if link is None or not _meets(row, count.where):
                continue
            if linked_row is not None:
                keys[link] = getattr(linked_row, rows.column)
            elif link not in keys:
                found = crm.db.run(_select_through(rows), {_KEY: link})
                keys[link] = found[0][0] if found else None
            if keys[link] is not None and keys[link] != row[rows.column]:
                crm.pending_counts.add(kind, keys[link], count.column, sign)


def _count_through(crm: UnitOfWork, needed: _Plan, id: int | None, states: Iterable[tuple[Row, int]]) -> None:
    """Counts all rows that link a row which links another record than before."""
    groups: dict[sa.Table, list[tuple[Row, int]]] = {}
    states = list(states)
    for kind, count in needed.through:
        rows = count.rows
        assert isinstance(rows, Indirect)
        keys = [row[rows.column] for row, _ in states]
        if len(keys) == 2 and keys[0] == keys[1]:
            continue
        if rows.table not in groups:
            names = (*plan(rows.table).columns,)
            found = crm.db.run(_select_groups(rows.table, rows.link, names), {_KEY: id})
            groups[rows.table] = [(dict(zip(names, group, strict=True)), number) for *group, number in found]
        for group, number in groups[rows.table]:
            if _meets(group, count.where):
                for key, (_, sign) in zip(keys, states, strict=True):
                    if key is not None and group[rows.column] != key:
                        crm.pending_counts.add(kind, key, count.column, sign * number)


def _write_copies(crm: UnitOfWork, copies: Copies, id: int | None, before: Row, after: Row) -> None:
    """Writes the columns of a row that a relation repeats, and counts the rows of the relation anew."""
    changed = {name: after[name] for name in copies.columns if after[name] != before[name]}
    if changed:
        names = plan(copies.relation).columns
        statement = _update_copies(copies, tuple(changed), names)
        if not names:
            # Nothing is counted of the relation, and the statement has no result.
            crm.db.run_later(statement, {**changed, _KEY: id})
            return
        for values in crm.db.run(statement, {**changed, _KEY: id}):
            new = dict(zip(names, values, strict=True))
            new |= {name: after[name] for name in copies.columns}
            row_changed(crm, copies.relation, None, new | {name: before[name] for name in copies.columns}, new)


def _row(crm: UnitOfWork, table: sa.Table, id: Any) -> Row | None:
    names = plan(table).columns
    found = crm.db.run(_select_row(table, names), {_KEY: id})
    return dict(zip(names, found[0], strict=True)) if found else None


def _as_row(table: sa.Table, record: Record) -> Row:
    return {name: getattr(record, name) for name in plan(table).columns}


@functools.cache
def _select_row(table: sa.Table, names: tuple[str, ...]) -> sa.Select[Any]:
    columns = table.c
    statement = sa.select(*(columns[name] for name in names)).where(columns.id == sa.bindparam(_KEY))
    return statement.with_for_update(key_share=True)


@functools.cache
def _select_related_keys(rows: Related) -> sa.Select[Any]:
    columns = rows.relation.c
    return (
        sa.select(columns[rows.column]).where(columns[rows.row_id] == sa.bindparam(_KEY)).order_by(columns[rows.column])
    )


@functools.cache
def _select_through(rows: Indirect) -> sa.Select[Any]:
    columns = rows.through.c
    # Whoever changes that link waits, and then counts this row, too.
    return sa.select(columns[rows.column]).where(columns.id == sa.bindparam(_KEY)).with_for_update(key_share=True)


@functools.cache
def _select_groups(table: sa.Table, link: str, names: tuple[str, ...]) -> sa.Select[Any]:
    columns = [table.c[name] for name in names]
    return sa.select(*columns, sa.func.count()).where(table.c[link] == sa.bindparam(_KEY)).group_by(*columns)


@functools.cache
def _update_copies(copies: Copies, changed: tuple[str, ...], returned: tuple[str, ...]) -> sa.Executable:
    columns = copies.relation.c
    statement = sa.update(copies.relation).where(columns[copies.row_id] == sa.bindparam(_KEY))
    statement = statement.values({name: sa.bindparam(name) for name in changed})
    return statement.returning(*(columns[name] for name in returned)) if returned else statement


def write_pending(crm: UnitOfWork, *kinds: RecordType[Any]) -> None:
    """Writes the differences of records of some types to their rows; by default all, and then those of distributions."""
    for kind in COUNTING_TYPES:
        if not kinds or kind in kinds:
            entries = crm.pending_counts.take(kind)
            for key in sorted(entries):
                _write(crm, kind, key, *entries[key])
    if not kinds:
        distributions.write(crm)


def _write(crm: UnitOfWork, kind: RecordType[Any], key: Any, differences: Mapping[str, int], is_marked: bool) -> None:
    changed = {name: number for name, number in differences.items() if number}
    nearest = tuple(kept for kept in kind.kept if isinstance(kept, Nearest)) if is_marked else ()
    if not changed and not nearest:
        return
    # The row is locked from here on, so that what is found next stays true.
    statement, keyed = _change_statement(kind, tuple(changed), is_marked), {**changed, _KEY: key}
    if not nearest:
        crm.db.run_later(statement, keyed)
        return
    found = crm.db.run(statement, keyed)
    if not found:
        return
    values: dict[str, Any] = {}
    for kept in nearest:
        row = find_nearest(crm, kept, key)
        values |= dict(zip(kept.values, row, strict=True))
    if tuple(values.values()) != tuple(found[0]):
        crm.db.run_later(_set_statement(kind, tuple(values)), {**values, _KEY: key})


def find_nearest(crm: UnitOfWork, nearest: Nearest, key: Any) -> tuple[Any, ...]:
    """Returns the values of the nearest row of a record; nothing but None when there is none."""
    for statement in _nearest_statements(nearest):
        if found := crm.db.run(statement, {_KEY: key}):
            return tuple(found[0])
    return (None,) * len(nearest.values)


@functools.cache
def _change_statement(kind: RecordType[Any], changed: tuple[str, ...], is_marked: bool) -> sa.Executable:
    columns = kind.table.c
    names = [name for kept in kind.kept if isinstance(kept, Nearest) for name in kept.values] if is_marked else []
    returned = [columns[name] for name in names]
    if not changed:
        return sa.select(*returned).where(kind.key == sa.bindparam(_KEY)).with_for_update(key_share=True)
    values = next_revision(kind.table) | {name: columns[name] + sa.bindparam(name) for name in changed}
    statement = sa.update(kind.table).where(kind.key == sa.bindparam(_KEY)).values(values)
    return statement.returning(*returned) if returned else statement


@functools.cache
def _set_statement(kind: RecordType[Any], names: tuple[str, ...]) -> sa.Update:
    values = next_revision(kind.table) | {name: sa.bindparam(name) for name in names}
    return sa.update(kind.table).where(kind.key == sa.bindparam(_KEY)).values(values)


@functools.cache
def _nearest_statements(nearest: Nearest) -> tuple[sa.Select[Any], ...]:
    """Returns the queries for the nearest row, the first of which that finds one counts: each reads one row of an index."""
    return nearest_queries(nearest, nearest.rows.table.c[nearest.rows.column] == sa.bindparam(_KEY))


def nearest_queries(nearest: Nearest, link: sa.ColumnElement[bool]) -> tuple[sa.Select[Any], ...]:
    """Returns the queries for the nearest row that meets ``link``: for one with a date, and for one without."""
    columns = nearest.rows.table.c
    selected = [columns[name] for name in nearest.values.values()]
    criteria = [link, *where_criteria(nearest.rows.table, nearest.where)]
    if nearest.by is not None:
        by = columns[nearest.by]
        found = sa.select(*selected).where(*criteria).order_by(by.desc() if nearest.last else by)
        return (found.limit(sa.literal_column("1")).offset(sa.literal_column("0")),)
    order: list[sa.ColumnElement[Any]] = [columns.due_date, due_time(nearest.rows.table), selected[0]]
    if nearest.last:
        order = [one.desc() for one in order]
    # Written out, because these statements are kept with the parameters that they have.
    one: sa.ColumnElement[int] = sa.literal_column("1")
    none: sa.ColumnElement[int] = sa.literal_column("0")
    dated = sa.select(*selected).where(*criteria, columns.due_date >= MIN_DATE).order_by(*order).limit(one).offset(none)
    undated = (
        sa.select(*selected).where(*criteria, columns.due_date.is_(None)).order_by(*order[1:]).limit(one).offset(none)
    )
    return dated, undated


def due_time(table: sa.Table) -> sa.ColumnElement[Any]:
    """Returns the time of day by which rows are ordered: the whole day is as its beginning."""
    return sa.func.coalesce(table.c.due_time, sa.literal_column("'00:00:00'"))


def where_criteria(table: sa.Table, where: Where) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria for rows that meet a condition."""
    found: list[sa.ColumnElement[bool]] = []
    for name, values in where.items():
        column = table.c[name]
        if isinstance(values[0], bool):
            found.append(column == (sa.true() if values[0] else sa.false()))
        else:
            found.append(column == values[0] if len(values) == 1 else column.in_(values))
    return found
