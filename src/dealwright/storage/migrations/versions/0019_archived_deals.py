"""Indexes of archived deals alone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

INDEXES = {
    "": "id",
    **{f"_{time}": f"{time}, id" for time in ("add_time", "update_time")},
    **{f"_{link}": f"{link}, is_archived, status, id" for link in ("pipeline_id", "stage_id", "owner_id")},
    **{
        f"_{link}{name}": f"{link}, is_archived, is_deleted{columns}, id"
        for link in ("person_id", "org_id")
        for name, columns in (("", ""), ("_add_time", ", add_time"), ("_update_time", ", update_time"))
    },
}
"""The end of the name and the columns of each."""


def upgrade() -> None:
    """Creates them."""
    db = op.get_bind()
    archived = "1" if db.dialect.name == "sqlite" else "true"
    for name, columns in INDEXES.items():
        db.execute(sa.text(f"CREATE INDEX ix_deals_archived{name} ON deals ({columns}) WHERE is_archived = {archived}"))
