"""Stages of pipelines."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, flag, key, link

stages = sa.Table(
    "stages",
    metadata,
    key(),
    link("pipeline_id", nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("order_nr", sa.Integer, nullable=False),
    flag("is_deleted"),
    sa.Column("deal_probability", sa.Integer, nullable=False),
    flag("is_deal_rot_enabled"),
    sa.Column("days_to_rotten", sa.Integer),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)
