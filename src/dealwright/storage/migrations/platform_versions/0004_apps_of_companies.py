"""Which company has registered an app, and when API tokens were made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")


def upgrade() -> None:
    """Adds the columns. The apps that there are were registered by the operator, and stay the operator's."""
    op.add_column("oauth_apps", sa.Column("company_id", KEY))
    op.add_column("api_tokens", sa.Column("add_time", TIME))
