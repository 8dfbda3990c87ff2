"""Webhooks, what has happened that they are told about, and how telling them went."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import JsonText, Key, Moment3, count, flag, key, link

webhooks = sa.Table(
    "webhooks",
    metadata,
    key(),
    # Who made it, who may see what it is told, and for whom it is looked after.
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
    # The client id of the app that made it.
    sa.Column("app", sa.Text),
    sa.Column("http_auth_user", sa.Text),
    sa.Column("http_auth_password", sa.Text),
    # What deliveries are signed with; null for not at all.
    sa.Column("secret", sa.Text),
    flag("is_active", default=True),
    sa.Column("add_time", Moment3, nullable=False),
    sa.Column("remove_time", Moment3),
    sa.Column("remove_reason", sa.Text),
    sqlite_autoincrement=True,
)

# How webhooks fare. It changes with every delivery, so it is no part of what processes keep in memory.
webhook_states = sa.Table(
    "webhook_states",
    metadata,
    sa.Column("webhook_id", Key, primary_key=True, autoincrement=False),
    sa.Column("last_delivery_time", Moment3),
    sa.Column("last_http_status", sa.Integer),
    # First attempts that failed since the last one that did not.
    count("failures"),
    # The first delivery of all that failed since the last one that did not.
    sa.Column("failing_since", Moment3),
    sa.Column("banned_until", Moment3),
)

webhook_events = sa.Table(
    "webhook_events",
    metadata,
    key(),
    sa.Column("time", Moment3, nullable=False),
    # The same for everything that happened in one request.
    sa.Column("correlation_id", sa.Text, nullable=False),
    link("actor_user_id", nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("record_id", Key, nullable=False),
    # create, change, delete, merge
    sa.Column("action", sa.Text, nullable=False),
    # With which record it was merged.
    link("merged_id"),
    flag("is_bulk"),
    # app or api
    sa.Column("source", sa.Text, nullable=False),
    # Who saw the record then.
    sa.Column("permitted_user_ids", JsonText, nullable=False),
    # The record before and after, column by column, with what lies in tables of its own.
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
    sa.Column("add_time", Moment3, nullable=False),
    # waiting, delivered, failed, lost
    sa.Column("state", sa.Text, nullable=False),
    count("attempts"),
    # Of the last attempt: when it ended, what was answered, and what went wrong.
    sa.Column("time", Moment3),
    sa.Column("http_status", sa.Integer),
    sa.Column("error", sa.Text),
    sa.Index("ix_webhook_deliveries_webhook", "webhook_id", "id"),
    sqlite_autoincrement=True,
)
