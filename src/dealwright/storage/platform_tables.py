"""The platform's own tables: companies, API tokens, OAuth apps and grants, log-ins, daily token usage.

Tokens, codes and the secrets of apps are stored as hashes. They are long and random, so that a fast hash is enough;
passwords are chosen by people and have a slow one. The secret of an app is stored a second time, encrypted with a key
that is not in the database (`encryption`), because it is the password of the notification that the app was uninstalled.
"""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.types import DateText, DateTimeText, Key, flag, key, link

platform_metadata = sa.MetaData()

# Tables from before there were versions have none (see `storage.migrations`).
schema_version = sa.Table(
    "alembic_version", platform_metadata, sa.Column("version_num", sa.String(32), primary_key=True)
)

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
    # Those of older versions do not say.
    sa.Column("add_time", DateTimeText),
    sa.UniqueConstraint("company_id", "user_id"),
)

# Lists are text: scopes with commas between them, redirect URIs with line breaks. `company_id` is the company whose admins
# have registered an app and look after it; the operator's apps have none.
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
    sa.Column("add_time", DateTimeText, nullable=False),
    # Where the app offers the conversations of its messenger, as JSON.
    sa.Column("messaging_manifest", sa.Text),
    link("company_id"),
    # How it came here: null, by hand; dynamic, by itself; document, by the document at its client id.
    sa.Column("registration", sa.Text),
    sqlite_autoincrement=True,
)

# A used code has the id of the grant that it gave.
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
    sa.Column("expires_at", DateTimeText, nullable=False),
    link("grant_id"),
    # What the tokens are for, when they are not for the API.
    sa.Column("resource", sa.Text),
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
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("expires_at", DateTimeText, nullable=False),
    sa.Column("resource", sa.Text),
    # The refresh token before this one, of an app without a secret: whoever comes with it has stolen one of the two.
    sa.Column("previous_refresh_hash", sa.Text, index=True),
    sqlite_autoincrement=True,
)

oauth_access_tokens = sa.Table(
    "oauth_access_tokens",
    platform_metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    link("grant_id", nullable=False, index=True),
    sa.Column("expires_at", DateTimeText, nullable=False),
)

logins = sa.Table(
    "logins",
    platform_metadata,
    sa.Column("company_id", Key, primary_key=True, autoincrement=False),
    sa.Column("user_id", Key, primary_key=True, autoincrement=False),
    sa.Column("email", sa.Text, nullable=False, index=True),
    sa.Column("password_hash", sa.Text, nullable=False),
)

# Failed attempts to log in, by account and by network address.
login_failures = sa.Table(
    "login_failures",
    platform_metadata,
    key(),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("time", DateTimeText, nullable=False),
)

# `company_id` is the one that the browser has chosen among those of its users. One that awaits a code is nobody's yet: the
# password was right, and the second factor is missing.
browser_sessions = sa.Table(
    "browser_sessions",
    platform_metadata,
    key(),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    link("company_id"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("expires_at", DateTimeText, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("user_agent", sa.Text),
    flag("awaits_code"),
    sqlite_autoincrement=True,
)

# The users who signed in with one password: the same person in several companies.
browser_session_users = sa.Table(
    "browser_session_users",
    platform_metadata,
    sa.Column("session_id", Key, primary_key=True, autoincrement=False),
    sa.Column("company_id", Key, primary_key=True, autoincrement=False),
    sa.Column("user_id", Key, primary_key=True, autoincrement=False),
    sa.Index("ix_browser_session_users_user", "company_id", "user_id"),
)

# The second factors of users: the secret that makes codes, encrypted, and the last step of time whose code was used.
second_factors = sa.Table(
    "second_factors",
    platform_metadata,
    sa.Column("company_id", Key, primary_key=True, autoincrement=False),
    sa.Column("user_id", Key, primary_key=True, autoincrement=False),
    sa.Column("sealed_secret", sa.Text, nullable=False),
    flag("is_on"),
    sa.Column("last_step", sa.BigInteger),
    sa.Column("add_time", DateTimeText, nullable=False),
)

# What users who have lost their second factor sign in with, each once.
recovery_codes = sa.Table(
    "recovery_codes",
    platform_metadata,
    sa.Column("company_id", Key, primary_key=True, autoincrement=False),
    sa.Column("user_id", Key, primary_key=True, autoincrement=False),
    sa.Column("code_hash", sa.Text, primary_key=True),
)

# What companies ask of those who sign in. Those without a row ask for nothing.
sign_in_rules = sa.Table(
    "sign_in_rules",
    platform_metadata,
    sa.Column("company_id", Key, primary_key=True, autoincrement=False),
    flag("second_factor_required"),
)

# One-time links. `purpose` is what a link is for: sign_in, password.
sign_in_links = sa.Table(
    "sign_in_links",
    platform_metadata,
    sa.Column("token_hash", sa.Text, primary_key=True),
    sa.Column("purpose", sa.Text, nullable=False),
    link("company_id", nullable=False),
    link("user_id", nullable=False),
    sa.Column("expires_at", DateTimeText, nullable=False),
    sa.Index("ix_sign_in_links_user", "company_id", "user_id"),
)

# The use of companies' daily budgets, which are counted in tokens, too.
token_spending = sa.Table(
    "token_spending",
    platform_metadata,
    sa.Column("company_id", Key, primary_key=True, autoincrement=False),
    sa.Column("day", DateText, primary_key=True),
    sa.Column("tokens", sa.BigInteger, nullable=False),
)
