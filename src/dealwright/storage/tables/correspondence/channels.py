"""Channels of messengers, with the conversations in them. All ids but those of the rows are the provider's."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, DateTimeText, JsonText, Key, flag, key, link

channels = sa.Table(
    "channels",
    metadata,
    key(),
    # The id that the API gives a channel.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("provider_channel_id", sa.Text, nullable=False),
    # The app that registered it; empty for a user with an API token.
    sa.Column("client_id", sa.Text, nullable=False),
    link("user_id", nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("avatar_url", sa.Text),
    sa.Column("provider_type", sa.Text, nullable=False),
    flag("template_support"),
    # What of its earlier conversations has been fetched: none, waiting, done, failed.
    sa.Column("history", sa.Text, nullable=False),
    sa.Column("history_error", sa.Text),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.UniqueConstraint("provider_channel_id", "client_id"),
    sqlite_autoincrement=True,
)

conversations = sa.Table(
    "conversations",
    metadata,
    key(),
    sa.Column("channel_id", Key, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("link", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    flag("seen"),
    # Where its older messages begin, as the provider names the place.
    sa.Column("next_messages_cursor", sa.Text),
    # Who takes part: id, name, role, address of a picture.
    sa.Column("participants", JsonText, nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.UniqueConstraint("channel_id", "source_id"),
    sqlite_autoincrement=True,
)

channel_messages = sa.Table(
    "channel_messages",
    metadata,
    key(),
    sa.Column("conversation_id", Key, nullable=False),
    sa.Column("source_id", sa.Text, nullable=False),
    sa.Column("sender_id", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("created_at", DateTimeMsText, nullable=False),
    sa.Column("reply_by", DateTimeMsText),
    sa.Column("attachments", JsonText, nullable=False),
    sa.UniqueConstraint("conversation_id", "source_id"),
    sa.Index("ix_channel_messages_created_at", "conversation_id", "created_at", "id"),
    sqlite_autoincrement=True,
)
