"""Teams, and their members."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, Key, flag, key, link

teams = sa.Table(
    "teams",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    link("manager_id", nullable=False),
    flag("is_active", default=True),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    link("created_by_user_id", nullable=False),
    sqlite_autoincrement=True,
)

team_members = sa.Table(
    "team_members",
    metadata,
    sa.Column("team_id", Key, primary_key=True),
    sa.Column("user_id", Key, primary_key=True),
)
