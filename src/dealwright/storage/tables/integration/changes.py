"""The change log: one row for every mutation of a record, and what of it was taken back."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, Key, flag, key, link, where_linked

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
    # The run that it was part of.
    sa.Column("run_id", sa.Text),
    sa.Index("ix_changes_run_id", "run_id", "id", **where_linked("run_id")),
    sa.Index("ix_changes_record", "object", "record_id", "id"),
    sa.Index("ix_changes_time", "time", "id"),
    sqlite_autoincrement=True,
)

# The runs whose changes were taken back, each by the changes of another run.
undos = sa.Table(
    "undos",
    metadata,
    key(),
    sa.Column("run_id", sa.Text, nullable=False, index=True),
    sa.Column("undo_run_id", sa.Text, nullable=False, unique=True),
    link("user_id", nullable=False),
    sa.Column("time", DateTimeMsText, nullable=False),
    sqlite_autoincrement=True,
)
