"""Indexes of what lists are sorted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

ACTIVITY_DATES = ("next_activity_date?", "last_activity_date?")
ACTIVITY_COUNTS = ("activities_count", "undone_activities_count")

VALUES = {
    "deals": (
        *("title~", "value", "expected_close_date?", "probability?", "status~", "stage_id", "owner_id"),
        *("won_time?", "close_time?", *ACTIVITY_DATES, *ACTIVITY_COUNTS),
    ),
    "persons": ("name~", "first_name~?", "last_name~?", "email~?", "phone~?", *ACTIVITY_DATES, *ACTIVITY_COUNTS),
    "organizations": ("name~", "address~?", *ACTIVITY_DATES, "people_count", *ACTIVITY_COUNTS),
    "leads": ("title~", "value?", "expected_close_date?", "add_time", "update_time", "next_activity_id?"),
    "notes": ("add_time",),
    "activities": ("due_date?",),
}
"""The values by table: with ``~`` without case, with ``?`` nullable."""

JSON_VALUES = {
    "email": ("json_extract(emails, '$[0].\"value\"')", "jsonb_extract_path_text(emails, '0', 'value')"),
    "phone": ("json_extract(phones, '$[0].\"value\"')", "jsonb_extract_path_text(phones, '0', 'value')"),
    "address": ("json_extract(address, '$.\"value\"')", "jsonb_extract_path_text(address, 'value')"),
}
FLAGS = {
    "deals": ("is_archived", "is_deleted"),
    "persons": ("is_deleted",),
    "organizations": ("is_deleted",),
    "notes": ("is_deleted",),
    "activities": ("is_deleted",),
}
PREFIXES = {"leads": ("is_archived", "is_deleted")}
LISTS = {
    "deals": "id, is_archived, is_deleted, status, owner_id, pipeline_id, visible_to",
    "persons": "id, is_deleted, owner_id, visible_to, first_char",
    "organizations": "id, is_deleted, owner_id, visible_to, first_char",
}


def upgrade() -> None:
    """Creates them."""
    db = op.get_bind()
    # On PostgreSQL it had nulls at the other end than the list.
    db.execute(sa.text("DROP INDEX ix_activities_due_date"))
    for table, columns in LISTS.items():
        condition = (
            f" WHERE is_archived = {'0' if db.dialect.name == 'sqlite' else 'false'}" if table == "deals" else ""
        )
        db.execute(sa.text(f"CREATE INDEX ix_{table}_list ON {table} ({columns}){condition}"))
    for table, values in VALUES.items():
        for marked in values:
            name = marked.rstrip("~?")
            value = _value(marked, is_sqlite=db.dialect.name == "sqlite")
            columns = ", ".join((*PREFIXES.get(table, ()), value, "id", *FLAGS.get(table, ())))
            db.exec_driver_sql(f"CREATE INDEX ix_{table}_sorted_{name} ON {table} ({columns})")


def _value(marked: str, *, is_sqlite: bool) -> str:
    name = marked.rstrip("~?")
    value = name
    if name in JSON_VALUES:
        value = f"substr({JSON_VALUES[name][not is_sqlite]}, 1, 255)"
    if "~" in marked:
        value = f"{value} COLLATE NOCASE" if is_sqlite else f"lower({value})"
    return value if is_sqlite or "?" not in marked else f"{value} NULLS FIRST"
