"""The platform's own tables: companies, API tokens, OAuth apps with what users granted them, log-ins.

Tokens, codes and the secrets of apps are kept as hashes. They are long and random, so that a fast hash is enough;
passwords are people's own, and have a slow one. The secret of an app is here a second time, sealed with a key that is not
(`sealing`), because the app is to hear it when it is uninstalled.
"""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.types import Key, Moment, key, link

platform_metadata = sa.MetaData()

companies = sa.Table(
    "companies",
    platform_metadata,
    sa.Column("id", Key, primary_key=True),
    sa.Column("domain", sa.Text, nullable=False, unique=True),
    sqlite_autoincrement=True,
)

api_tokens = sa.Table(
    "api_tokens",
    platform_metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("company_id", Key, nullable=False),
    sa.Column("user_id", Key, nullable=False),
    sa.UniqueConstraint("company_id", "user_id"),
)

# Lists are text: scopes with commas between them, redirect URIs with line breaks.
oauth_apps = sa.Table(
    "oauth_apps",
    platform_metadata,
    key(),
    sa.Column("client_id", sa.Text, nullable=False, unique=True),
    sa.Column("secret_hash", sa.Text, nullable=False),
    sa.Column("sealed_secret", sa.Text),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("redirect_uris", sa.Text, nullable=False),
    sa.Column("uninstall_url", sa.Text),
    sa.Column("add_time", Moment, nullable=False),
    sqlite_autoincrement=True,
)

# A code that was used names the grant that it gave.
oauth_codes = sa.Table(
    "oauth_codes",
    platform_metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    link("app_id", nullable=False),
    link("company_id", nullable=False),
    link("user_id", nullable=False),
    sa.Column("redirect_uri", sa.Text, nullable=False),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("code_challenge", sa.Text),
    sa.Column("expires_at", Moment, nullable=False),
    link("grant_id"),
)

oauth_grants = sa.Table(
    "oauth_grants",
    platform_metadata,
    key(),
    link("app_id", nullable=False, index=True),
    link("company_id", nullable=False),
    link("user_id", nullable=False),
    sa.Column("refresh_hash", sa.Text, nullable=False, unique=True),
    sa.Column("scopes", sa.Text, nullable=False),
    sa.Column("add_time", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sqlite_autoincrement=True,
)

oauth_access_tokens = sa.Table(
    "oauth_access_tokens",
    platform_metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    link("grant_id", nullable=False, index=True),
    sa.Column("expires_at", Moment, nullable=False),
)

logins = sa.Table(
    "logins",
    platform_metadata,
    sa.Column("company_id", Key, primary_key=True, autoincrement=False),
    sa.Column("user_id", Key, primary_key=True, autoincrement=False),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("password_hash", sa.Text, nullable=False),
)

# Attempts to log in that have not succeeded, by the account or the network address that they were about.
login_failures = sa.Table(
    "login_failures",
    platform_metadata,
    key(),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("time", Moment, nullable=False),
)

# `users` are those whom the password fits, as in `1.1 2.7`: company and user.
browser_sessions = sa.Table(
    "browser_sessions",
    platform_metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("users", sa.Text, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
)
