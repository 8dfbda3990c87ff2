"""Relationships between organizations: parent and daughter, or just related."""

from __future__ import annotations

from typing import Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, ORGANIZATION_RELATIONSHIP, OrganizationRelationship
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import organization_relationships

_ENDS = ("rel_owner_org_id", "rel_linked_org_id")


class RelatedOrganization(NamedTuple):
    """A relationship from the side of one organization: the other one, and the role of that other one."""

    other_id: int
    type: Literal["parent", "daughter", "related"]


def for_organization(crm: UnitOfWork, org_id: int) -> list[OrganizationRelationship]:
    """Returns the relationships of an organization, as far as the actor may see them. Raises `NotFound`."""
    records.get(crm, ORGANIZATION, org_id, deleted=True)
    columns = organization_relationships.c
    criteria = [columns.is_deleted == sa.false(), _has_end(org_id)]
    criterion = access.visible(crm, ORGANIZATION_RELATIONSHIP)
    return records.select(crm, ORGANIZATION_RELATIONSHIP, *criteria, *([] if criterion is None else [criterion]))


def create(crm: UnitOfWork, values: Values) -> OrganizationRelationship:
    """Adds a relationship between two organizations. Raises `Invalid`."""
    _check(crm, values)
    return records.insert(crm, ORGANIZATION_RELATIONSHIP, {**values, "add_time": crm.now, "update_time": crm.now})


def update(crm: UnitOfWork, id: int, values: Values) -> OrganizationRelationship:
    """Changes a relationship. Raises `NotFound` and `Invalid`."""
    relationship = records.get(crm, ORGANIZATION_RELATIONSHIP, id)
    _check(crm, values, relationship)
    return records.update(crm, ORGANIZATION_RELATIONSHIP, relationship, values)


def delete(crm: UnitOfWork, id: int) -> None:
    """Deletes a relationship. Raises `NotFound`."""
    records.delete(crm, ORGANIZATION_RELATIONSHIP, records.get(crm, ORGANIZATION_RELATIONSHIP, id))


def related_organization(relationship: OrganizationRelationship, org_id: int | None) -> RelatedOrganization:
    """Returns a relationship from the side of ``org_id``, by default its owner. Raises `Invalid` for any other id."""
    owner, linked = relationship.rel_owner_org_id, relationship.rel_linked_org_id
    if org_id not in (None, owner, linked):
        raise Invalid("is not one of the two organizations", "org_id")
    other = owner if org_id == linked else linked
    if relationship.type == "related":
        return RelatedOrganization(other, "related")
    return RelatedOrganization(other, "parent" if other == owner else "daughter")


def move(crm: UnitOfWork, from_id: int, to_id: int) -> None:
    """Replaces an organization by another one in its relationships.

    Relationships between the two, and those that the other one has already, are deleted.
    """
    known = {(one.type, one.rel_owner_org_id, one.rel_linked_org_id) for one in _live(crm, to_id)}
    for relationship in _live(crm, from_id):
        ends = {
            name: to_id if getattr(relationship, name) == from_id else getattr(relationship, name) for name in _ENDS
        }
        moved = relationship.type, ends["rel_owner_org_id"], ends["rel_linked_org_id"]
        if moved[1] == moved[2] or moved in known:
            records.delete(crm, ORGANIZATION_RELATIONSHIP, relationship, is_bulk=True)
        else:
            records.update(crm, ORGANIZATION_RELATIONSHIP, relationship, {**ends}, is_bulk=True)
            known.add(moved)


def _live(crm: UnitOfWork, org_id: int) -> list[OrganizationRelationship]:
    live = organization_relationships.c.is_deleted == sa.false()
    return records.select(crm, ORGANIZATION_RELATIONSHIP, live, _has_end(org_id))


def _has_end(org_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(*(organization_relationships.c[name] == org_id for name in _ENDS))


def _check(crm: UnitOfWork, values: Values, before: OrganizationRelationship | None = None) -> None:
    """Raises `Invalid` unless both organizations exist and are different."""
    ends = {name: values.get(name, getattr(before, name, None)) for name in _ENDS}
    for name, id in ends.items():
        if before is None or id != getattr(before, name):
            records.require_linked(crm, ORGANIZATION, id, name)
    if len(set(ends.values())) == 1:
        raise Invalid("An organization is not related to itself", "rel_linked_org_id")
