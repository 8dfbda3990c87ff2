"""What a company has booked, and what its users have set and connected."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import JsonText, Key

addons = sa.Table("addons", metadata, sa.Column("code", sa.Text, primary_key=True))

user_settings = sa.Table(
    "user_settings",
    metadata,
    sa.Column("user_id", Key, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", JsonText, nullable=False),
)

user_connections = sa.Table(
    "user_connections",
    metadata,
    sa.Column("user_id", Key, primary_key=True),
    # google
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("account_id", sa.Text, nullable=False),
)
