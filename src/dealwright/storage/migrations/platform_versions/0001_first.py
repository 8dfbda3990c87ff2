"""The platform's own tables as they were before they had versions: an older platform has all of them, or some."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")
DATE = sa.Text().with_variant(sa.Date(), "postgresql")


def upgrade() -> None:
    """Makes the tables and indexes that are missing."""
    _make(
        "companies",
        sa.Column("id", KEY, primary_key=True),
        sa.Column("domain", sa.Text, nullable=False, unique=True),
        sqlite_autoincrement=True,
    )
    _make(
        "api_tokens",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("company_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.UniqueConstraint("company_id", "user_id"),
    )
    _make(
        "oauth_apps",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("client_id", sa.Text, nullable=False, unique=True),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("sealed_secret", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("redirect_uris", sa.Text, nullable=False),
        sa.Column("uninstall_url", sa.Text),
        sa.Column("add_time", TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    _make(
        "oauth_codes",
        sa.Column("code_hash", sa.Text, primary_key=True),
        sa.Column("app_id", KEY, nullable=False),
        sa.Column("company_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("redirect_uri", sa.Text, nullable=False),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("code_challenge", sa.Text),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("grant_id", KEY),
    )
    _make(
        "oauth_grants",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("app_id", KEY, nullable=False),
        sa.Column("company_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("refresh_hash", sa.Text, nullable=False, unique=True),
        sa.Column("scopes", sa.Text, nullable=False),
        sa.Column("add_time", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_oauth_grants_app_id", "oauth_grants", ["app_id"], if_not_exists=True)
    _make(
        "oauth_access_tokens",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("grant_id", KEY, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    op.create_index("ix_oauth_access_tokens_grant_id", "oauth_access_tokens", ["grant_id"], if_not_exists=True)
    _make(
        "logins",
        sa.Column("company_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("user_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
    )
    op.create_index("ix_logins_email", "logins", ["email"], if_not_exists=True)
    _make(
        "login_failures",
        sa.Column("id", KEY, primary_key=True, autoincrement=True),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("time", TIME, nullable=False),
    )
    op.create_index("ix_login_failures_subject", "login_failures", ["subject"], if_not_exists=True)
    _make(
        "browser_sessions",
        sa.Column("token_hash", sa.Text, primary_key=True),
        sa.Column("users", sa.Text, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
    )
    _make(
        "token_spending",
        sa.Column("company_id", KEY, primary_key=True, autoincrement=False),
        sa.Column("day", DATE, primary_key=True),
        sa.Column("tokens", sa.BigInteger, nullable=False),
    )


def _make(name: str, *columns: sa.schema.SchemaItem, **options: bool) -> None:
    op.create_table(name, *columns, if_not_exists=True, **options)
