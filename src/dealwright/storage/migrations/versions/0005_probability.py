"""Probabilities of deals with fractions, on PostgreSQL; SQLite stores them in the column as it is."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Widens the column."""
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql("alter table deals alter column probability type double precision")
