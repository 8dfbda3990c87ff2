"""Conditions as SQL: what a record must meet to pass them.

A condition about a linked record (the person of a deal, the activities of an organization) is asked of the linked records
that the actor sees. All such conditions of the ``and`` group about one kind of record are asked of the same record. One
without linked records is tested as if it had one in which nothing is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import access
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons import NEGATIONS, Test
from dealwright.crm.filters.conditions import Condition, Conditions, Glue
from dealwright.crm.filters.places import KINDS, testable
from dealwright.crm.kinds import Object
from dealwright.crm.unit import Crm
from dealwright.storage.tables import activities, deals, leads, organizations, persons

Criterion = sa.ColumnElement[bool]

_LINKS: Mapping[frozenset[Object], Criterion] = {
    frozenset({"deal", "person"}): deals.c.person_id == persons.c.id,
    frozenset({"deal", "organization"}): deals.c.org_id == organizations.c.id,
    frozenset({"deal", "activity"}): activities.c.deal_id == deals.c.id,
    frozenset({"person", "organization"}): persons.c.org_id == organizations.c.id,
    frozenset({"person", "activity"}): activities.c.person_id == persons.c.id,
    frozenset({"person", "lead"}): leads.c.person_id == persons.c.id,
    frozenset({"organization", "activity"}): activities.c.org_id == organizations.c.id,
    frozenset({"organization", "lead"}): leads.c.organization_id == organizations.c.id,
    frozenset({"lead", "activity"}): activities.c.lead_id == leads.c.uuid,
}
"""How records of two kinds are tied to each other."""


class _Asked(NamedTuple):
    """What a condition asks of a record of a kind. ``of_nothing``: whether it holds where nothing is set."""

    object: Object
    criterion: Criterion
    of_nothing: bool


def criteria(crm: Crm, object: Object, conditions: Conditions) -> list[Criterion]:
    """What a record of a kind must meet. Raises `Invalid`, which names the condition that does not fit."""
    found: list[Criterion] = []
    by_object: dict[Object, list[_Asked]] = {}
    for asked in _group(crm, object, conditions, "and"):
        by_object.setdefault(asked.object, []).append(asked)
    for other, those in by_object.items():
        found += [one.criterion for one in those] if other == object else [_of_linked(crm, object, those)]
    if any_of := _group(crm, object, conditions, "or"):
        found.append(
            sa.or_(*(one.criterion if one.object == object else _of_linked(crm, object, [one]) for one in any_of))
        )
    return found


def _group(crm: Crm, object: Object, conditions: Conditions, glue: Glue) -> list[_Asked]:
    found = []
    for number, condition in enumerate(conditions.group(glue).given(), 1):
        try:
            found.append(_asked(crm, object, condition))
        except Invalid as error:
            raise Invalid(f"Condition {number} of the '{glue}' group: {error.message}", "conditions") from None
    return found


def _asked(crm: Crm, object: Object, condition: Condition) -> _Asked:
    other = condition.object
    if other == "project":
        raise Invalid("There are no projects so far")
    if other != object and frozenset({object, other}) not in _LINKS:
        raise Invalid(f"{KINDS[object].noun}s are not linked to any {KINDS[other].noun.lower()}")
    tested = testable(crm, other, _field_id(condition.field_id))
    if tested is None:
        raise Invalid(f"{KINDS[other].noun}s have no field {condition.field_id} that can be tested")
    test = Test(crm, other, tested.field, tested.place, condition.operator, condition.value, condition.extra_value)
    try:
        criterion = tested.comparison.criterion(test)
    except Invalid as error:
        raise Invalid(f"field {condition.field_id} ({tested.field.name}): {error.message}") from None
    return _Asked(other, criterion, condition.operator in NEGATIONS)


def _of_linked(crm: Crm, object: Object, asked: Sequence[_Asked]) -> Criterion:
    """Whether a record is linked to one of another kind of which everything asked holds."""
    linked, own = KINDS[asked[0].object], KINDS[object].table
    criteria = [_LINKS[frozenset({object, linked.object})], linked.table.c.is_deleted == sa.false()]
    visible = access.visible(crm, linked)
    if visible is not None:
        criteria.append(visible)
    any_linked = (
        sa.select(sa.literal_column("1", sa.Integer())).select_from(linked.table).where(*criteria).correlate(own)
    )
    found = sa.exists(any_linked.where(*(one.criterion for one in asked)))
    if all(one.of_nothing for one in asked):
        return sa.or_(found, sa.not_(sa.exists(any_linked)))
    return found


def _field_id(given: int | str) -> int:
    """The id of a field, which may be given as text; 0, which no field has, for anything else."""
    if isinstance(given, str):
        return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0
    return given
