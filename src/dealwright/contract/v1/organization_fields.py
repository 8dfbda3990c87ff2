"""The fields of organizations."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Ids, Limit, Start
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, FieldId, NewField

READ = frozenset({"admin", "contact-fields:full", "contacts:full", "contacts:read"})
WRITE = frozenset({"admin", "contact-fields:full"})


@endpoint("GET /v1/organizationFields", group="OrganizationFields", scopes=READ, cost=20)
def get_organization_fields(start: Start = 0, limit: Limit | None = None) -> Page[Field]:
    """List the organization fields, those of the system and custom ones."""


@endpoint("POST /v1/organizationFields", group="OrganizationFields", scopes=WRITE, cost=10)
def post_organization_fields(data: NewField) -> Item[Field]:
    """Create an organization field."""


@endpoint("DELETE /v1/organizationFields", group="OrganizationFields", scopes=WRITE, cost=10)
def delete_organization_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several organization fields."""


@endpoint("GET /v1/organizationFields/{id}", group="OrganizationFields", scopes=READ, cost=2)
def get_organization_fields_by_id(id: FieldId) -> Item[Field]:
    """Get an organization field."""


@endpoint("DELETE /v1/organizationFields/{id}", group="OrganizationFields", scopes=WRITE, cost=6)
def delete_organization_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete an organization field and its values."""


@endpoint("PUT /v1/organizationFields/{id}", group="OrganizationFields", scopes=WRITE, cost=10)
def put_organization_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change an organization field."""
