"""Apps that register themselves, what tokens are for, and the refresh tokens that were replaced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Adds the columns. All tokens that there are were given for the API."""
    op.add_column("oauth_apps", sa.Column("registration", sa.Text))
    op.add_column("oauth_codes", sa.Column("resource", sa.Text))
    op.add_column("oauth_grants", sa.Column("resource", sa.Text))
    op.add_column("oauth_grants", sa.Column("previous_refresh_hash", sa.Text))
    op.create_index("ix_oauth_grants_previous_refresh_hash", "oauth_grants", ["previous_refresh_hash"])
