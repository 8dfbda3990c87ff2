"""What belongs to the persons and organizations that were found: their newest deals and leads, and organizations' persons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.crm.kinds import Kind
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.leads import LEAD
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.search.finding import Found, findable, read
from dealwright.crm.unit import Crm

MOST = 100
"""How many there are of each kind for one person or organization."""

_LINKS: Sequence[tuple[Kind[Any], str, Kind[Any]]] = (
    (DEAL, "person_id", PERSON),
    (DEAL, "org_id", ORGANIZATION),
    (LEAD, "person_id", PERSON),
    (LEAD, "organization_id", ORGANIZATION),
    (PERSON, "org_id", ORGANIZATION),
)
"""Which kinds of records belong to which, and by which of their columns."""


def to(crm: Crm, found: Iterable[Found]) -> list[Found]:
    """The records that belong to those found and are not among them, the newest of each kind first."""
    known = {(one.kind.object, one.record.id) for one in found}
    items: list[Found] = []
    for kind in (DEAL, LEAD, PERSON):
        ids: set[int] = set()
        for other, column, owner in _LINKS:
            owners = sorted(id for object, id in known if object == owner.object)
            if other is kind and owners:
                ids |= _newest(crm, kind, column, owners)
        records = read(crm, kind, {id for id in ids if (kind.object, id) not in known})
        items += [Found(kind, records[id], 0, [], []) for id in sorted(records, reverse=True)]
    return items


def _newest(crm: Crm, kind: Kind[Any], column: str, owners: list[int]) -> set[int]:
    """The newest records of each owner."""
    columns = kind.table.c
    place = sa.func.row_number().over(partition_by=columns[column], order_by=columns.id.desc()).label("place")
    ranked = sa.select(columns.id, place).where(columns[column].in_(owners), *findable(crm, kind)).subquery()
    return set(crm.db.values(sa.select(ranked.c.id).where(ranked.c.place <= MOST)))
