"""Filters: saved conditions that narrow lists."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, JsonText, flag, key, link

filters = sa.Table(
    "filters",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    # deals, leads, org, people, products, activity
    sa.Column("type", sa.Text, nullable=False),
    link("owner_id", nullable=False, index=True),
    # 1: the owner alone, 7: everyone
    sa.Column("visible_to", sa.Integer, nullable=False),
    flag("is_temporary"),
    flag("is_deleted"),
    # {"glue": "and", "conditions": [{"glue": "and", "conditions": […]}, {"glue": "or", "conditions": […]}]}
    sa.Column("conditions", JsonText, nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sqlite_autoincrement=True,
)
