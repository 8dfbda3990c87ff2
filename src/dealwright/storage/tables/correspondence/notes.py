"""Notes and the comments under them."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.sort_indexes import add_sort_indexes
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, DateTimeText, Key, flag, key, link, linked_indexes, where_linked

notes = sa.Table(
    "notes",
    metadata,
    key(),
    sa.Column("content", sa.Text, nullable=False),
    link("user_id", nullable=False),
    link("last_update_user_id"),
    link("deal_id"),
    link("person_id"),
    link("org_id"),
    sa.Column("lead_id", sa.Text),
    link("project_id"),
    flag("pinned_to_deal_flag"),
    flag("pinned_to_person_flag"),
    flag("pinned_to_organization_flag"),
    flag("pinned_to_lead_flag"),
    flag("pinned_to_project_flag"),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    link("task_id"),
    flag("pinned_to_task_flag"),
    sa.Index("ix_notes_update_time", "update_time", "id"),
    *linked_indexes(
        "notes", ("deal_id", "person_id", "org_id", "lead_id", "project_id", "task_id"), ("add_time", "update_time")
    ),
    sqlite_autoincrement=True,
)

add_sort_indexes(notes, ("add_time",), flags=("is_deleted",))

note_comments = sa.Table(
    "note_comments",
    metadata,
    sa.Column("uuid", sa.Text, primary_key=True),
    sa.Column("note_id", Key, nullable=False, index=True),
    sa.Column("content", sa.Text, nullable=False),
    link("user_id", nullable=False),
    link("updater_id"),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText),
    # Those of the note, so that indexes lead to the newest comments on the notes of a record.
    link("deal_id"),
    link("person_id"),
    link("org_id"),
    *(
        sa.Index(f"ix_note_comments_{link}", link, "is_deleted", "add_time", **where_linked(link))
        for link in ("deal_id", "person_id", "org_id")
    ),
)
