"""Conversions, what leads and deals were made of, calls, channels of messengers, and links to apps for video calls."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MS_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")

INDEXES = (
    "CREATE INDEX ix_conversions_update_time ON conversions (update_time)",
    "CREATE INDEX ix_deals_source_lead_id ON deals (source_lead_id) WHERE source_lead_id is not null",
    "CREATE INDEX ix_leads_source_deal_id ON leads (source_deal_id, is_deleted) WHERE source_deal_id is not null",
    "CREATE INDEX ix_channel_messages_created_at ON channel_messages (conversation_id, created_at, id)",
    "CREATE INDEX ix_call_logs_user_id ON call_logs (user_id, is_deleted, id)",
    *(
        f"CREATE INDEX ix_call_logs_{link} ON call_logs ({link}, is_deleted, id) WHERE {link} is not null"
        for link in ("deal_id", "person_id", "org_id", "lead_id", "activity_id", "recording_id")
    ),
)


def upgrade() -> None:
    """Makes the table of conversions, and the columns of what came before."""
    op.add_column("deals", sa.Column("source_lead_id", sa.Text))
    op.add_column("leads", sa.Column("source_deal_id", ID))
    op.create_table(
        "conversions",
        sa.Column("uuid", sa.Text, primary_key=True),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("record_id", ID, nullable=False),
        sa.Column("stage_id", ID),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("result", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("add_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
    )
    op.create_table(
        "call_logs",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("uuid", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", ID, nullable=False),
        *(sa.Column(name, ID) for name in ("activity_id", "deal_id", "person_id", "org_id")),
        sa.Column("lead_id", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("duration", ID, nullable=False),
        sa.Column("from_phone_number", sa.Text),
        sa.Column("to_phone_number", sa.Text, nullable=False),
        sa.Column("start_time", TIME, nullable=False),
        sa.Column("end_time", TIME, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("recording_id", ID),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("delete_time", TIME),
        sa.Column("add_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "user_provider_links",
        sa.Column("user_provider_id", sa.Text, primary_key=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("add_time", TIME, nullable=False),
    )
    _make_channels()
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))


def _make_channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("uuid", sa.Text, nullable=False),
        sa.Column("provider_channel_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("avatar_url", sa.Text),
        sa.Column("provider_type", sa.Text, nullable=False),
        sa.Column("template_support", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("history", sa.Text, nullable=False),
        sa.Column("history_error", sa.Text),
        sa.Column("add_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.UniqueConstraint("uuid", name="uq_channels_uuid"),
        sa.UniqueConstraint("provider_channel_id", "client_id", name="uq_channels_provider_channel_id_client_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "conversations",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("channel_id", ID, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("link", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("seen", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("next_messages_cursor", sa.Text),
        sa.Column("participants", JSON, nullable=False),
        sa.Column("add_time", TIME, nullable=False),
        sa.UniqueConstraint("channel_id", "source_id", name="uq_conversations_channel_id_source_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "channel_messages",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("source_id", sa.Text, nullable=False),
        sa.Column("sender_id", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", MS_TIME, nullable=False),
        sa.Column("reply_by", MS_TIME),
        sa.Column("attachments", JSON, nullable=False),
        sa.UniqueConstraint("conversation_id", "source_id", name="uq_channel_messages_conversation_id_source_id"),
        sqlite_autoincrement=True,
    )
