"""The tables of webhooks, events and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "webhooks",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("admin_id", ID, nullable=False),
        sa.Column("event_action", sa.Text, nullable=False),
        sa.Column("event_object", sa.Text, nullable=False),
        sa.Column("subscription_url", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("name", sa.Text),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("app", sa.Text),
        sa.Column("http_auth_user", sa.Text),
        sa.Column("http_auth_password", sa.Text),
        sa.Column("secret", sa.Text),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("add_time", MOMENT, nullable=False),
        sa.Column("remove_time", MOMENT),
        sa.Column("remove_reason", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "webhook_states",
        sa.Column("webhook_id", ID, primary_key=True, autoincrement=False),
        sa.Column("last_delivery_time", MOMENT),
        sa.Column("last_http_status", sa.Integer),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("failing_since", MOMENT),
        sa.Column("banned_until", MOMENT),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("time", MOMENT, nullable=False),
        sa.Column("correlation_id", sa.Text, nullable=False),
        sa.Column("actor_user_id", ID, nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("merged_id", ID),
        sa.Column("is_bulk", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("permitted_user_ids", JSON, nullable=False),
        sa.Column("before", JSON),
        sa.Column("after", JSON),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_events_time", "webhook_events", ["time"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("uuid", sa.Text, nullable=False),
        sa.Column("webhook_id", ID, nullable=False),
        sa.Column("event_id", ID, nullable=False),
        sa.Column("add_time", MOMENT, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("time", MOMENT),
        sa.Column("http_status", sa.Integer),
        sa.Column("error", sa.Text),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_webhook_deliveries_event_id", "webhook_deliveries", ["event_id"])
    op.create_index("ix_webhook_deliveries_webhook", "webhook_deliveries", ["webhook_id", "id"])
