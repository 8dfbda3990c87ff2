"""The fields of products."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Ids, Limit, Start
from dealwright.contract.v1.envelopes import Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.fields import Field, FieldChanges, FieldId, NewOption
from dealwright.contract.values import Name

READ = frozenset({"product-fields:full", "products:full", "products:read"})
WRITE = frozenset({"product-fields:full", "products:full"})

NewProductFieldType = Literal[
    "address",
    "date",
    "daterange",
    "double",
    "enum",
    "monetary",
    "org",
    "people",
    "phone",
    "set",
    "text",
    "time",
    "timerange",
    "user",
    "varchar",
    "varchar_auto",
]


class NewProductField(V1Body, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options, which may also be JSON in a text."""

    name: Name
    field_type: NewProductFieldType
    options: list[NewOption] | str | UnsetType | None = UNSET
    add_visible_flag: bool | UnsetType = UNSET


@endpoint("DELETE /v1/productFields", group="ProductFields", scopes=WRITE, cost=10)
def delete_product_fields(ids: Ids) -> Item[DeletedMany]:
    """Delete several product fields."""


@endpoint("GET /v1/productFields", group="ProductFields", scopes=READ, cost=20)
def get_product_fields(start: Start = 0, limit: Limit | None = None) -> Page[Field]:
    """List the product fields, those of the system and custom ones."""


@endpoint("POST /v1/productFields", group="ProductFields", scopes=WRITE, cost=10, status=201)
def post_product_fields(data: NewProductField) -> Item[Field]:
    """Create a product field."""


@endpoint("DELETE /v1/productFields/{id}", group="ProductFields", scopes=WRITE, cost=6)
def delete_product_fields_by_id(id: FieldId) -> Item[Deleted]:
    """Delete a product field and its values."""


@endpoint("GET /v1/productFields/{id}", group="ProductFields", scopes=READ, cost=2)
def get_product_fields_by_id(id: FieldId) -> Item[Field]:
    """Get a product field."""


@endpoint("PUT /v1/productFields/{id}", group="ProductFields", scopes=WRITE, cost=10)
def put_product_fields_by_id(id: FieldId, data: FieldChanges) -> Item[Field]:
    """Change a product field."""
