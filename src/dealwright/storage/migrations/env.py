"""The environment in which Alembic runs a migration: one company's database, in one transaction."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from dealwright.storage.tables import metadata
from dealwright.storage.tables.integration.search import NOT_IN_METADATA

config = context.config
connection: sa.Connection = config.attributes["connection"]
schema: str | None = config.attributes["schema"]

if schema is not None:
    connection.execute(sa.text(f'set search_path to "{schema}"'))
    connection.commit()
    connection.dialect.default_schema_name = schema

context.configure(
    connection=connection,
    target_metadata=metadata,
    version_table_schema=None,
    render_as_batch=True,
    include_name=lambda name, *_: not (name or "").startswith(NOT_IN_METADATA),
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
