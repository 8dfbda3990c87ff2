"""The manifests of apps that are messengers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the column."""
    op.add_column("oauth_apps", sa.Column("messaging_manifest", sa.Text))
