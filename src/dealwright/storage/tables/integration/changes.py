"""The change log: one row for every mutation of a record."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, Key, flag, key, link

changes = sa.Table(
    "changes",
    metadata,
    key(),
    sa.Column("time", DateTimeMsText, nullable=False),
    link("actor_user_id", nullable=False),
    # The type of the record, and its id.
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", Key, nullable=False),
    # create, update, delete, restore, merge; follow, unfollow, join, leave
    sa.Column("action", sa.Text, nullable=False),
    # [[field key, old value, new value], …]
    sa.Column("fields", JsonText, nullable=False),
    # app or api
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("user_agent", sa.Text),
    flag("is_bulk"),
    sa.Index("ix_changes_record", "object", "record_id", "id"),
    sa.Index("ix_changes_time", "time", "id"),
    sqlite_autoincrement=True,
)
