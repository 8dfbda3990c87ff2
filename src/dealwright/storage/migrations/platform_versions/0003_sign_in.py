"""Sessions with their users in a table of their own, links that sign in once, and second factors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")


def upgrade() -> None:
    """Makes the tables. Sessions last some hours, so that those that there are end with the upgrade."""
    op.drop_table("browser_sessions")
    op.create_table(
        "browser_sessions",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("token_hash", sa.Text, nullable=False, unique=True),
        sa.Column("company_id", KEY),
        sa.Column("add_time", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text),
        sa.Column("awaits_code", sa.Boolean, nullable=False, server_default=sa.false()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "browser_session_users",
        sa.Column("session_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("company_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("user_id", KEY, primary_key=True, autoincrement=False),
    )
    op.create_index("ix_browser_session_users_user", "browser_session_users", ["company_id", "user_id"])
    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("company_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    op.create_index("ix_sign_in_links_user", "sign_in_links", ["company_id", "user_id"])
    op.create_table(
        "second_factors",
        sa.Column("company_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("user_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("sealed_secret", sa.Text, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("last_step", sa.BigInteger),
        sa.Column("add_time", TIME, nullable=False),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("company_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("user_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("code_hash", sa.Text, primary_key=True),
    )
    op.create_table(
        "sign_in_rules",
        sa.Column("company_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("second_factor_required", sa.Boolean, nullable=False, server_default=sa.false()),
    )
