"""Users, roles, permission sets and followers."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, JsonText, Key, flag, key, link

users = sa.Table(
    "users",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("phone", sa.Text),
    sa.Column("default_currency", sa.Text, nullable=False),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("lang", sa.Integer, nullable=False),
    sa.Column("language_code", sa.Text, nullable=False),
    sa.Column("country_code", sa.Text, nullable=False),
    sa.Column("timezone_name", sa.Text, nullable=False),
    sa.Column("icon_url", sa.Text),
    flag("activated"),
    flag("is_active", default=True),
    flag("is_deleted"),
    flag("has_created_company"),
    # Apps and rights: [{"app": "sales", "admin": true, "permission_set_id": "…"}]
    sa.Column("access", JsonText, nullable=False),
    link("role_id", nullable=False),
    sa.Column("last_login", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)

roles = sa.Table(
    "roles",
    metadata,
    key(),
    link("parent_role_id"),
    sa.Column("name", sa.Text, nullable=False),
    flag("is_active", default=True),
    # {"deal_default_visibility": 3, …}
    sa.Column("settings", JsonText, nullable=False),
    sa.Column("hidden_pipeline_ids", JsonText, nullable=False),
    sqlite_autoincrement=True,
)

permission_sets = sa.Table(
    "permission_sets",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text, nullable=False),
    sa.Column("app", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("contents", JsonText, nullable=False),
)

followers = sa.Table(
    "followers",
    metadata,
    key(),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", Key, nullable=False),
    sa.Column("user_id", Key, nullable=False, index=True),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.UniqueConstraint("object", "record_id", "user_id"),
    sqlite_autoincrement=True,
)
