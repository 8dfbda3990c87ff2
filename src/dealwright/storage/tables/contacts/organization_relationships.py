"""Relationships between organizations."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, Key, flag, key

organization_relationships = sa.Table(
    "organization_relationships",
    metadata,
    key(),
    # parent: the owner is the parent of the linked one; related
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("rel_owner_org_id", Key, nullable=False, index=True),
    sa.Column("rel_linked_org_id", Key, nullable=False, index=True),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sqlite_autoincrement=True,
)
