"""The lines of deals (products with their prices), discounts on whole deals, and installments."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateText, DateTimeText, Key, Number, flag, key, link, where_linked

deal_products = sa.Table(
    "deal_products",
    metadata,
    key(),
    sa.Column("deal_id", Key, nullable=False),
    # Without one, the product was removed for good; the name stays.
    link("product_id"),
    link("product_variation_id"),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("item_price", Number, nullable=False),
    sa.Column("quantity", Number, nullable=False),
    sa.Column("discount", Number, nullable=False),
    sa.Column("discount_type", sa.Text, nullable=False),
    # In percent.
    sa.Column("tax", Number, nullable=False),
    # The same in all lines of a deal.
    sa.Column("tax_method", sa.Text, nullable=False),
    flag("is_enabled", default=True),
    sa.Column("comments", sa.Text),
    sa.Column("order_nr", sa.Integer, nullable=False),
    sa.Column("billing_frequency", sa.Text, nullable=False),
    sa.Column("billing_frequency_cycles", sa.Integer),
    sa.Column("billing_start_date", DateText),
    # What is billed each time, in the currency of the deal.
    sa.Column("sum", Number, nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Index("ix_deal_products_deal_id", "deal_id", "id"),
    *(
        sa.Index(f"ix_deal_products_deal_id_{name}", "deal_id", name, "id")
        for name in ("order_nr", "add_time", "update_time")
    ),
    sa.Index("ix_deal_products_product_id", "product_id", "deal_id", **where_linked("product_id")),
    sa.Index("ix_deal_products_product_variation_id", "product_variation_id", **where_linked("product_variation_id")),
    sqlite_autoincrement=True,
)

deal_discounts = sa.Table(
    "deal_discounts",
    metadata,
    key(),
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("deal_id", Key, nullable=False, index=True),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("amount", Number, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    link("creator_user_id", nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    link("update_user_id", nullable=False),
    sqlite_autoincrement=True,
)

deal_installments = sa.Table(
    "deal_installments",
    metadata,
    key(),
    sa.Column("deal_id", Key, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("amount", Number, nullable=False),
    sa.Column("billing_date", DateText, nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Index("ix_deal_installments_deal_id", "deal_id", "id"),
    sa.Index("ix_deal_installments_deal_id_billing_date", "deal_id", "billing_date", "id"),
    sqlite_autoincrement=True,
)
