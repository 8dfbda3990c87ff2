"""The tables of a company. No column says which company: a company is a database of its own."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "uq": "uq_%(table_name)s_%(column_0_N_name)s"}
)

# Which version of these tables a company has (see `storage.migrations`).
sa.Table("alembic_version", metadata, sa.Column("version_num", sa.String(32), primary_key=True))
