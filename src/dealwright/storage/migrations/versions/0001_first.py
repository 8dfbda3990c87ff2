"""The tables of the first version."""

from __future__ import annotations

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Makes every table, as they were when this version was made."""
    connection = op.get_bind()
    statements = Path(__file__).with_name(f"0001_first.{connection.dialect.name}.sql").read_text()
    if connection.dialect.name == "postgresql":
        # psycopg reads a per cent sign as the beginning of a parameter.
        statements = statements.replace("%", "%%")
    for statement in statements.split("-- next\n"):
        connection.exec_driver_sql(statement)
