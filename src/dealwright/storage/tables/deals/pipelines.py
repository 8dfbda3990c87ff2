"""Pipelines."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, flag, key

pipelines = sa.Table(
    "pipelines",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("order_nr", sa.Integer, nullable=False),
    flag("is_deleted"),
    flag("is_deal_probability_enabled"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)
