"""Proposals: calls that are planned, and carried out when somebody lets them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MS_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")


def upgrade() -> None:
    """Makes the table."""
    op.create_table(
        "proposals",
        sa.Column("id_hash", sa.Text, primary_key=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("expire_time", MS_TIME, nullable=False),
    )
    op.create_index("ix_proposals_user", "proposals", ["user_id", "expire_time"])
    op.create_index("ix_proposals_expire_time", "proposals", ["expire_time"])
