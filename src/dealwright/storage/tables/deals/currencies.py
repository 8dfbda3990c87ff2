"""Currencies that amounts may be in."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import flag, key

currencies = sa.Table(
    "currencies",
    metadata,
    key(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("symbol", sa.Text, nullable=False),
    sa.Column("decimal_points", sa.Integer, nullable=False),
    flag("is_active", default=True),
    flag("is_custom"),
    sqlite_autoincrement=True,
)
