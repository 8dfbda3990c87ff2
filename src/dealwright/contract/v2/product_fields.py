"""The fields of products."""

from __future__ import annotations

from typing import NotRequired

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.envelopes import Item, List, Page
from dealwright.contract.v2.fields import (
    Field,
    FieldCode,
    NewFieldType,
    NewOption,
    NewOptions,
    OptionsToDelete,
    RenamedOptions,
    TouchedOption,
    Visibility,
    VisibilityExtra,
    VisibilitySetting,
)
from dealwright.contract.values import Name

READ = frozenset({"product-fields:full", "products:full", "products:read"})
WRITE = frozenset({"product-fields:full", "products:full"})


class ProductField(Field):
    """A field of products. What is not always there comes on request, by `include_fields`."""

    ui_visibility: NotRequired[Visibility]


class NewProductField(V2Body, kw_only=True):
    """A field to create. Fields of type `enum` and `set` need options."""

    field_name: Name
    field_type: NewFieldType
    options: list[NewOption] | UnsetType = UNSET
    ui_visibility: VisibilitySetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


class ProductFieldChanges(V2Body, kw_only=True):
    """What to change of a field: at least one of its properties, never its type."""

    field_name: Name | UnsetType = UNSET
    ui_visibility: VisibilitySetting | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


@endpoint("GET /api/v2/productFields", group="ProductFields", scopes=READ, cost=10, documented=False)
def get_product_fields(
    include_fields: VisibilityExtra | None = None, limit: Limit | None = None, cursor: Cursor | None = None
) -> Page[ProductField]:
    """List the product fields, those of the system and custom ones."""


@endpoint("POST /api/v2/productFields", group="ProductFields", scopes=WRITE, cost=5, documented=False)
def post_product_fields(data: NewProductField) -> Item[ProductField]:
    """Create a product field."""


@endpoint("GET /api/v2/productFields/{field_code}", group="ProductFields", scopes=READ, cost=1, documented=False)
def get_product_fields_by_field_code(
    field_code: FieldCode, include_fields: VisibilityExtra | None = None
) -> Item[ProductField]:
    """Get a product field."""


@endpoint("PATCH /api/v2/productFields/{field_code}", group="ProductFields", scopes=WRITE, cost=5, documented=False)
def patch_product_fields_by_field_code(field_code: FieldCode, data: ProductFieldChanges) -> Item[ProductField]:
    """Change a product field; only the properties given change."""


@endpoint("DELETE /api/v2/productFields/{field_code}", group="ProductFields", scopes=WRITE, cost=3, documented=False)
def delete_product_fields_by_field_code(field_code: FieldCode) -> Item[ProductField]:
    """Delete a product field and its values."""


@endpoint(
    "POST /api/v2/productFields/{field_code}/options", group="ProductFields", scopes=WRITE, cost=5, documented=False
)
def post_product_fields_by_field_code_options(field_code: FieldCode, data: NewOptions) -> List[TouchedOption]:
    """Add options to a product field, all or none."""


@endpoint(
    "PATCH /api/v2/productFields/{field_code}/options", group="ProductFields", scopes=WRITE, cost=5, documented=False
)
def patch_product_fields_by_field_code_options(field_code: FieldCode, data: RenamedOptions) -> List[TouchedOption]:
    """Rename options of a product field, all or none."""


@endpoint(
    "DELETE /api/v2/productFields/{field_code}/options", group="ProductFields", scopes=WRITE, cost=3, documented=False
)
def delete_product_fields_by_field_code_options(field_code: FieldCode, data: OptionsToDelete) -> List[TouchedOption]:
    """Delete options of a product field, all or none."""
