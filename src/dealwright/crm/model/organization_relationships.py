"""Relationships between organizations as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class OrganizationRelationship(Record):
    """A relationship; with the type ``parent`` the owner is the parent of the linked organization."""

    id: int
    type: str
    rel_owner_org_id: int
    rel_linked_org_id: int
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


ORGANIZATION_RELATIONSHIP = Kind(
    "organizationRelationship", tables.organization_relationships, OrganizationRelationship, "Organization relationship"
)
