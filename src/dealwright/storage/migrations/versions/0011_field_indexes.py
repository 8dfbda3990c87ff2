"""Indexes of the custom fields of deals that link organizations."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Creates the index of each such field."""
    db = op.get_bind()
    found = sa.text(
        "select key from fields where object = 'deal' and field_type = 'org' and is_custom = :custom and is_deleted = :deleted"
    )
    for key in db.execute(found, {"custom": True, "deleted": False}).scalars():
        path = f"""'$."{key}"'"""
        value = f"json_extract(custom_fields, {path})" if db.dialect.name == "sqlite" else f"(custom_fields -> '{key}')"
        statement = f'create index "ix_deals_{key}" on deals ({value}, id) where {value} is not null'
        db.execute(sa.text(statement.replace(":", "\\:")))
