"""Rows of products and their variations, as they are stored."""

from __future__ import annotations

from dealwright.crm.kernel.record_types import LinkedVisibility, OwnVisibility, Record, RecordType
from dealwright.storage import tables


class Product(Record):
    """A product. Its prices are stored in a table of their own."""

    id: int
    name: str
    code: str | None
    description: str | None
    unit: str
    tax: int | float
    category: int | None
    owner_id: int
    is_linkable: bool
    is_deleted: bool
    delete_time: str | None
    visible_to: int
    add_time: str
    update_time: str
    billing_frequency: str
    billing_frequency_cycles: int | None
    first_char: str
    custom_fields: str


PRODUCT = RecordType("product", tables.products, Product, "Product", OwnVisibility())


class ProductVariation(Record):
    """A variation of a product. Its prices are stored in a table of their own."""

    id: int
    product_id: int
    name: str
    is_deleted: bool
    delete_time: str | None
    add_time: str
    update_time: str


PRODUCT_VARIATION = RecordType(
    "productVariation",
    tables.product_variations,
    ProductVariation,
    "Product variation",
    LinkedVisibility({"product_id": PRODUCT}),
)
