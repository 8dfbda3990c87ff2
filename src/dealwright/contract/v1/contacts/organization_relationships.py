"""Relationships between organizations."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.contacts.organizations import READ, WRITE
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.references import OrganizationReference
from dealwright.contract.values import Id

RelationshipType = Literal["parent", "related"]


class OrganizationRelationship(TypedDict):
    """A relationship; with the type ``parent`` the owner is the parent of the linked organization.

    The calculated values are as seen from the organization that was asked about.
    """

    id: int
    type: RelationshipType
    rel_owner_org_id: OrganizationReference
    rel_linked_org_id: OrganizationReference
    add_time: str
    update_time: str | None
    active_flag: Literal["true", "false"]
    calculated_type: NotRequired[Literal["parent", "daughter", "related"]]
    calculated_related_org_id: NotRequired[int]
    related_organization_name: NotRequired[str]


class NewOrganizationRelationship(V1Body, kw_only=True):
    """A relationship to create, and the organization to see it from."""

    org_id: Id | UnsetType | None = UNSET
    type: RelationshipType
    rel_owner_org_id: Id
    rel_linked_org_id: Id


class OrganizationRelationshipChanges(V1Body, kw_only=True):
    """What to change of a relationship, and the organization to see it from."""

    org_id: Id | UnsetType | None = UNSET
    type: RelationshipType | UnsetType = UNSET
    rel_owner_org_id: Id | UnsetType = UNSET
    rel_linked_org_id: Id | UnsetType = UNSET


@endpoint("GET /v1/organizationRelationships", group="OrganizationRelationships", scopes=READ, cost=20)
def get_organization_relationships(
    org_id: Annotated[Id, Meta(description="The organization whose relationships to list.")],
) -> Page[OrganizationRelationship]:
    """List the relationships of an organization."""


@endpoint("POST /v1/organizationRelationships", group="OrganizationRelationships", scopes=WRITE, cost=10)
def post_organization_relationships(data: NewOrganizationRelationship) -> Item[OrganizationRelationship]:
    """Relate two organizations."""


@endpoint("DELETE /v1/organizationRelationships/{id}", group="OrganizationRelationships", scopes=WRITE, cost=6)
def delete_organization_relationships_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a relationship between organizations."""


@endpoint("GET /v1/organizationRelationships/{id}", group="OrganizationRelationships", scopes=READ, cost=2)
def get_organization_relationships_by_id(
    id: RecordId,
    org_id: Annotated[Id, Meta(description="The organization to see the relationship from.")] | None = None,
) -> Item[OrganizationRelationship]:
    """Get one relationship between organizations."""


@endpoint("PUT /v1/organizationRelationships/{id}", group="OrganizationRelationships", scopes=WRITE, cost=10)
def put_organization_relationships_by_id(
    id: RecordId, data: OrganizationRelationshipChanges
) -> Item[OrganizationRelationship]:
    """Change a relationship between organizations."""
