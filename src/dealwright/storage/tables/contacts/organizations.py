"""Organizations."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.sort_indexes import JsonMember, add_sort_indexes
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateText, DateTimeText, JsonText, count, count_revisions, flag, key, link, revision

organizations = sa.Table(
    "organizations",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    link("owner_id", nullable=False),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    # {"value": …, "street_number": …, …}
    sa.Column("address", JsonText),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("visible_to", sa.Integer, nullable=False),
    sa.Column("label_ids", JsonText, nullable=False),
    link("picture_id"),
    sa.Column("country_code", sa.Text),
    sa.Column("website", sa.Text),
    sa.Column("linkedin", sa.Text),
    sa.Column("industry", sa.Integer),
    sa.Column("annual_revenue", sa.Double),
    sa.Column("employee_count", sa.Integer),
    revision(),
    sa.Column("custom_fields", JsonText, nullable=False),
    # The lower-cased first letter of the name, for the letter filter of v1.
    sa.Column("first_char", sa.Text, nullable=False),
    link("next_activity_id"),
    sa.Column("next_activity_date", DateText),
    sa.Column("next_activity_time", sa.Text),
    link("last_activity_id"),
    sa.Column("last_activity_date", DateText),
    count("open_deals_count"),
    count("related_open_deals_count"),
    count("closed_deals_count"),
    count("related_closed_deals_count"),
    count("won_deals_count"),
    count("related_won_deals_count"),
    count("lost_deals_count"),
    count("related_lost_deals_count"),
    count("email_messages_count"),
    count("activities_count"),
    count("done_activities_count"),
    count("undone_activities_count"),
    count("files_count"),
    count("notes_count"),
    count("followers_count"),
    count("people_count"),
    # With what visibility takes, so that the organizations before a page need not be read.
    sa.Index("ix_organizations_list", "id", "is_deleted", "owner_id", "visible_to", "first_char"),
    sa.Index("ix_organizations_owner", "owner_id", "id"),
    sa.Index("ix_organizations_update_time", "update_time", "id"),
    sa.Index("ix_organizations_add_time", "add_time", "id"),
    sqlite_autoincrement=True,
)
count_revisions(organizations)

ADDRESS_TEXT = JsonMember(organizations.c.address, "value")
"""The address of an organization as one text, which its lists are sorted by."""

add_sort_indexes(
    organizations,
    (
        # Not by their numbers of deals: on PostgreSQL each new deal would add the organization to all of its indexes anew.
        *("name", ("address", ADDRESS_TEXT), "next_activity_date", "last_activity_date", "people_count"),
        *("activities_count", "undone_activities_count"),
    ),
    flags=("is_deleted",),
)
