"""The metadata of a company's tables. No column names the company: each has a database of its own."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

# The version of a company's tables (see `storage.migrations`).
sa.Table("alembic_version", metadata, sa.Column("version_num", sa.String(32), primary_key=True))
