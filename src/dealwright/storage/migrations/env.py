"""The environment in which Alembic runs migrations: one database, in a transaction that is open already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from dealwright.storage.tables.integration.search import NOT_IN_METADATA

config = context.config
connection: sa.Connection = config.attributes["connection"]

# All versions that are missing lead from the old state to the new one together: the transaction is not Alembic's.
context.configure(
    connection=connection,
    target_metadata=config.attributes["metadata"],
    version_table_schema=None,
    render_as_batch=True,
    include_name=lambda name, *_: not (name or "").startswith(NOT_IN_METADATA),
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
