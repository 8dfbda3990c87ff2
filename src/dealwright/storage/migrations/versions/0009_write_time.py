"""The second of the latest write of a company."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Adds the column."""
    op.get_bind().exec_driver_sql("alter table company add column write_time text not null default ''")
