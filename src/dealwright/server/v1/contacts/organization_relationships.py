"""Relationships between organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from dealwright.contract.v1.contacts import organization_relationships as contract
from dealwright.contract.v1.contacts.organization_relationships import (
    NewOrganizationRelationship,
    OrganizationRelationshipChanges,
)
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.crm.contacts import organization_relationships
from dealwright.crm.contacts.model import ORGANIZATION_RELATIONSHIP, OrganizationRelationship
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import EmbeddedRecords


def show(
    relationship: OrganizationRelationship, references: EmbeddedRecords, org_id: int | None
) -> contract.OrganizationRelationship:
    """Returns a relationship as ``org_id`` sees it, by default its owner. Raises `Invalid` for any other id."""
    view = organization_relationships.related_organization(relationship, org_id)
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
def get_organization_relationships(crm: UnitOfWork, org_id: int) -> Page[contract.OrganizationRelationship]:
    found = organization_relationships.for_organization(crm, org_id)
    references = _references(crm, found)
    return envelopes.page(pages.single_page(found), lambda one: show(one, references, org_id), references.related())


@implements(contract.post_organization_relationships)
def post_organization_relationships(
    crm: UnitOfWork, data: NewOrganizationRelationship
) -> Item[contract.OrganizationRelationship]:
    values, org_id = _values(data)
    return _show_item(crm, organization_relationships.create(crm, values), org_id)


@implements(contract.delete_organization_relationships_by_id)
def delete_organization_relationships_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    organization_relationships.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_organization_relationships_by_id)
def get_organization_relationships_by_id(
    crm: UnitOfWork, id: int, org_id: int | None = None
) -> Item[contract.OrganizationRelationship]:
    return _show_item(crm, records.get(crm, ORGANIZATION_RELATIONSHIP, id, deleted=True), org_id)


@implements(contract.put_organization_relationships_by_id)
def put_organization_relationships_by_id(
    crm: UnitOfWork, id: int, data: OrganizationRelationshipChanges
) -> Item[contract.OrganizationRelationship]:
    values, org_id = _values(data)
    return _show_item(crm, organization_relationships.update(crm, id, values), org_id)


def _values(data: NewOrganizationRelationship | OrganizationRelationshipChanges) -> tuple[Values, int | None]:
    """Returns the values to store, and the ``org_id`` of a body."""
    values = provided_values(data)
    org_id = values.pop("org_id", None)
    assert org_id is None or isinstance(org_id, int)
    return values, org_id


def _show_item(
    crm: UnitOfWork, relationship: OrganizationRelationship, org_id: int | None
) -> Item[contract.OrganizationRelationship]:
    references = _references(crm, [relationship])
    return envelopes.item(show(relationship, references, org_id), related=references.related())


def _references(crm: UnitOfWork, found: Sequence[OrganizationRelationship]) -> EmbeddedRecords:
    return EmbeddedRecords(
        crm, organizations=[id for one in found for id in (one.rel_owner_org_id, one.rel_linked_org_id)]
    )
