"""What users should know: jobs that ended, records handed over, mentions, connections and webhooks that work no more."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, key, link

_UNREAD = sa.text("read_time is null")

notifications = sa.Table(
    "notifications",
    metadata,
    key(),
    # Who is told.
    link("user_id", nullable=False),
    # job_ended, handed_over, mentioned, connection_lost or webhook_off
    sa.Column("kind", sa.Text, nullable=False),
    # What it is about: a type of records, connection or webhook, and its id in its table.
    sa.Column("object", sa.Text, nullable=False),
    link("record_id", nullable=False),
    # Of several records that were handed over at once: the ids of the first ones, and how many there are.
    sa.Column("record_ids", JsonText),
    sa.Column("record_count", sa.Integer(), nullable=False, server_default="1"),
    # Who did it; null for nobody.
    link("actor_user_id"),
    # The run that did it, or that began the job.
    sa.Column("run_id", sa.Text),
    # What else is to be told, by kind: {"job": "conversion", "outcome": "failed", "error": "…"}
    sa.Column("details", JsonText, nullable=False),
    sa.Column("time", DateTimeMsText, nullable=False),
    sa.Column("read_time", DateTimeMsText),
    sa.Index("ix_notifications_user_id", "user_id", "id"),
    # The second column, which is always null, is why SQLite prefers this one to the one above.
    sa.Index("ix_notifications_unread", "user_id", "read_time", "id", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
    sa.Index("ix_notifications_time", "time"),
    sqlite_autoincrement=True,
)
