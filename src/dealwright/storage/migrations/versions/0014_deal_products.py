"""The lines, discounts and installments of deals, and the variations of products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.Numeric(), "sqlite")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")
DAY = sa.Text().with_variant(sa.Date(), "postgresql")

LINKED = ("product_id", ("product_id", "deal_id")), ("product_variation_id", ("product_variation_id",))


def upgrade() -> None:
    """Makes the tables."""
    _make_lines()
    _make_discounts_and_installments()
    _make_variations()


def _make_lines() -> None:
    op.create_table(
        "deal_products",
        _id(),
        _link("deal_id"),
        _link("product_id", nullable=True),
        _link("product_variation_id", nullable=True),
        _text("name"),
        _number("item_price"),
        _number("quantity"),
        _number("discount"),
        _text("discount_type"),
        _number("tax"),
        _text("tax_method"),
        sa.Column("is_enabled", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("comments", sa.Text),
        sa.Column("order_nr", sa.Integer, nullable=False),
        _text("billing_frequency"),
        sa.Column("billing_frequency_cycles", sa.Integer),
        sa.Column("billing_start_date", DAY),
        _number("sum"),
        *_times(),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deal_products_deal_id", "deal_products", ["deal_id", "id"])
    for name in ("order_nr", "add_time", "update_time"):
        op.create_index(f"ix_deal_products_deal_id_{name}", "deal_products", ["deal_id", name, "id"])
    for link, columns in LINKED:
        where = sa.text(f"{link} is not null")
        op.create_index(
            f"ix_deal_products_{link}", "deal_products", list(columns), sqlite_where=where, postgresql_where=where
        )


def _make_discounts_and_installments() -> None:
    op.create_table(
        "deal_discounts",
        _id(),
        _text("uuid"),
        _link("deal_id"),
        _text("description"),
        _number("amount"),
        _text("type"),
        sa.Column("add_time", TIME, nullable=False),
        _link("creator_user_id"),
        sa.Column("update_time", TIME, nullable=False),
        _link("update_user_id"),
        sa.UniqueConstraint("uuid", name="uq_deal_discounts_uuid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deal_discounts_deal_id", "deal_discounts", ["deal_id"])
    op.create_table(
        "deal_installments",
        _id(),
        _link("deal_id"),
        _text("description"),
        _number("amount"),
        sa.Column("billing_date", DAY, nullable=False),
        *_times(),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deal_installments_deal_id", "deal_installments", ["deal_id", "id"])
    op.create_index("ix_deal_installments_deal_id_billing_date", "deal_installments", ["deal_id", "billing_date", "id"])


def _make_variations() -> None:
    op.create_table(
        "product_variations",
        _id(),
        _link("product_id"),
        _text("name"),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("delete_time", TIME),
        *_times(),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_product_variations_product_id", "product_variations", ["product_id", "is_deleted", "id"])
    op.create_table(
        "product_variation_prices",
        _id(),
        _link("product_variation_id"),
        _text("currency"),
        _number("price"),
        _number("cost"),
        sa.Column("direct_cost", NUMBER),
        _text("notes"),
        sa.UniqueConstraint(
            "product_variation_id", "currency", name="uq_product_variation_prices_product_variation_id_currency"
        ),
        sqlite_autoincrement=True,
    )


def _id() -> sa.Column[int]:
    return sa.Column("id", ID, primary_key=True, autoincrement=True)


def _link(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, ID, nullable=nullable)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def _number(name: str) -> sa.Column[float]:
    return sa.Column(name, NUMBER, nullable=False)


def _times() -> tuple[sa.Column[str], sa.Column[str]]:
    return sa.Column("add_time", TIME, nullable=False), sa.Column("update_time", TIME, nullable=False)
