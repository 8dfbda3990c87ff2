"""Files, pictures of persons and images of products. Their content is in the store of files, under their keys."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeText, Key, content_key, flag, key, link, linked_indexes, where_linked

PICTURE_SIZES = (128, 512)
"""The lengths of the edges of pictures of persons."""

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
    content_key(nullable=True, outlives_deletion=True),
    link("user_id", nullable=False),
    link("deal_id"),
    link("person_id"),
    link("org_id"),
    link("product_id"),
    link("activity_id"),
    sa.Column("lead_id", sa.Text),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    # The message that it came with, whether that shows it, under which name, and whether it is private.
    link("mail_message_id"),
    flag("is_inline"),
    sa.Column("cid", sa.Text),
    flag("is_private"),
    link("project_id"),
    sa.Index("ix_files_mail_message_id", "mail_message_id", "id", **where_linked("mail_message_id")),
    sa.Index("ix_files_update_time", "update_time", "id"),
    *linked_indexes(
        "files",
        ("deal_id", "person_id", "org_id", "product_id", "activity_id", "lead_id", "project_id"),
        ("add_time", "update_time"),
    ),
    sqlite_autoincrement=True,
)

person_pictures = sa.Table(
    "person_pictures",
    metadata,
    key(),
    sa.Column("person_id", Key, nullable=False, index=True),
    # The two sizes are stored under this key with the size behind it.
    content_key(unique=True, sizes=PICTURE_SIZES),
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
    content_key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("mime_type", sa.Text, nullable=False),
    sa.Column("file_size", Key, nullable=False),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeText, nullable=False),
    sqlite_autoincrement=True,
)
