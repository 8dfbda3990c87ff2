"""Leads and the labels that they may carry."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import Day, JsonText, Key, Moment, Moment3, Number, flag, key, link

leads = sa.Table(
    "leads",
    metadata,
    key(),
    # What the API calls a lead by.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    link("owner_id", nullable=False),
    link("creator_id", nullable=False),
    # The UUIDs of labels.
    sa.Column("label_ids", JsonText, nullable=False),
    link("person_id", index=True),
    link("organization_id", index=True),
    # What the lead may be worth: both or neither.
    sa.Column("value", Number),
    sa.Column("currency", sa.Text),
    sa.Column("expected_close_date", Day),
    sa.Column("source_name", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("origin_id", sa.Text),
    sa.Column("channel", Key),
    sa.Column("channel_id", sa.Text),
    flag("is_archived"),
    flag("was_seen"),
    flag("is_deleted"),
    sa.Column("delete_time", Moment),
    sa.Column("visible_to", sa.Integer, nullable=False),
    sa.Column("add_time", Moment3, nullable=False),
    sa.Column("update_time", Moment3, nullable=False),
    sa.Column("custom_fields", JsonText, nullable=False),
    link("next_activity_id"),
    sa.Index("ix_leads_owner", "owner_id", "id"),
    sa.Index("ix_leads_update_time", "update_time", "id"),
    sqlite_autoincrement=True,
)

lead_labels = sa.Table(
    "lead_labels",
    metadata,
    key(),
    # What the API calls a label by.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("color", sa.Text, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", Moment3, nullable=False),
    sa.Column("update_time", Moment3, nullable=False),
    sqlite_autoincrement=True,
)
