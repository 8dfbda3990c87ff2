"""Relationships between organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from dealwright.contract.v1 import organization_relationships as contract
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.organization_relationships import (
    NewOrganizationRelationship,
    OrganizationRelationshipChanges,
)
from dealwright.crm import organization_relationships, pages, records
from dealwright.crm.model.organization_relationships import ORGANIZATION_RELATIONSHIP, OrganizationRelationship
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes
from dealwright.server.v1.references import References


def show(
    relationship: OrganizationRelationship, references: References, org_id: int | None
) -> contract.OrganizationRelationship:
    """A relationship as an organization sees it; the owner unless one is given."""
    view = organization_relationships.seen_from(relationship, org_id)
    shown: dict[str, Any] = {
        "id": relationship.id,
        "type": relationship.type,
        "rel_owner_org_id": references.organization(relationship.rel_owner_org_id),
        "rel_linked_org_id": references.organization(relationship.rel_linked_org_id),
        "add_time": relationship.add_time,
        "update_time": relationship.update_time,
        "active_flag": "false" if relationship.is_deleted else "true",
        "calculated_type": view.type,
        "calculated_related_org_id": view.other_id,
        "related_organization_name": references.organization_name(view.other_id),
    }
    return cast("contract.OrganizationRelationship", shown)


@implements(contract.get_organization_relationships)
def get_organization_relationships(crm: Crm, org_id: int) -> Page[contract.OrganizationRelationship]:
    found = organization_relationships.of(crm, org_id)
    references = _references(crm, found)
    return envelopes.page(pages.whole(found), lambda one: show(one, references, org_id), references.related())


@implements(contract.post_organization_relationships)
def post_organization_relationships(
    crm: Crm, data: NewOrganizationRelationship
) -> Item[contract.OrganizationRelationship]:
    values, org_id = _values(data)
    return _one(crm, organization_relationships.create(crm, values), org_id)


@implements(contract.delete_organization_relationships_by_id)
def delete_organization_relationships_by_id(crm: Crm, id: int) -> Item[Deleted]:
    organization_relationships.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_organization_relationships_by_id)
def get_organization_relationships_by_id(
    crm: Crm, id: int, org_id: int | None = None
) -> Item[contract.OrganizationRelationship]:
    return _one(crm, records.get(crm, ORGANIZATION_RELATIONSHIP, id, deleted=True), org_id)


@implements(contract.put_organization_relationships_by_id)
def put_organization_relationships_by_id(
    crm: Crm, id: int, data: OrganizationRelationshipChanges
) -> Item[contract.OrganizationRelationship]:
    values, org_id = _values(data)
    return _one(crm, organization_relationships.update(crm, id, values), org_id)


def _values(data: NewOrganizationRelationship | OrganizationRelationshipChanges) -> tuple[Values, int | None]:
    """The values to store, and the organization to see them from."""
    values = given(data)
    org_id = values.pop("org_id", None)
    assert org_id is None or isinstance(org_id, int)
    return values, org_id


def _one(
    crm: Crm, relationship: OrganizationRelationship, org_id: int | None
) -> Item[contract.OrganizationRelationship]:
    references = _references(crm, [relationship])
    return envelopes.item(show(relationship, references, org_id), related=references.related())


def _references(crm: Crm, found: Sequence[OrganizationRelationship]) -> References:
    return References(crm, organizations=[id for one in found for id in (one.rel_owner_org_id, one.rel_linked_org_id)])
