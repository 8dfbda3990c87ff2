"""What the vendor's documents have had since: notes on tasks, files on projects, and fields of what is known of organizations."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

LINKS = (("notes", "task_id"), ("files", "project_id"))
INDEXES = (
    "CREATE INDEX ix_notes_update_time ON notes (update_time, id)",
    *(
        f"CREATE INDEX ix_{table}_{link}{ending} ON {table} ({link}, is_deleted, {columns}) WHERE {link} is not null"
        for table, link in LINKS
        for ending, columns in (("", "id"), ("_add_time", "add_time, id"), ("_update_time", "update_time, id"))
    ),
)

LAST_FIELD = "picture_id"
FIELDS = (
    ("website", "Website", "varchar"),
    ("linkedin", "LinkedIn profile", "varchar"),
    ("industry", "Industry", "enum"),
    ("annual_revenue", "Annual revenue", "double"),
    ("employee_count", "Number of employees", "int"),
)
UI_VISIBILITY = {
    "add_visible_flag": False,
    "details_visible_flag": True,
    "org_detail_visible_flag": True,
    "person_detail_visible_flag": True,
    "deal_detail_visible_flag": True,
    "show_in_add_deal_dialog": {"show": False, "order": None},
    "show_in_add_person_dialog": {"show": False, "order": None},
}


def upgrade() -> None:
    """Adds the columns and their indexes, and the fields."""
    op.add_column("notes", sa.Column("task_id", ID))
    op.add_column("notes", sa.Column("pinned_to_task_flag", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("files", sa.Column("project_id", ID))
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))
    _add_fields(op.get_bind())


def _add_fields(db: sa.Connection) -> None:
    """Adds the fields behind the last one of the system, whose author and time they have; a new company has them already."""
    last = db.execute(
        sa.text(
            "select id, order_nr, created_by_user_id, add_time from fields "
            "where object = 'organization' and key = :key and not is_custom"
        ),
        {"key": LAST_FIELD},
    ).first()
    if last is None:
        return
    is_postgres = db.dialect.name == "postgresql"
    statement = sa.text(
        "insert into fields (id, object, key, name, field_type, order_nr, is_custom, ui_visibility, "
        "created_by_user_id, last_updated_by_user_id, add_time, update_time) "
        f"values (:id, 'organization', :key, :name, :type, :order, {'false' if is_postgres else '0'}, "
        f"{'cast(:shown as jsonb)' if is_postgres else ':shown'}, :user, :user, :time, :time)"
    )
    shown = json.dumps(UI_VISIBILITY, separators=(",", ":"))
    for place, (key, name, type) in enumerate(FIELDS, 1):
        values = {"id": last.id + place, "key": key, "name": name, "type": type, "order": last.order_nr + place}
        db.execute(statement, {**values, "shown": shown, "user": last.created_by_user_id, "time": last.add_time})
    db.execute(sa.text("update company set settings_version = settings_version + 1"))
