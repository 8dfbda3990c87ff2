"""Connections of a company: to other services, and to this CRM itself."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, flag, key, link

connections = sa.Table(
    "connections",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    # The name without case, which no two connections share.
    sa.Column("name_key", sa.Text, nullable=False, unique=True),
    # pipedrive; server, at any address; here, this CRM
    sa.Column("kind", sa.Text, nullable=False),
    # oauth, token; session, for this CRM
    sa.Column("authentication", sa.Text, nullable=False),
    # Null for the one that every company has.
    link("owner_id"),
    flag("is_shared"),
    sa.Column("url", sa.Text),
    flag("allow_plain_http"),
    # In seconds.
    sa.Column("timeout", sa.Double()),
    # all, read or chosen
    sa.Column("permits", sa.Text, nullable=False),
    # With chosen: ["v2.get_deals", …]
    sa.Column("chosen_actions", JsonText, nullable=False),
    # Encrypted (`storage.encryption`): the token, or the grant with the secret of its app.
    sa.Column("sealed_token", sa.Text),
    sa.Column("sealed_grant", sa.Text),
    # The consent that gave the grant: it stays the same while tokens are renewed.
    sa.Column("authorization_id", sa.Text),
    sa.Column("client_id", sa.Text),
    # untested, connected, expired or failing
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("state_reason", sa.Text),
    sa.Column("state_time", DateTimeMsText),
    # When the access token expires, unless it is renewed.
    sa.Column("expire_time", DateTimeMsText),
    # ["deals:full", …]; null when they are not known
    sa.Column("scopes", JsonText),
    # On the other side: {"user_id": 1, "user_name": "…", "user_email": "…", "company_id": 2, "company_name": "…", "company_domain": "…"}
    sa.Column("account", JsonText),
    # Tokens of the daily budget: {"day": "2026-01-31", "spent": 10, "requests": 2, "limit": …, "remaining": …, "told_at": "…"}
    sa.Column("budget", JsonText),
    # Who renews the tokens, and until when nobody else does.
    sa.Column("refresh_holder", sa.Text),
    sa.Column("refresh_until", DateTimeMsText),
    sa.Column("last_use_time", DateTimeMsText),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sqlite_autoincrement=True,
)

# Consents that were asked for, until the browser comes back.
connection_consents = sa.Table(
    "connection_consents",
    metadata,
    sa.Column("state_hash", sa.Text, primary_key=True),
    link("user_id", nullable=False),
    # Of the session of the browser that may come back with it.
    sa.Column("session_hash", sa.Text, nullable=False),
    # Encrypted: the app with its secret, the verifier, and the connection that is to be.
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("expire_time", DateTimeMsText, nullable=False),
)
