"""The fields of deals, which leads share."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Ids, Limit, Start
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, FieldId, NewField

READ = frozenset({"admin", "deal-fields:full", "deals:full", "deals:read"})
WRITE = frozenset({"admin", "deal-fields:full"})


@endpoint("GET /v1/dealFields", group="DealFields", scopes=READ, cost=20)
def get_deal_fields(start: Start = 0, limit: Limit | None = None) -> Page[Field]:
    """List the deal fields, those of the system and custom ones."""


@endpoint("POST /v1/dealFields", group="DealFields", scopes=WRITE, cost=10)
def post_deal_fields(data: NewField) -> Item[Field]:
    """Create a deal field."""


@endpoint("DELETE /v1/dealFields", group="DealFields", scopes=WRITE, cost=10)
def delete_deal_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several deal fields."""


@endpoint("GET /v1/dealFields/{id}", group="DealFields", scopes=READ, cost=2)
def get_deal_fields_by_id(id: FieldId) -> Item[Field]:
    """Get a deal field."""


@endpoint("DELETE /v1/dealFields/{id}", group="DealFields", scopes=WRITE, cost=6)
def delete_deal_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete a deal field and its values."""


@endpoint("PUT /v1/dealFields/{id}", group="DealFields", scopes=WRITE, cost=10)
def put_deal_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change a deal field."""
