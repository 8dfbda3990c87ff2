"""Conversations of the chat, their messages, and the language model that plans in them."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, key, link

chat_conversations = sa.Table(
    "chat_conversations",
    metadata,
    key(),
    # Whose it is; nobody else sees it.
    link("user_id", nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("message_count", sa.Integer(), nullable=False, server_default="0"),
    # Encrypted: what the conversation waits for, and what a model has been told.
    sa.Column("sealed_state", sa.Text),
    # What a search by text looks through: the words of the name and of the texts, each once.
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    # When the latest message came.
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sa.Index("ix_chat_conversations_user_id", "user_id", "update_time", "id"),
    sa.Index("ix_chat_conversations_update_time", "update_time"),
    sqlite_autoincrement=True,
)

chat_messages = sa.Table(
    "chat_messages",
    metadata,
    key(),
    link("conversation_id", nullable=False),
    # user or assistant
    sa.Column("role", sa.Text, nullable=False),
    # [{"type": "text", "text": "…"}, {"type": "card", "card": {…}}]: see the contract of the web app.
    sa.Column("parts", JsonText, nullable=False),
    sa.Column("time", DateTimeMsText, nullable=False),
    sa.Index("ix_chat_messages_conversation_id", "conversation_id", "id"),
    sqlite_autoincrement=True,
)

# One row, or none: the model of the company.
chat_models = sa.Table(
    "chat_models",
    metadata,
    key(),
    # openai (any server that speaks its protocol), anthropic or ollama
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # Null for the provider's own address.
    sa.Column("url", sa.Text),
    # Encrypted.
    sa.Column("sealed_key", sa.Text),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sqlite_autoincrement=True,
)
