"""Records related to persons and organizations found: their newest deals and leads, and persons of organizations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.search.query import ScoredRecord, findable_criteria, findable_in_bulk

MAX_PER_TYPE = 100
"""The maximum number of related records of each type for one person or organization."""

_LINKS: Sequence[tuple[RecordType[Any], str, RecordType[Any]]] = (
    (DEAL, "person_id", PERSON),
    (DEAL, "org_id", ORGANIZATION),
    (LEAD, "person_id", PERSON),
    (LEAD, "organization_id", ORGANIZATION),
    (PERSON, "org_id", ORGANIZATION),
)
"""The record types that belong to others, and the columns that link them."""


def related_records(crm: UnitOfWork, found: Iterable[ScoredRecord]) -> list[ScoredRecord]:
    """Returns the records that belong to those found and are not among them, the newest of each type first."""
    known = {(one.kind.object, one.record.id) for one in found}
    items: list[ScoredRecord] = []
    for kind in (DEAL, LEAD, PERSON):
        ids: set[int] = set()
        for other, column, owner in _LINKS:
            owners = sorted(id for object, id in known if object == owner.object)
            if other is kind and owners:
                ids |= _newest(crm, kind, column, owners)
        records = findable_in_bulk(crm, kind, {id for id in ids if (kind.object, id) not in known})
        items += [ScoredRecord(kind, records[id], 0, [], []) for id in sorted(records, reverse=True)]
    return items


def _newest(crm: UnitOfWork, kind: RecordType[Any], column: str, owners: list[int]) -> set[int]:
    """Returns the ids of the newest records of each owner."""
    columns = kind.table.c
    rank = sa.func.row_number().over(partition_by=columns[column], order_by=columns.id.desc()).label("place")
    ranked = sa.select(columns.id, rank).where(columns[column].in_(owners), *findable_criteria(crm, kind)).subquery()
    return set(crm.db.values(sa.select(ranked.c.id).where(ranked.c.place <= MAX_PER_TYPE)))
