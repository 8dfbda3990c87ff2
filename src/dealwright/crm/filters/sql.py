"""Compiles conditions to SQL criteria.

A condition about a linked record (the person of a deal, the activities of an organization) tests the linked records
that the actor sees. All such conditions of the ``and`` group about one record type must hold for the same linked
record. A record without linked records is tested as if it had one with no values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.errors import Invalid
from dealwright.crm.fields.comparisons import NEGATIONS, FieldLookup
from dealwright.crm.filters.conditions import Condition, Conditions, Glue
from dealwright.crm.filters.filterable_fields import RECORD_TYPES, find_code, find_filterable_field, find_id_by_code
from dealwright.crm.kernel import access
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import (
    activities,
    deal_products,
    deals,
    leads,
    organizations,
    persons,
    products,
    project_links,
    projects,
)

Criterion = sa.ColumnElement[bool]
MAX_ID_LENGTH = 16
"""Longer numbers are no ids, but may be the codes of custom fields."""

_LINKS: Mapping[frozenset[RecordTypeName], Criterion] = {
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
"""The join conditions between two record types."""

_LINKS_THROUGH_LINES: Mapping[tuple[RecordTypeName, RecordTypeName], Criterion] = {
    ("deal", "product"): products.c.id.in_(
        sa.select(deal_products.c.product_id).where(deal_products.c.deal_id == deals.c.id).correlate(deals)
    ),
    ("product", "deal"): deals.c.id.in_(
        sa.select(deal_products.c.deal_id).where(deal_products.c.product_id == products.c.id).correlate(products)
    ),
}
"""The same where lines of deals link two types: each leads from the first one by an index."""

_PROJECT_LINKS: Mapping[RecordTypeName, sa.Column[Any]] = {
    "deal": project_links.c.deal_id,
    "person": project_links.c.person_id,
    "organization": project_links.c.org_id,
}
"""The columns of the links of projects, by the record type that they lead to."""


class _CompiledCondition(NamedTuple):
    """The criterion of a condition, and the record type that it is about.

    ``matches_missing``: the condition holds where there is no value.
    """

    object: RecordTypeName
    criterion: Criterion
    matches_missing: bool


def compile_criteria(crm: UnitOfWork, object: RecordTypeName, conditions: Conditions) -> list[Criterion]:
    """Returns the criteria for records of a type.

    Raises `Invalid`, whose message names the condition that is not valid.
    """
    found: list[Criterion] = []
    by_object: dict[RecordTypeName, list[_CompiledCondition]] = {}
    for compiled in _compile_group(crm, object, conditions, "and"):
        by_object.setdefault(compiled.object, []).append(compiled)
    for other, those in by_object.items():
        found += [one.criterion for one in those] if other == object else [_linked_exists(crm, object, those)]
    if any_of := _compile_group(crm, object, conditions, "or"):
        found.append(
            sa.or_(*(one.criterion if one.object == object else _linked_exists(crm, object, [one]) for one in any_of))
        )
    return found


def _compile_group(
    crm: UnitOfWork, object: RecordTypeName, conditions: Conditions, glue: Glue
) -> list[_CompiledCondition]:
    found = []
    errors = []
    for number, condition in enumerate(conditions.group(glue).without_nulls(), 1):
        try:
            found.append(_compile_condition(crm, object, condition))
        except Invalid as error:
            errors.append(Invalid(f"Condition {number} of the '{glue}' group: {error.message}", "conditions"))
    if errors:
        raise Invalid.combine(errors)
    return found


def _compile_condition(crm: UnitOfWork, object: RecordTypeName, condition: Condition) -> _CompiledCondition:
    other = condition.object
    if other != object and _link(object, other) is None:
        raise Invalid(f"{RECORD_TYPES[object].noun}s are not linked to any {RECORD_TYPES[other].noun.lower()}")
    filterable = find_filterable_field(crm, other, _parse_field_id(crm, other, condition.field_id))
    if filterable is None:
        raise Invalid(f"{RECORD_TYPES[other].noun}s have no field {condition.field_id} that can be tested")
    lookup = FieldLookup(
        crm, other, filterable.field, filterable.expression, condition.operator, condition.value, condition.extra_value
    )
    try:
        criterion = filterable.comparison.criterion(lookup)
    except Invalid as error:
        raise Invalid(f"field {condition.field_id} ({filterable.field.name}): {error.message}") from None
    return _CompiledCondition(other, criterion, condition.operator in NEGATIONS)


def _linked_exists(crm: UnitOfWork, object: RecordTypeName, compiled: Sequence[_CompiledCondition]) -> Criterion:
    """Returns the criterion that a record is linked to one of another type that meets all of ``compiled``."""
    linked, own = RECORD_TYPES[compiled[0].object], RECORD_TYPES[object].table
    link = _link(object, linked.object)
    assert link is not None
    criteria = [link, linked.table.c.is_deleted == sa.false()]
    visible = access.visible(crm, linked)
    if visible is not None:
        criteria.append(visible)
    any_linked = (
        sa.select(sa.literal_column("1", sa.Integer())).select_from(linked.table).where(*criteria).correlate(own)
    )
    found = sa.exists(any_linked.where(*(one.criterion for one in compiled)))
    if all(one.matches_missing for one in compiled):
        return sa.or_(found, sa.not_(sa.exists(any_linked)))
    return found


def _link(object: RecordTypeName, linked: RecordTypeName) -> Criterion | None:
    """Returns the criterion that a record of one type is linked to one of another; None when there are no such links.

    Those of projects are rows of their own, from which the linked records are found by their ids.
    """
    if "project" not in (object, linked):
        through_lines = _LINKS_THROUGH_LINES.get((object, linked))
        return _LINKS.get(frozenset({object, linked})) if through_lines is None else through_lines
    if "activity" in (object, linked):
        return activities.c.project_id == projects.c.id
    column = _PROJECT_LINKS.get(linked if object == "project" else object)
    if column is None:
        return None
    if object == "project":
        ids = sa.select(column).where(project_links.c.project_id == projects.c.id, column.is_not(None))
        return RECORD_TYPES[linked].table.c.id.in_(ids.correlate(projects))
    own = RECORD_TYPES[object].table
    return projects.c.id.in_(sa.select(project_links.c.project_id).where(column == own.c.id).correlate(own))


def find_field_code(crm: UnitOfWork, condition: Condition) -> str | None:
    """Returns the code in v2 of the field that a condition tests; None where there is no such field."""
    return find_code(crm, condition.object, _parse_field_id(crm, condition.object, condition.field_id))


def _parse_field_id(crm: UnitOfWork, object: RecordTypeName, raw: int | str) -> int:
    """Returns the id of a field, which may be sent as text; 0, which no field has, for anything else.

    The code of a field stands for its id: no list of fields shows the ids of those of projects.
    """
    if not isinstance(raw, str):
        return raw
    if raw.isascii() and raw.isdigit() and len(raw) < MAX_ID_LENGTH:
        return int(raw)
    return find_id_by_code(crm, object, raw) or 0
