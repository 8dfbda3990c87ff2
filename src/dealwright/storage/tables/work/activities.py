"""Activities, their participants, their types, and how many of them records have."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.sort_indexes import add_sort_indexes
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import (
    DateText,
    DateTimeText,
    JsonText,
    Key,
    count,
    count_revisions,
    flag,
    key,
    link,
    linked_indexes,
    revision,
    where_linked,
)

activities = sa.Table(
    "activities",
    metadata,
    key(),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    link("owner_id", nullable=False),
    link("creator_user_id", nullable=False),
    link("update_user_id"),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    link("deal_id"),
    sa.Column("lead_id", sa.Text),
    link("person_id"),
    link("org_id"),
    link("project_id"),
    sa.Column("due_date", DateText),
    # HH:MM:SS in UTC; null for the whole day.
    sa.Column("due_time", sa.Text),
    sa.Column("duration", sa.Text),
    flag("busy"),
    flag("done"),
    sa.Column("marked_as_done_time", DateTimeText),
    sa.Column("location", JsonText),
    sa.Column("attendees", JsonText, nullable=False),
    sa.Column("conference_meeting_client", sa.Text),
    sa.Column("conference_meeting_url", sa.Text),
    sa.Column("conference_meeting_id", sa.Text),
    sa.Column("public_description", sa.Text),
    sa.Column("priority", Key),
    sa.Column("note", sa.Text),
    revision(),
    # The place in the plan of the project.
    link("project_phase_id"),
    link("project_group_id"),
    sa.Index("ix_activities_owner", "owner_id", "done", "due_date"),
    sa.Index("ix_activities_owner_id", "owner_id", "is_deleted", "id", "done", "type"),
    sa.Index("ix_activities_update_time", "update_time", "id"),
    # With what goals count, so that they need not read the activities.
    sa.Index("ix_activities_add_time", "add_time", "id", "is_deleted", "owner_id", "type"),
    sa.Index(
        "ix_activities_done_time",
        *("marked_as_done_time", "is_deleted", "owner_id", "type", "done"),
        **where_linked("marked_as_done_time"),
    ),
    *linked_indexes("activities", ("project_id", "project_phase_id")),
    *linked_indexes(
        "activities",
        ("deal_id", "lead_id", "person_id", "org_id"),
        ("update_time", "add_time", "due_date"),
        covering=("done", "owner_id", "type"),
    ),
    # For the next and the last activity of a record.
    *(
        sa.Index(
            f"ix_activities_{link}_next",
            *(link, "is_deleted", "done", "due_date"),
            sa.text("coalesce(due_time, '00:00:00')"),
            "id",
            **where_linked(link),
        )
        for link in ("deal_id", "lead_id", "person_id", "org_id")
    ),
    # For flows.
    *(
        sa.Index(
            f"ix_activities_{link}_done",
            *(link, "is_deleted", "done"),
            sa.text("coalesce(marked_as_done_time, add_time)"),
            "id",
            **where_linked(link),
        )
        for link in ("deal_id", "org_id")
    ),
    sqlite_autoincrement=True,
)
count_revisions(activities)
add_sort_indexes(activities, ("due_date",), flags=("is_deleted",))

activity_participants = sa.Table(
    "activity_participants",
    metadata,
    sa.Column("activity_id", Key, primary_key=True, autoincrement=False),
    sa.Column("person_id", Key, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, nullable=False),
    flag("is_primary"),
    # Those of the activity, so that indexes lead to a person's next and last one, and its activities can be counted.
    flag("is_deleted"),
    flag("done"),
    sa.Column("due_date", DateText),
    sa.Column("due_time", sa.Text),
    sa.Column("marked_as_done_time", DateTimeText),
    sa.Column("add_time", DateTimeText),
    link("owner_id"),
    sa.Column("type", sa.Text),
    sa.Index("ix_activity_participants_person_id", "person_id", "is_deleted", "activity_id", "done"),
    sa.Index(
        "ix_activity_participants_next",
        *("person_id", "is_deleted", "done", "due_date"),
        sa.text("coalesce(due_time, '00:00:00')"),
        "activity_id",
    ),
    sa.Index(
        "ix_activity_participants_done",
        *("person_id", "is_deleted", "done"),
        sa.text("coalesce(marked_as_done_time, add_time)"),
        "activity_id",
    ),
    # For those that a user may not see although the person is visible.
    sa.Index(
        "ix_activity_participants_others",
        *("person_id", "is_deleted", "is_primary", "owner_id", "activity_id"),
        sqlite_where=sa.text("is_primary = 0"),
        postgresql_where=sa.text("is_primary = false"),
    ),
)

activity_counts = sa.Table(
    "activity_counts",
    metadata,
    sa.Column("object", sa.Text, primary_key=True),
    sa.Column("record_id", Key, primary_key=True, autoincrement=False),
    sa.Column("owner_id", Key, primary_key=True, autoincrement=False),
    sa.Column("type", sa.Text, primary_key=True),
    sa.Column("done", sa.Boolean(), primary_key=True),
    # Of a person: whether it is the primary participant. An activity has no other links than its own to the rest.
    sa.Column("is_primary", sa.Boolean(), primary_key=True),
    # Zero stays, so that writers side by side need not look.
    count("number"),
)

activity_types = sa.Table(
    "activity_types",
    metadata,
    key(),
    sa.Column("order_nr", sa.Integer, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key_string", sa.Text, nullable=False, unique=True),
    sa.Column("icon_key", sa.Text, nullable=False),
    sa.Column("color", sa.Text),
    flag("is_active", default=True),
    flag("is_custom"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)
