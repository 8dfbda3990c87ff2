"""Persons."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.sort_indexes import JsonMember, add_sort_indexes
from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import (
    DateText,
    DateTimeText,
    JsonText,
    count,
    count_revisions,
    flag,
    key,
    link,
    linked_indexes,
    revision,
)

persons = sa.Table(
    "persons",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("first_name", sa.Text),
    sa.Column("last_name", sa.Text),
    link("owner_id", nullable=False),
    link("org_id"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    # [{"value": …, "primary": …, "label": …}]
    sa.Column("emails", JsonText, nullable=False),
    sa.Column("phones", JsonText, nullable=False),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("visible_to", sa.Integer, nullable=False),
    sa.Column("label_ids", JsonText, nullable=False),
    link("picture_id"),
    sa.Column("notes", sa.Text),
    sa.Column("im", JsonText, nullable=False),
    sa.Column("birthday", DateText),
    sa.Column("job_title", sa.Text),
    sa.Column("postal_address", JsonText),
    sa.Column("marketing_status", sa.Text, nullable=False),
    sa.Column("doi_status", sa.Integer, nullable=False),
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
    count("participant_open_deals_count"),
    count("participant_closed_deals_count"),
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
    sa.Column("last_incoming_mail_time", DateTimeText),
    sa.Column("last_outgoing_mail_time", DateTimeText),
    # With what visibility takes, so that the persons before a page need not be read.
    sa.Index("ix_persons_list", "id", "is_deleted", "owner_id", "visible_to", "first_char"),
    sa.Index("ix_persons_owner", "owner_id", "id"),
    sa.Index("ix_persons_update_time", "update_time", "id"),
    sa.Index("ix_persons_add_time", "add_time", "id"),
    *linked_indexes("persons", ("org_id",), ("update_time", "add_time")),
    sqlite_autoincrement=True,
)
count_revisions(persons)

FIRST_EMAIL, FIRST_PHONE = (JsonMember(persons.c[name], 0, "value") for name in ("emails", "phones"))
"""The first of the e-mail addresses and of the phone numbers of a person, which its lists are sorted by."""

add_sort_indexes(
    persons,
    (
        *("name", "first_name", "last_name", ("email", FIRST_EMAIL), ("phone", FIRST_PHONE)),
        # Not by their numbers of deals: on PostgreSQL each new deal would add the person to all of its indexes anew.
        *("next_activity_date", "last_activity_date", "activities_count", "undone_activities_count"),
    ),
    flags=("is_deleted",),
)
