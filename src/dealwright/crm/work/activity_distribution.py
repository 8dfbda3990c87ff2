"""How the activities of a deal, a person or an organization are spread over users and types.

The numbers are kept (`crm.kernel.distributions`), so that nobody has to look at all activities.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import PERSON
from dealwright.crm.kernel import access
from dealwright.crm.kernel.counts import Distribution
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.work.model import ACTIVITY, ACTIVITY_DISTRIBUTIONS
from dealwright.storage.tables import activities, activity_counts, activity_participants

_DISTRIBUTIONS = {one.object: one for one in ACTIVITY_DISTRIBUTIONS}


class ActivityCount(NamedTuple):
    """The number of activities of one type that a user has on a record."""

    owner_id: int
    type: str
    activities: int


def count_by_owner_and_type(
    crm: UnitOfWork, kind: RecordType[Any], id: int, *, done: bool | None = None, exclude: Sequence[int] | None = None
) -> list[ActivityCount]:
    """Counts the activities of a record that the actor may see, by owner and type. The actor must see the record.

    Whoever sees a record sees all activities that it links. Only those of a person that has another one as their primary
    participant may be hidden: where they belong to users whom the actor does not oversee, they are looked at one by one.
    """
    visible = access.visible(crm, ACTIVITY) if kind is PERSON else None
    overseen = None if visible is None else access.overseen_owner_ids(crm)
    numbers = Counter[tuple[int, str]]()
    for owner_id, type, number in crm.db.rows(_kept(kind, id, done, overseen)):
        numbers[owner_id, type] += number
    if exclude:
        for owner_id, type, number in crm.db.rows(_excluded(kind, id, done, overseen, exclude)):
            numbers[owner_id, type] -= number
    if visible is not None:
        assert overseen is not None
        for owner_id, type, number in crm.db.rows(_of_others(id, done, overseen, exclude).where(visible)):
            numbers[owner_id, type] += number
    return [ActivityCount(*key, number) for key, number in sorted(numbers.items()) if number]


def _kept(kind: RecordType[Any], id: int, done: bool | None, overseen: Iterable[int] | None) -> sa.Select[Any]:
    """Returns the query for the kept numbers: of all activities, or of those that a user sees who oversees some owners."""
    columns = activity_counts.c
    statement = sa.select(columns.owner_id, columns.type, columns.number)
    return statement.where(
        columns.object == kind.object, columns.record_id == id, *_narrowed(activity_counts, done, overseen)
    )


def _excluded(
    kind: RecordType[Any], id: int, done: bool | None, overseen: Iterable[int] | None, exclude: Sequence[int]
) -> sa.Select[Any]:
    """Returns the query that counts what the kept numbers have of the activities that are left out."""
    distribution: Distribution = _DISTRIBUTIONS[kind.object]
    table = distribution.rows.table
    row_id = table.c.id if table is activities else table.c.activity_id
    return _counted(table).where(
        row_id.in_(exclude),
        table.c[distribution.rows.column] == id,
        table.c.is_deleted == sa.false(),
        *_narrowed(table, done, overseen),
    )


def _of_others(
    person_id: int, done: bool | None, overseen: Iterable[int], exclude: Sequence[int] | None
) -> sa.Select[Any]:
    """Returns the query that counts the other activities that a person takes part in."""
    columns = activity_participants.c
    criteria = [
        columns.person_id == person_id,
        columns.is_deleted == sa.false(),
        columns.is_primary == sa.false(),
        columns.owner_id.not_in(overseen),
        *_narrowed(activity_participants, done, None),
    ]
    if exclude:
        criteria.append(columns.activity_id.not_in(exclude))
    joined = activity_participants.join(activities, activities.c.id == columns.activity_id)
    return _counted(activity_participants).select_from(joined).where(*criteria)


def _counted(table: sa.Table) -> sa.Select[Any]:
    keys = (table.c.owner_id, table.c.type)
    return sa.select(*keys, sa.func.count()).group_by(*keys)


def _narrowed(table: sa.Table, done: bool | None, overseen: Iterable[int] | None) -> list[sa.ColumnElement[bool]]:
    columns = table.c
    found: list[sa.ColumnElement[bool]] = []
    if done is not None:
        found.append(columns.done == (sa.true() if done else sa.false()))
    if overseen is not None:
        found.append((columns.is_primary == sa.true()) | columns.owner_id.in_(overseen))
    return found
