"""Definitions of the fields of records, system and custom, and the options of those that have some."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, JsonText, Key, flag, key, link

fields = sa.Table(
    "fields",
    metadata,
    # Lower ids are those of system fields, which are the same in every company.
    sa.Column("id", Key, sa.Identity(start=12500), primary_key=True),
    # deal, person, organization, product, activity, note
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("field_type", sa.Text, nullable=False),
    sa.Column("order_nr", sa.Integer, nullable=False),
    flag("is_custom"),
    flag("is_deleted"),
    # {"add_visible_flag": false, "details_visible_flag": true, …}: how the pages show the field
    sa.Column("ui_visibility", JsonText, nullable=False),
    sa.Column("important_fields", JsonText),
    sa.Column("required_fields", JsonText),
    link("created_by_user_id"),
    link("last_updated_by_user_id"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sa.UniqueConstraint("object", "key"),
    sqlite_autoincrement=True,
)

field_options = sa.Table(
    "field_options",
    metadata,
    key(),
    sa.Column("field_id", Key, nullable=False, index=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("color", sa.Text),
    # The identifier of a system option for programs: prospector, web_forms, …
    sa.Column("alt_id", sa.Text),
    sa.Column("order_nr", sa.Integer, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)
