"""Files, pictures of persons and images of products. Their content is in the store of files, under their keys."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, Key, flag, key, link

files = sa.Table(
    "files",
    metadata,
    key(),
    # The name to show, and a unique one.
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("description", sa.Text),
    sa.Column("file_type", sa.Text, nullable=False),
    sa.Column("content_type", sa.Text, nullable=False),
    sa.Column("file_size", Key, nullable=False),
    # The place of the content, and its name there. Content that is stored elsewhere has no key of ours.
    sa.Column("remote_location", sa.Text, nullable=False),
    sa.Column("remote_id", sa.Text, nullable=False),
    sa.Column("content_key", sa.Text),
    link("user_id", nullable=False),
    link("deal_id", index=True),
    link("person_id", index=True),
    link("org_id", index=True),
    link("product_id", index=True),
    link("activity_id", index=True),
    sa.Column("lead_id", sa.Text, index=True),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Index("ix_files_update_time", "update_time", "id"),
    sqlite_autoincrement=True,
)

person_pictures = sa.Table(
    "person_pictures",
    metadata,
    key(),
    sa.Column("person_id", Key, nullable=False, index=True),
    # The two sizes are stored under this key with the size behind it.
    sa.Column("content_key", sa.Text, nullable=False, unique=True),
    # In bytes, of the larger one.
    sa.Column("file_size", Key, nullable=False),
    link("added_by_user_id", nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText),
    sqlite_autoincrement=True,
)

product_images = sa.Table(
    "product_images",
    metadata,
    key(),
    sa.Column("product_id", Key, nullable=False, index=True),
    sa.Column("content_key", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mime_type", sa.Text, nullable=False),
    sa.Column("file_size", Key, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sqlite_autoincrement=True,
)
