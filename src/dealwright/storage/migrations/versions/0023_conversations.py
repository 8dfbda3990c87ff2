"""Conversations of the chat, their messages, and the language model that plans in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
MS_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")

INDEXES = (
    "CREATE INDEX ix_chat_conversations_user_id ON chat_conversations (user_id, update_time, id)",
    "CREATE INDEX ix_chat_conversations_update_time ON chat_conversations (update_time)",
    "CREATE INDEX ix_chat_messages_conversation_id ON chat_messages (conversation_id, id)",
)


def upgrade() -> None:
    """Makes the tables."""
    op.create_table(
        "chat_conversations",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("message_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("sealed_state", sa.Text),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("add_time", MS_TIME, nullable=False),
        sa.Column("update_time", MS_TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "chat_messages",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("parts", JSON, nullable=False),
        sa.Column("time", MS_TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "chat_models",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text),
        sa.Column("sealed_key", sa.Text),
        sa.Column("update_time", MS_TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))
