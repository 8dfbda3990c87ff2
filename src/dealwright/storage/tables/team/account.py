"""What a company has booked, what its users have set and connected, and their links to apps for video calls."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, JsonText, Key, link

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

user_provider_links = sa.Table(
    "user_provider_links",
    metadata,
    # The app for video calls chooses it.
    sa.Column("user_provider_id", sa.Text, primary_key=True),
    link("user_id", nullable=False),
    sa.Column("client_id", sa.Text, nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
)
