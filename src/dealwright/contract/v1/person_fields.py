"""The fields of persons."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Ids, Limit, Start
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, FieldId, NewField

READ = frozenset({"admin", "contact-fields:full", "contacts:full", "contacts:read"})
WRITE = frozenset({"admin", "contact-fields:full"})


@endpoint("GET /v1/personFields", group="PersonFields", scopes=READ, cost=20)
def get_person_fields(start: Start = 0, limit: Limit | None = None) -> Page[Field]:
    """List the person fields, those of the system and custom ones."""


@endpoint("POST /v1/personFields", group="PersonFields", scopes=WRITE, cost=10)
def post_person_fields(data: NewField) -> Item[Field]:
    """Create a person field."""


@endpoint("DELETE /v1/personFields", group="PersonFields", scopes=WRITE, cost=10)
def delete_person_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several person fields."""


@endpoint("GET /v1/personFields/{id}", group="PersonFields", scopes=READ, cost=2)
def get_person_fields_by_id(id: FieldId) -> Item[Field]:
    """Get a person field."""


@endpoint("DELETE /v1/personFields/{id}", group="PersonFields", scopes=WRITE, cost=6)
def delete_person_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete a person field and its values."""


@endpoint("PUT /v1/personFields/{id}", group="PersonFields", scopes=WRITE, cost=10)
def put_person_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change a person field."""
