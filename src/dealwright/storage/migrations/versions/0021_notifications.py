"""Notifications of users, and the run that began a conversion."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
MS_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")

INDEXES = (
    "CREATE INDEX ix_notifications_user_id ON notifications (user_id, id)",
    "CREATE INDEX ix_notifications_unread ON notifications (user_id, read_time, id) WHERE read_time is null",
    "CREATE INDEX ix_notifications_time ON notifications (time)",
)


def upgrade() -> None:
    """Makes the table of notifications."""
    op.add_column("conversions", sa.Column("run_id", sa.Text))
    op.create_table(
        "notifications",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", ID, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "object")),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("record_ids", JSON),
        sa.Column("record_count", sa.Integer, nullable=False, server_default="1"),
        sa.Column("actor_user_id", ID),
        sa.Column("run_id", sa.Text),
        sa.Column("details", JSON, nullable=False),
        sa.Column("time", MS_TIME, nullable=False),
        sa.Column("read_time", MS_TIME),
        sqlite_autoincrement=True,
    )
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))
