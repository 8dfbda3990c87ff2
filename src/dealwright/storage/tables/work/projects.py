"""Projects, what they are linked to and how they are divided; boards with their phases, and templates."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import (
    DateText,
    DateTimeMsText,
    DateTimeText,
    JsonText,
    Key,
    flag,
    key,
    link,
    where_linked,
)

project_boards = sa.Table(
    "project_boards",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("order_nr", sa.Integer, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)

project_phases = sa.Table(
    "project_phases",
    metadata,
    key(),
    link("board_id", nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("order_nr", sa.Integer, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)

project_templates = sa.Table(
    "project_templates",
    metadata,
    key(),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    link("projects_board_id", nullable=False),
    link("owner_id", nullable=False),
    # The groups, tasks and activities that a project gets from it (`crm.work.project_templates`).
    sa.Column("contents", JsonText, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sa.Index("ix_project_templates_list", "is_deleted", "id"),
    sqlite_autoincrement=True,
)

projects = sa.Table(
    "projects",
    metadata,
    key(),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("status_change_time", DateTimeMsText),
    link("board_id", nullable=False),
    link("phase_id", nullable=False),
    link("owner_id", nullable=False),
    sa.Column("start_date", DateText),
    sa.Column("end_date", DateText),
    sa.Column("label_ids", JsonText, nullable=False),
    sa.Column("health_status", sa.Integer),
    flag("is_archived"),
    sa.Column("archive_time", DateTimeMsText),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("visible_to", sa.Integer, nullable=False),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sa.Column("custom_fields", JsonText, nullable=False),
    # With the columns that lists filter by, so that the projects before a page need not be read.
    sa.Index("ix_projects_list", "is_archived", "is_deleted", "id", "status"),
    sa.Index("ix_projects_board", "board_id", "is_archived", "is_deleted", "id", "status"),
    sa.Index("ix_projects_phase", "phase_id", "is_archived", "is_deleted", "id", "status"),
    sa.Index("ix_projects_owner", "owner_id", "is_deleted", "id"),
    sa.Index("ix_projects_update_time", "update_time", "id"),
    sqlite_autoincrement=True,
)

LINKS = ("deal_id", "person_id", "org_id")
"""The columns of a link, of which each row has one."""

project_links = sa.Table(
    "project_links",
    metadata,
    key(),
    sa.Column("project_id", Key, nullable=False),
    *(link(name) for name in LINKS),
    sa.Index("ix_project_links_project_id", "project_id", "id"),
    *(sa.Index(f"ix_project_links_{name}", name, "project_id", unique=True, **where_linked(name)) for name in LINKS),
    sqlite_autoincrement=True,
)

project_groups = sa.Table(
    "project_groups",
    metadata,
    key(),
    sa.Column("project_id", Key, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("order_nr", sa.Integer, nullable=False),
    sqlite_autoincrement=True,
)
