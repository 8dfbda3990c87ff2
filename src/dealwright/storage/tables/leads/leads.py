"""Leads and the labels that they may carry."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.sort_indexes import add_sort_indexes
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import (
    DateText,
    DateTimeMsText,
    DateTimeText,
    JsonText,
    Key,
    Number,
    flag,
    key,
    link,
    linked_indexes,
    where_linked,
)

leads = sa.Table(
    "leads",
    metadata,
    key(),
    # The id of a lead in the API.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("title", sa.Text, nullable=False),
    link("owner_id", nullable=False),
    link("creator_id", nullable=False),
    # The UUIDs of labels.
    sa.Column("label_ids", JsonText, nullable=False),
    link("person_id"),
    link("organization_id"),
    # The value of the lead: both or neither.
    sa.Column("value", Number),
    sa.Column("currency", sa.Text),
    sa.Column("expected_close_date", DateText),
    sa.Column("source_name", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("origin_id", sa.Text),
    sa.Column("channel", Key),
    sa.Column("channel_id", sa.Text),
    flag("is_archived"),
    flag("was_seen"),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("visible_to", sa.Integer, nullable=False),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sa.Column("custom_fields", JsonText, nullable=False),
    link("next_activity_id"),
    # The deal that it was made of.
    link("source_deal_id"),
    sa.Index("ix_leads_owner", "owner_id", "id"),
    sa.Index("ix_leads_update_time", "update_time", "id"),
    # Archived leads have a list of their own.
    sa.Index("ix_leads_archived", "is_archived", "is_deleted", "id"),
    *linked_indexes("leads", ("person_id", "organization_id"), ("is_archived",)),
    sa.Index("ix_leads_source_deal_id", "source_deal_id", "is_deleted", **where_linked("source_deal_id")),
    sqlite_autoincrement=True,
)

add_sort_indexes(
    leads,
    ("title", "value", "expected_close_date", "add_time", "update_time", "next_activity_id"),
    flags=(),
    prefix=("is_archived", "is_deleted"),
)

lead_labels = sa.Table(
    "lead_labels",
    metadata,
    key(),
    # The id of a label in the API.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("color", sa.Text, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sqlite_autoincrement=True,
)
