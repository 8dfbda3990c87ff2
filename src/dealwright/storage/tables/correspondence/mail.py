"""Mail: threads of messages in the mailboxes of users, whom messages are between, and the accounts that are fetched."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import (
    DateTimeMsText,
    DateTimeText,
    Key,
    content_key,
    count,
    flag,
    key,
    link,
    linked_indexes,
    where_linked,
)

mail_threads = sa.Table(
    "mail_threads",
    metadata,
    key(),
    # Whose mailbox it is in, and the account that it came through.
    link("user_id", nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    link("deal_id"),
    sa.Column("lead_id", sa.Text),
    flag("is_private"),
    flag("is_read"),
    flag("is_archived"),
    # What follows from its messages.
    flag("has_received"),
    flag("has_sent"),
    flag("has_drafts"),
    flag("is_smart_bcc"),
    flag("was_begun_by_others"),
    flag("has_inline_attachments"),
    flag("has_real_attachments"),
    count("message_count"),
    sa.Column("snippet", sa.Text, nullable=False),
    sa.Column("snippet_sent", sa.Text),
    sa.Column("snippet_draft", sa.Text),
    sa.Column("first_message_time", DateTimeText, nullable=False),
    sa.Column("last_message_time", DateTimeText, nullable=False),
    sa.Column("last_sent_time", DateTimeText),
    sa.Column("last_received_time", DateTimeText),
    sa.Column("version", sa.Integer, nullable=False),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    # One for each folder, the thread with the newest message last.
    sa.Index(
        "ix_mail_threads_inbox", "user_id", "is_deleted", "has_received", "is_archived", "last_message_time", "id"
    ),
    sa.Index("ix_mail_threads_archive", "user_id", "is_deleted", "is_archived", "last_message_time", "id"),
    sa.Index("ix_mail_threads_sent", "user_id", "is_deleted", "has_sent", "last_message_time", "id"),
    sa.Index("ix_mail_threads_drafts", "user_id", "is_deleted", "has_drafts", "last_message_time", "id"),
    *linked_indexes("mail_threads", ("deal_id", "lead_id")),
    sqlite_autoincrement=True,
)

mail_messages = sa.Table(
    "mail_messages",
    metadata,
    key(),
    sa.Column("mail_thread_id", Key, nullable=False, index=True),
    link("user_id", nullable=False),
    sa.Column("account_id", sa.Text, nullable=False),
    # What the program that wrote it has named it.
    sa.Column("mua_message_id", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("snippet", sa.Text, nullable=False),
    sa.Column("message_time", DateTimeText, nullable=False),
    flag("is_read"),
    flag("is_draft"),
    flag("is_sent"),
    flag("is_synced"),
    flag("is_smart_bcc"),
    flag("has_inline_attachments"),
    flag("has_real_attachments"),
    # The text, as safe HTML; None for a message without one.
    content_key(nullable=True, outlives_deletion=True),
    sa.Column("body_size", Key, nullable=False),
    # Those of the thread.
    link("deal_id"),
    sa.Column("lead_id", sa.Text),
    flag("is_private"),
    flag("is_deleted"),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    # A message is in a mailbox once, by whatever ways it comes.
    sa.UniqueConstraint("user_id", "mua_message_id"),
    *(
        sa.Index(f"ix_mail_messages_{name}", name, "is_deleted", "is_draft", "message_time", "id", **where_linked(name))
        for name in ("deal_id", "lead_id")
    ),
    sa.Index(
        "ix_mail_messages_deal_id_last",
        *("deal_id", "is_deleted", "is_draft", "is_sent", "message_time"),
        **where_linked("deal_id"),
    ),
    sqlite_autoincrement=True,
)

mail_parties = sa.Table(
    "mail_parties",
    metadata,
    key(),
    sa.Column("mail_message_id", Key, nullable=False, index=True),
    sa.Column("mail_thread_id", Key, nullable=False),
    # from, to, cc, bcc
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("email_address", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # The person whose address it is.
    link("person_id"),
    # Whether no later message of the thread has the address.
    flag("is_latest"),
    sa.Index("ix_mail_parties_mail_thread_id", "mail_thread_id", "is_latest", "id"),
    sa.Index("ix_mail_parties_person_id", "person_id", **where_linked("person_id")),
    sa.Index("ix_mail_parties_email_address", "email_address"),
    sqlite_autoincrement=True,
)

LINKS = ("person_id", "org_id")
"""The columns of a link, of which each row has one."""

COPIED = ("message_time", "is_draft", "is_sent", "is_private", "is_deleted")
"""What links repeat of their message."""

mail_links = sa.Table(
    "mail_links",
    metadata,
    key(),
    sa.Column("mail_message_id", Key, nullable=False, index=True),
    sa.Column("mail_thread_id", Key, nullable=False, index=True),
    link("user_id", nullable=False),
    *(link(name) for name in LINKS),
    # Those of the message, so that indexes lead to the newest ones of a record.
    sa.Column("message_time", DateTimeText, nullable=False),
    flag("is_draft"),
    flag("is_sent"),
    flag("is_private"),
    flag("is_deleted"),
    *(
        sa.Index(
            f"ix_mail_links_{name}",
            *(name, "is_deleted", "is_draft", "message_time", "mail_message_id"),
            **where_linked(name),
        )
        for name in LINKS
    ),
    sa.Index(
        "ix_mail_links_person_id_last",
        *("person_id", "is_deleted", "is_draft", "is_sent", "message_time"),
        **where_linked("person_id"),
    ),
    sqlite_autoincrement=True,
)

# By what messages name themselves and those before them, whether these have come or not.
mail_references = sa.Table(
    "mail_references",
    metadata,
    sa.Column("user_id", Key, primary_key=True, autoincrement=False),
    sa.Column("mua_message_id", sa.Text, primary_key=True),
    sa.Column("mail_thread_id", Key, nullable=False, index=True),
)

mail_accounts = sa.Table(
    "mail_accounts",
    metadata,
    key(),
    # The id of an account in the API.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    link("user_id", nullable=False),
    sa.Column("email_address", sa.Text, nullable=False),
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("port", sa.Integer, nullable=False),
    # tls, starttls, none
    sa.Column("security", sa.Text, nullable=False),
    sa.Column("username", sa.Text, nullable=False),
    # Encrypted with a key that is not in the database.
    sa.Column("sealed_password", sa.Text, nullable=False),
    flag("is_private", default=True),
    # Older mail stays where it is.
    sa.Column("since", DateTimeText, nullable=False),
    sa.Column("fetch_time", DateTimeText),
    sa.Column("error", sa.Text),
    count("failures"),
    sa.Column("next_fetch_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sqlite_autoincrement=True,
)

mail_folders = sa.Table(
    "mail_folders",
    metadata,
    key(),
    sa.Column("mail_account_id", Key, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    # inbox, sent, drafts, archive
    sa.Column("folder", sa.Text, nullable=False),
    # The server's numbers of the folder's generation and of the last message that was fetched.
    sa.Column("uid_validity", sa.BigInteger),
    sa.Column("last_uid", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("fetch_time", DateTimeText),
    count("fetched_count"),
    count("skipped_count"),
    # What went wrong last, and how often in a row at the same message.
    sa.Column("error", sa.Text),
    sa.Column("failed_uid", sa.BigInteger),
    count("failures"),
    sa.UniqueConstraint("mail_account_id", "name"),
    sqlite_autoincrement=True,
)
