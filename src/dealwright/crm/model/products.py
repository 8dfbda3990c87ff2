"""Products as they are stored."""

from __future__ import annotations

from dealwright.crm.kinds import Kind, Record
from dealwright.storage import tables


class Product(Record):
    """A product. What it costs lies in a table of its own."""

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


PRODUCT = Kind("product", tables.products, Product, "Product")
