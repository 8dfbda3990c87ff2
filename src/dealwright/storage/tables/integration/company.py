"""The company itself: one row of settings."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import Key

company = sa.Table(
    "company",
    metadata,
    sa.Column("id", Key, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("domain", sa.Text, nullable=False),
    sa.Column("country", sa.Text, nullable=False),
    sa.Column("industry", sa.Text),
    sa.Column("default_currency", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("visibility_levels", sa.Integer, nullable=False),
    # Counts the changes to data that processes cache: users, roles, fields, pipelines, stages, types, currencies.
    sa.Column("settings_version", sa.Integer, nullable=False),
    # The second of the latest write: writers are never at work in two different ones (`crm.companies`).
    sa.Column("write_time", sa.Text, nullable=False, server_default=""),
    # For how many days it is kept what was run (`crm.integration.runs`).
    sa.Column("run_retention_days", sa.Integer, nullable=False, server_default="90"),
)
