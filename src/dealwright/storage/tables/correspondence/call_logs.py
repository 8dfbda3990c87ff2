"""Calls that were made or received."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, Key, flag, key, link, linked_indexes

call_logs = sa.Table(
    "call_logs",
    metadata,
    key(),
    # The id of a call in the API.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    link("user_id", nullable=False),
    # The activity that stands for the call, and what it was about.
    link("activity_id"),
    link("deal_id"),
    link("person_id"),
    link("org_id"),
    sa.Column("lead_id", sa.Text),
    sa.Column("subject", sa.Text),
    sa.Column("outcome", sa.Text, nullable=False),
    # In seconds.
    sa.Column("duration", Key, nullable=False),
    sa.Column("from_phone_number", sa.Text),
    sa.Column("to_phone_number", sa.Text, nullable=False),
    sa.Column("start_time", DateTimeText, nullable=False),
    sa.Column("end_time", DateTimeText, nullable=False),
    sa.Column("note", sa.Text),
    # The file with the sound of the call, which is on the activity.
    link("recording_id"),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Index("ix_call_logs_user_id", "user_id", "is_deleted", "id"),
    *linked_indexes("call_logs", ("deal_id", "person_id", "org_id", "lead_id", "activity_id", "recording_id")),
    sqlite_autoincrement=True,
)
