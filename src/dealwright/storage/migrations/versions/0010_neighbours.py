"""Indexes for lists and dates of a record's own rows, and participants that repeat what orders their activities."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

LINKS = {
    "activities": (("deal_id", "lead_id", "person_id", "org_id"), ("update_time", "add_time", "due_date")),
    "deals": (("person_id", "org_id"), ("update_time", "add_time")),
    "files": (("deal_id", "person_id", "org_id", "product_id", "activity_id", "lead_id"), ("add_time", "update_time")),
    "leads": (("person_id", "organization_id"), ("is_archived",)),
    "notes": (("deal_id", "person_id", "org_id", "lead_id", "project_id"), ("add_time", "update_time")),
    "persons": (("org_id",), ("update_time", "add_time")),
}
"""The columns that link records, and those that lists of linked rows are sorted by, by table."""

COVERING = {"activities": ", done, owner_id, type"}
DUE = "due_date, coalesce(due_time, '00:00:00')"
DONE = "coalesce(marked_as_done_time, add_time)"

COPIED = ("is_deleted", "done", "due_date", "due_time", "marked_as_done_time", "add_time")
KEYS = {"sqlite": "INTEGER", "postgresql": "BIGINT"}
TYPES = {
    "sqlite": ("BOOLEAN DEFAULT 0 NOT NULL", "BOOLEAN DEFAULT 0 NOT NULL", "TEXT", "TEXT", "TEXT", "TEXT"),
    "postgresql": (
        "BOOLEAN DEFAULT false NOT NULL",
        "BOOLEAN DEFAULT false NOT NULL",
        *("DATE", "TEXT", "TIMESTAMP(0) WITHOUT TIME ZONE", "TIMESTAMP(0) WITHOUT TIME ZONE"),
    ),
}


def upgrade() -> None:
    """Makes the indexes, and the columns with what they repeat."""
    db = op.get_bind()
    for statement in (*_columns(db.dialect.name), *_comments(db.dialect.name), *_indexes()):
        db.execute(sa.text(statement.replace(":", "\\:")))


def _columns(dialect: str) -> Iterator[str]:
    for name, type in zip(COPIED, TYPES[dialect], strict=True):
        yield f"alter table activity_participants add column {name} {type}"
    copied = ", ".join(
        f"{name} = (select {name} from activities where id = activity_participants.activity_id)" for name in COPIED
    )
    yield (
        f"update activity_participants set {copied} "
        "where exists (select 1 from activities where id = activity_participants.activity_id)"
    )


def _comments(dialect: str) -> Iterator[str]:
    links = ("deal_id", "person_id", "org_id")
    for link in links:
        yield f"alter table note_comments add column {link} {KEYS[dialect]}"
    copied = ", ".join(f"{link} = (select {link} from notes where id = note_comments.note_id)" for link in links)
    yield f"update note_comments set {copied}"
    for link in links:
        yield _index("note_comments", link, "", "is_deleted, add_time")


def _indexes() -> Iterator[str]:
    for table, (links, sorted_by) in LINKS.items():
        for link in links:
            yield f"drop index ix_{table}_{link}"
            yield _index(table, link, "", f"is_deleted, id{COVERING.get(table, '')}")
            for column in sorted_by:
                yield _index(table, link, f"_{column}", f"is_deleted, {column}, id")
    for link in ("deal_id", "lead_id", "person_id", "org_id"):
        yield _index("activities", link, "_next", f"is_deleted, done, {DUE}, id")
    for link in ("deal_id", "org_id"):
        yield _index("activities", link, "_done", f"is_deleted, done, {DONE}, id")
    yield _index("deals", "person_id", "_org_id", "org_id, is_deleted, is_archived, status")
    yield "CREATE INDEX ix_leads_archived ON leads (is_archived, is_deleted, id)"
    yield "CREATE INDEX ix_activities_owner_id ON activities (owner_id, is_deleted, id, done, type)"
    yield "drop index ix_deal_participants_person_id"
    yield "CREATE INDEX ix_deal_participants_person_id ON deal_participants (person_id, deal_id)"
    yield "drop index ix_activity_participants_person_id"
    for name, columns in (
        ("person_id", "person_id, is_deleted, activity_id, done"),
        ("next", f"person_id, is_deleted, done, {DUE}, activity_id"),
        ("done", f"person_id, is_deleted, done, {DONE}, activity_id"),
    ):
        yield f"CREATE INDEX ix_activity_participants_{name} ON activity_participants ({columns})"


def _index(table: str, link: str, name: str, columns: str) -> str:
    return f"CREATE INDEX ix_{table}_{link}{name} ON {table} ({link}, {columns}) WHERE {link} is not null"
