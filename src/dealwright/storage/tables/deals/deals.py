"""Deals, the stages they went through, and their participants."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.sort_indexes import add_sort_indexes
from dealwright.storage.tables.deals.deal_sums import DDL_STATEMENTS
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import (
    DateText,
    DateTimeText,
    JsonText,
    Key,
    Number,
    WideInteger,
    count,
    count_revisions,
    flag,
    key,
    link,
    linked_indexes,
    revision,
    where_linked,
)

ARCHIVED_INDEXES = (
    *((), ("add_time",), ("update_time",)),
    *((link, "is_archived", "status") for link in ("pipeline_id", "stage_id", "owner_id")),
    *(
        (link, "is_archived", "is_deleted", *sorted_by)
        for link in ("person_id", "org_id")
        for sorted_by in ((), ("add_time",), ("update_time",))
    ),
)
"""What lists of archived deals begin with, as the columns of indexes before the id.

``is_archived`` is the same in all of their rows: with it SQLite prefers them to those of all deals.
"""
_UNNAMED = ("is_archived", "is_deleted", "status")

GOAL_COLUMNS = ("is_deleted", "owner_id", "pipeline_id", "visible_to", "currency", "value")

deals = sa.Table(
    "deals",
    metadata,
    key(),
    sa.Column("title", sa.Text, nullable=False),
    link("creator_user_id", nullable=False),
    link("owner_id", nullable=False),
    sa.Column("value", Number, nullable=False),
    sa.Column("currency", sa.Text, nullable=False),
    link("person_id"),
    link("org_id"),
    link("stage_id", nullable=False),
    link("pipeline_id", nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Column("stage_change_time", DateTimeText),
    sa.Column("status", sa.Text, nullable=False),
    flag("is_archived"),
    sa.Column("archive_time", DateTimeText),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("probability", WideInteger),
    sa.Column("lost_reason", sa.Text),
    sa.Column("visible_to", sa.Integer, nullable=False),
    sa.Column("close_time", DateTimeText),
    sa.Column("won_time", DateTimeText),
    sa.Column("first_won_time", DateTimeText),
    sa.Column("lost_time", DateTimeText),
    sa.Column("local_won_date", DateText),
    sa.Column("local_lost_date", DateText),
    sa.Column("local_close_date", DateText),
    sa.Column("expected_close_date", DateText),
    sa.Column("label_ids", JsonText, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("origin_id", sa.Text),
    sa.Column("channel", Key),
    sa.Column("channel_id", sa.Text),
    sa.Column("acv", Number),
    sa.Column("arr", Number),
    sa.Column("mrr", Number),
    revision(),
    sa.Column("custom_fields", JsonText, nullable=False),
    link("next_activity_id"),
    sa.Column("next_activity_date", DateText),
    sa.Column("next_activity_time", sa.Text),
    link("last_activity_id"),
    sa.Column("last_activity_date", DateText),
    count("products_count"),
    count("files_count"),
    count("notes_count"),
    count("followers_count"),
    count("email_messages_count"),
    count("activities_count"),
    count("done_activities_count"),
    count("undone_activities_count"),
    count("participants_count"),
    sa.Column("last_incoming_mail_time", DateTimeText),
    sa.Column("last_outgoing_mail_time", DateTimeText),
    # The UUID of the lead that it was made of.
    sa.Column("source_lead_id", sa.Text),
    # With what lists filter by and what visibility takes, so that the deals before a page need not be read.
    # Without archived deals, whose lists SQLite would otherwise look for among all.
    sa.Index(
        "ix_deals_list",
        *("id", "is_archived", "is_deleted", "status", "owner_id", "pipeline_id", "visible_to"),
        sqlite_where=sa.text("is_archived = 0"),
        postgresql_where=sa.text("is_archived = false"),
    ),
    # With the columns that nearly every list filters by, so that the deals before a page need not be read.
    sa.Index("ix_deals_board", "pipeline_id", "status", "id", "is_archived", "is_deleted"),
    sa.Index("ix_deals_stage", "stage_id", "status", "id", "is_archived", "is_deleted"),
    sa.Index("ix_deals_owner", "owner_id", "status", "id", "is_archived", "is_deleted"),
    sa.Index("ix_deals_update_time", "update_time", "id"),
    # With what goals count, so that they need not read the deals.
    sa.Index("ix_deals_add_time", "add_time", "id", *GOAL_COLUMNS),
    sa.Index("ix_deals_won_time", "won_time", *GOAL_COLUMNS, "status", **where_linked("won_time")),
    sa.Index(
        "ix_deals_expected_close_date",
        *("expected_close_date", "status", "is_archived", *GOAL_COLUMNS, "probability", "stage_id"),
        **where_linked("expected_close_date"),
    ),
    *linked_indexes("deals", ("person_id", "org_id"), ("update_time", "add_time")),
    sa.Index("ix_deals_source_lead_id", "source_lead_id", **where_linked("source_lead_id")),
    # For the deals of a person with other organizations than its own.
    sa.Index(
        "ix_deals_person_id_org_id",
        *("person_id", "org_id", "is_deleted", "is_archived", "status"),
        **where_linked("person_id"),
    ),
    # They do not have the deals that are not archived, nearly all.
    *(
        sa.Index(
            "_".join(("ix_deals_archived", *(name for name in columns if name not in _UNNAMED))),
            *(*columns, "id"),
            sqlite_where=sa.text("is_archived = 1"),
            postgresql_where=sa.text("is_archived = true"),
        )
        for columns in ARCHIVED_INDEXES
    ),
    sqlite_autoincrement=True,
)
count_revisions(deals)
add_sort_indexes(
    deals,
    (
        *("title", "value", "expected_close_date", "probability", "status", "stage_id", "owner_id"),
        *("won_time", "close_time", "next_activity_date", "last_activity_date"),
        *("activities_count", "undone_activities_count"),
    ),
    flags=("is_archived", "is_deleted"),
)
deals.info["sqlite"] += DDL_STATEMENTS

deal_stages = sa.Table(
    "deal_stages",
    metadata,
    key(),
    sa.Column("deal_id", Key, nullable=False, index=True),
    link("stage_id", nullable=False),
    sa.Column("entered_time", DateTimeText, nullable=False),
    sa.Column("left_time", DateTimeText),
    sa.Index("ix_deal_stages_stage", "stage_id", "entered_time", "deal_id"),
    sqlite_autoincrement=True,
)

deal_participants = sa.Table(
    "deal_participants",
    metadata,
    key(),
    sa.Column("deal_id", Key, nullable=False),
    sa.Column("person_id", Key, nullable=False),
    link("added_by_user_id", nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.UniqueConstraint("deal_id", "person_id"),
    sa.Index("ix_deal_participants_person_id", "person_id", "deal_id"),
    sqlite_autoincrement=True,
)
