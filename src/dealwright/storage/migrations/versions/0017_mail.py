"""Mail: threads, messages, whom they are between and what they are about, and the accounts that are fetched."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")
MOMENT = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")

COUNTED = "is_deleted, is_draft, is_sent, message_time"
FOLDERS = {
    "inbox": "has_received, is_archived",
    "archive": "is_archived",
    "sent": "has_sent",
    "drafts": "has_drafts",
}

INDEXES = (
    *(
        f"CREATE INDEX ix_mail_threads_{folder} ON mail_threads (user_id, is_deleted, {columns}, last_message_time, id)"
        for folder, columns in FOLDERS.items()
    ),
    *(
        f"CREATE INDEX ix_mail_threads_{link} ON mail_threads ({link}, is_deleted, id) WHERE {link} is not null"
        for link in ("deal_id", "lead_id")
    ),
    *(
        f"CREATE INDEX ix_mail_messages_{link} ON mail_messages ({link}, is_deleted, is_draft, message_time, id) "
        f"WHERE {link} is not null"
        for link in ("deal_id", "lead_id")
    ),
    f"CREATE INDEX ix_mail_messages_deal_id_last ON mail_messages (deal_id, {COUNTED}) WHERE deal_id is not null",
    "CREATE INDEX ix_mail_messages_mail_thread_id ON mail_messages (mail_thread_id)",
    "CREATE INDEX ix_mail_parties_mail_message_id ON mail_parties (mail_message_id)",
    "CREATE INDEX ix_mail_parties_mail_thread_id ON mail_parties (mail_thread_id, is_latest, id)",
    "CREATE INDEX ix_mail_parties_person_id ON mail_parties (person_id) WHERE person_id is not null",
    "CREATE INDEX ix_mail_parties_email_address ON mail_parties (email_address)",
    *(f"CREATE INDEX ix_mail_links_{link} ON mail_links ({link})" for link in ("mail_message_id", "mail_thread_id")),
    *(
        f"CREATE INDEX ix_mail_links_{link} ON mail_links ({link}, is_deleted, is_draft, message_time, mail_message_id) "
        f"WHERE {link} is not null"
        for link in ("person_id", "org_id")
    ),
    f"CREATE INDEX ix_mail_links_person_id_last ON mail_links (person_id, {COUNTED}) WHERE person_id is not null",
    "CREATE INDEX ix_mail_references_mail_thread_id ON mail_references (mail_thread_id)",
    "CREATE INDEX ix_files_mail_message_id ON files (mail_message_id, id) WHERE mail_message_id is not null",
)


def upgrade() -> None:
    """Makes the tables, and the columns of files that came with mail."""
    _make_threads()
    _make_messages()
    _make_accounts()
    for column in (
        sa.Column("mail_message_id", ID),
        _flag("is_inline"),
        sa.Column("cid", sa.Text),
        _flag("is_private"),
    ):
        op.add_column("files", column)
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))


def _key() -> sa.Column[Any]:
    return sa.Column("id", ID, primary_key=True, autoincrement=True)


def _flag(name: str, *, default: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true() if default else sa.false())


def _count(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


def _link(name: str) -> sa.Column[Any]:
    return sa.Column(name, ID, nullable=False)


def _text(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, TIME, nullable=nullable)


def _moments() -> tuple[sa.Column[Any], ...]:
    return sa.Column("add_time", MOMENT, nullable=False), sa.Column("update_time", MOMENT, nullable=False)


def _make_threads() -> None:
    op.create_table(
        "mail_threads",
        *(_key(), _link("user_id"), _text("account_id"), _text("subject")),
        *(sa.Column("deal_id", ID), _text("lead_id", nullable=True)),
        *(_flag(name) for name in ("is_private", "is_read", "is_archived", "has_received", "has_sent", "has_drafts")),
        *(_flag(name) for name in ("is_smart_bcc", "was_begun_by_others")),
        *(_flag(name) for name in ("has_inline_attachments", "has_real_attachments")),
        _count("message_count"),
        *(_text("snippet"), _text("snippet_sent", nullable=True), _text("snippet_draft", nullable=True)),
        *(_time("first_message_time"), _time("last_message_time")),
        *(_time("last_sent_time", nullable=True), _time("last_received_time", nullable=True)),
        sa.Column("version", sa.Integer, nullable=False),
        *(_flag("is_deleted"), _time("delete_time", nullable=True), *_moments()),
        sqlite_autoincrement=True,
    )


def _make_messages() -> None:
    op.create_table(
        "mail_messages",
        *(_key(), _link("mail_thread_id"), _link("user_id"), _text("account_id"), _text("mua_message_id")),
        *(_text("subject"), _text("snippet"), _time("message_time")),
        *(_flag(name) for name in ("is_read", "is_draft", "is_sent", "is_synced", "is_smart_bcc")),
        *(_flag(name) for name in ("has_inline_attachments", "has_real_attachments")),
        *(_text("content_key", nullable=True), sa.Column("body_size", ID, nullable=False)),
        *(sa.Column("deal_id", ID), _text("lead_id", nullable=True), _flag("is_private"), _flag("is_deleted")),
        *_moments(),
        sa.UniqueConstraint("user_id", "mua_message_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mail_parties",
        *(_key(), _link("mail_message_id"), _link("mail_thread_id"), _text("role")),
        *(sa.Column("position", sa.Integer, nullable=False), _text("email_address"), _text("name")),
        *(sa.Column("person_id", ID), _flag("is_latest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mail_links",
        *(_key(), _link("mail_message_id"), _link("mail_thread_id"), _link("user_id")),
        *(sa.Column("person_id", ID), sa.Column("org_id", ID), _time("message_time")),
        *(_flag(name) for name in ("is_draft", "is_sent", "is_private", "is_deleted")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mail_references",
        sa.Column("user_id", ID, primary_key=True, autoincrement=False),
        sa.Column("mua_message_id", sa.Text, primary_key=True),
        _link("mail_thread_id"),
    )


def _make_accounts() -> None:
    op.create_table(
        "mail_accounts",
        _key(),
        sa.Column("uuid", sa.Text, nullable=False, unique=True),
        *(_link("user_id"), _text("email_address"), _text("host"), sa.Column("port", sa.Integer, nullable=False)),
        *(_text("security"), _text("username"), _text("sealed_password"), _flag("is_private", default=True)),
        *(_time("since"), _time("fetch_time", nullable=True), _text("error", nullable=True), _count("failures")),
        *(_time("next_fetch_time", nullable=True), _time("add_time")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "mail_folders",
        *(_key(), _link("mail_account_id"), _text("name"), _text("folder")),
        sa.Column("uid_validity", sa.BigInteger),
        sa.Column("last_uid", sa.BigInteger, nullable=False, server_default="0"),
        *(_time("fetch_time", nullable=True), _count("fetched_count"), _count("skipped_count")),
        *(_text("error", nullable=True), sa.Column("failed_uid", sa.BigInteger), _count("failures")),
        sa.UniqueConstraint("mail_account_id", "name"),
        sqlite_autoincrement=True,
    )
