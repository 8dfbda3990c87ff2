"""Tasks of projects, and the users that they are for."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateText, DateTimeMsText, DateTimeText, Key, flag, key, link, linked_indexes

tasks = sa.Table(
    "tasks",
    metadata,
    key(),
    sa.Column("title", sa.Text, nullable=False),
    link("creator_id", nullable=False),
    sa.Column("description", sa.Text),
    link("project_id", nullable=False),
    link("parent_task_id"),
    flag("done"),
    flag("is_milestone"),
    sa.Column("due_date", DateText),
    sa.Column("start_date", DateText),
    sa.Column("priority", Key),
    sa.Column("marked_as_done_time", DateTimeMsText),
    # The place in the plan of the project.
    link("phase_id"),
    link("group_id"),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sa.Index("ix_tasks_list", "is_deleted", "id", "parent_task_id", "done", "is_milestone"),
    sa.Index("ix_tasks_done", "done", "is_deleted", "id"),
    sa.Index("ix_tasks_project_done", "project_id", "done", "is_deleted", "id"),
    sa.Index("ix_tasks_phase_id", "phase_id"),
    *linked_indexes("tasks", ("project_id", "parent_task_id")),
    sqlite_autoincrement=True,
)

task_assignees = sa.Table(
    "task_assignees",
    metadata,
    sa.Column("task_id", Key, primary_key=True, autoincrement=False),
    sa.Column("user_id", Key, primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, nullable=False),
    # As the task has it, so that an index leads to what a user has still to do.
    flag("done"),
    sa.Index("ix_task_assignees_user_id", "user_id", "task_id"),
    sa.Index("ix_task_assignees_done", "user_id", "done", "task_id"),
)
