"""Products, their variations, and the prices of both."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, JsonText, Key, Number, flag, key, link

products = sa.Table(
    "products",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("code", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("unit", sa.Text, nullable=False),
    # In percent.
    sa.Column("tax", Number, nullable=False),
    # The id of an option of the field of that name.
    sa.Column("category", Key),
    link("owner_id", nullable=False),
    flag("is_linkable", default=True),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("visible_to", sa.Integer, nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Column("billing_frequency", sa.Text, nullable=False),
    sa.Column("billing_frequency_cycles", sa.Integer),
    # The lower-cased first letter of the name, for the letter filter of v1.
    sa.Column("first_char", sa.Text, nullable=False),
    sa.Column("custom_fields", JsonText, nullable=False),
    sa.Index("ix_products_owner", "owner_id", "id"),
    sa.Index("ix_products_name", "name", "id"),
    sa.Index("ix_products_update_time", "update_time", "id"),
    sa.Index("ix_products_add_time", "add_time", "id"),
    sqlite_autoincrement=True,
)

product_prices = sa.Table(
    "product_prices",
    metadata,
    key(),
    sa.Column("product_id", Key, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("price", Number, nullable=False),
    sa.Column("cost", Number, nullable=False),
    # Overhead cost in v1.
    sa.Column("direct_cost", Number),
    sa.Column("notes", sa.Text, nullable=False),
    sa.UniqueConstraint("product_id", "currency"),
    sqlite_autoincrement=True,
)

product_variations = sa.Table(
    "product_variations",
    metadata,
    key(),
    sa.Column("product_id", Key, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Index("ix_product_variations_product_id", "product_id", "is_deleted", "id"),
    sqlite_autoincrement=True,
)

product_variation_prices = sa.Table(
    "product_variation_prices",
    metadata,
    key(),
    sa.Column("product_variation_id", Key, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    sa.Column("price", Number, nullable=False),
    sa.Column("cost", Number, nullable=False),
    sa.Column("direct_cost", Number),
    sa.Column("notes", sa.Text, nullable=False),
    sa.UniqueConstraint("product_variation_id", "currency"),
    sqlite_autoincrement=True,
)
