"""Webhooks, their events, and the deliveries of these."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, Key, count, flag, key, link

webhooks = sa.Table(
    "webhooks",
    metadata,
    key(),
    # The user that created it, the user whose visibility limits its events, and the user that administers it.
    link("owner_id", nullable=False),
    link("user_id", nullable=False),
    link("admin_id", nullable=False),
    # create, change, delete, added, updated, deleted, merged or *
    sa.Column("event_action", sa.Text, nullable=False),
    sa.Column("event_object", sa.Text, nullable=False),
    sa.Column("subscription_url", sa.Text, nullable=False),
    # 1.0 or 2.0
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("name", sa.Text),
    # general, application, automation
    sa.Column("type", sa.Text, nullable=False),
    # The client id of the app that created it.
    sa.Column("app", sa.Text),
    sa.Column("http_auth_user", sa.Text),
    # Encrypted (`storage.encryption`): the password, and the key that signs deliveries; null for none.
    sa.Column("sealed_http_auth_password", sa.Text),
    sa.Column("sealed_secret", sa.Text),
    flag("is_active", default=True),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("remove_time", DateTimeMsText),
    sa.Column("remove_reason", sa.Text),
    sqlite_autoincrement=True,
)

# The success of webhooks. It changes with every delivery, so it is not in the webhooks that processes cache.
webhook_states = sa.Table(
    "webhook_states",
    metadata,
    sa.Column("webhook_id", Key, primary_key=True, autoincrement=False),
    sa.Column("last_delivery_time", DateTimeMsText),
    sa.Column("last_http_status", sa.Integer),
    # First attempts that failed since the last one that succeeded.
    count("failures"),
    # The time of the first failure since the last success.
    sa.Column("failing_since", DateTimeMsText),
    sa.Column("banned_until", DateTimeMsText),
)

webhook_events = sa.Table(
    "webhook_events",
    metadata,
    key(),
    sa.Column("time", DateTimeMsText, nullable=False),
    # The same for all events of one request.
    sa.Column("correlation_id", sa.Text, nullable=False),
    link("actor_user_id", nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", Key, nullable=False),
    # create, change, delete, merge
    sa.Column("action", sa.Text, nullable=False),
    # The record that it was merged with.
    link("merged_id"),
    flag("is_bulk"),
    # app or api
    sa.Column("source", sa.Text, nullable=False),
    # The users that could see the record then.
    sa.Column("permitted_user_ids", JsonText, nullable=False),
    # The record before and after, column by column, with its parts from other tables.
    sa.Column("before", JsonText),
    sa.Column("after", JsonText),
    sa.Index("ix_webhook_events_time", "time"),
    sqlite_autoincrement=True,
)

webhook_deliveries = sa.Table(
    "webhook_deliveries",
    metadata,
    key(),
    sa.Column("uuid", sa.Text, nullable=False),
    link("webhook_id", nullable=False),
    link("event_id", nullable=False, index=True),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    # waiting, delivered, failed, lost
    sa.Column("state", sa.Text, nullable=False),
    count("attempts"),
    # Of the last attempt: the time it ended, the HTTP status, and the error.
    sa.Column("time", DateTimeMsText),
    sa.Column("http_status", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Index("ix_webhook_deliveries_webhook", "webhook_id", "id"),
    sqlite_autoincrement=True,
)
