"""Projects: their tables, their fields, a board to begin with, and the places of activities in plans."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")
MOMENT = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")
DAY = sa.Text().with_variant(sa.Date(), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")

FIRST_FIELD_ID = 301
FIELDS = (
    # The key, the name and the type of each field, and whether the form for a new project shows it.
    ("id", "ID", "int", False),
    ("title", "Title", "varchar", True),
    ("description", "Description", "text", True),
    ("status", "Status", "status", False),
    ("board_id", "Board", "projects_board", True),
    ("phase_id", "Phase", "projects_phase", True),
    ("owner_id", "Owner", "user", True),
    ("start_date", "Start date", "date", True),
    ("end_date", "End date", "date", True),
    ("deal_ids", "Deals", "deals", True),
    ("person_ids", "Contact persons", "people", True),
    ("org_ids", "Organizations", "org", True),
    ("labels", "Label", "set", True),
    ("health_status", "Health status", "enum", True),
    ("add_time", "Project created", "date", False),
    ("update_time", "Update time", "date", False),
    ("status_change_time", "Last status change", "date", False),
    ("archive_time", "Archive time", "date", False),
    ("visible_to", "Visible to", "visible_to", False),
)
LABELS = (("High priority", "red"), ("Internal", "blue"), ("On hold", "yellow"))
BOARD = "Projects"
PHASES = ("Kick-off", "Planning", "Implementation", "Review")


def upgrade() -> None:
    """Makes the tables, and adds the fields and the board that new companies have, too."""
    _make_board_tables()
    _make_project_tables()
    _make_task_tables()
    db = op.get_bind()
    op.add_column("activities", sa.Column("project_phase_id", ID))
    op.add_column("activities", sa.Column("project_group_id", ID))
    db.execute(sa.text("drop index ix_activities_project_id"))
    for link in ("project_id", "project_phase_id"):
        db.execute(
            sa.text(
                f"CREATE INDEX ix_activities_{link} ON activities ({link}, is_deleted, id) WHERE {link} is not null"
            )
        )
    creator = db.execute(sa.text("select id, add_time from users order by id limit 1")).first()
    if creator is not None:
        _add_fields(db, creator.id, creator.add_time)
        _add_board(db, creator.id, creator.add_time)
        db.execute(sa.text("update company set settings_version = settings_version + 1"))


def _key() -> sa.Column[Any]:
    return sa.Column("id", ID, primary_key=True, autoincrement=True)


def _flag(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _times(type: sa.types.TypeEngine[Any], *, nullable: bool = False) -> Iterator[sa.Column[Any]]:
    yield sa.Column("add_time", type, nullable=False)
    yield sa.Column("update_time", type, nullable=nullable)


def _partial_index(table: str, link: str, columns: str, *, unique: bool = False) -> None:
    kind = "UNIQUE INDEX" if unique else "INDEX"
    statement = f"CREATE {kind} ix_{table}_{link} ON {table} ({link}, {columns}) WHERE {link} is not null"
    op.get_bind().execute(sa.text(statement))


def _make_board_tables() -> None:
    named = (
        lambda: sa.Column("name", sa.Text, nullable=False),
        lambda: sa.Column("order_nr", sa.Integer, nullable=False),
        lambda: _flag("is_deleted"),
    )
    op.create_table(
        "project_boards", _key(), *(make() for make in named), *_times(TIME, nullable=True), sqlite_autoincrement=True
    )
    op.create_table(
        "project_phases",
        _key(),
        sa.Column("board_id", ID, nullable=False),
        *(make() for make in named),
        *_times(TIME, nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "project_templates",
        _key(),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("projects_board_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("contents", JSON, nullable=False),
        _flag("is_deleted"),
        *_times(MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_project_templates_list", "project_templates", ["is_deleted", "id"])


def _make_project_tables() -> None:
    op.create_table(
        "projects",
        _key(),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("status_change_time", MOMENT),
        sa.Column("board_id", ID, nullable=False),
        sa.Column("phase_id", ID, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("start_date", DAY),
        sa.Column("end_date", DAY),
        sa.Column("label_ids", JSON, nullable=False),
        sa.Column("health_status", sa.Integer),
        _flag("is_archived"),
        sa.Column("archive_time", MOMENT),
        _flag("is_deleted"),
        sa.Column("delete_time", TIME),
        sa.Column("visible_to", sa.Integer, nullable=False),
        *_times(MOMENT),
        sa.Column("custom_fields", JSON, nullable=False),
        sqlite_autoincrement=True,
    )
    for name, columns in (
        ("list", ("is_archived", "is_deleted", "id", "status")),
        ("board", ("board_id", "is_archived", "is_deleted", "id", "status")),
        ("phase", ("phase_id", "is_archived", "is_deleted", "id", "status")),
        ("owner", ("owner_id", "is_deleted", "id")),
        ("update_time", ("update_time", "id")),
    ):
        op.create_index(f"ix_projects_{name}", "projects", list(columns))
    links = ("deal_id", "person_id", "org_id")
    op.create_table(
        "project_links",
        _key(),
        sa.Column("project_id", ID, nullable=False),
        *(sa.Column(name, ID) for name in links),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_project_links_project_id", "project_links", ["project_id", "id"])
    for name in links:
        _partial_index("project_links", name, "project_id", unique=True)
    op.create_table(
        "project_groups",
        _key(),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("order_nr", sa.Integer, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_project_groups_project_id", "project_groups", ["project_id"])


def _make_task_tables() -> None:
    op.create_table(
        "tasks",
        _key(),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("creator_id", ID, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("project_id", ID, nullable=False),
        sa.Column("parent_task_id", ID),
        _flag("done"),
        _flag("is_milestone"),
        sa.Column("due_date", DAY),
        sa.Column("start_date", DAY),
        sa.Column("priority", ID),
        sa.Column("marked_as_done_time", MOMENT),
        sa.Column("phase_id", ID),
        sa.Column("group_id", ID),
        _flag("is_deleted"),
        sa.Column("delete_time", TIME),
        *_times(MOMENT),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_tasks_list", "tasks", ["is_deleted", "id", "parent_task_id", "done", "is_milestone"])
    op.create_index("ix_tasks_done", "tasks", ["done", "is_deleted", "id"])
    op.create_index("ix_tasks_project_done", "tasks", ["project_id", "done", "is_deleted", "id"])
    op.create_index("ix_tasks_phase_id", "tasks", ["phase_id"])
    for name in ("project_id", "parent_task_id"):
        _partial_index("tasks", name, "is_deleted, id")
    op.create_table(
        "task_assignees",
        sa.Column("task_id", ID, primary_key=True, autoincrement=False),
        sa.Column("user_id", ID, primary_key=True, autoincrement=False),
        sa.Column("position", sa.Integer, nullable=False),
        _flag("done"),
    )
    op.create_index("ix_task_assignees_user_id", "task_assignees", ["user_id", "task_id"])
    op.create_index("ix_task_assignees_done", "task_assignees", ["user_id", "done", "task_id"])


def _add_fields(db: sa.Connection, user_id: int, time: Any) -> None:
    is_postgres = db.dialect.name == "postgresql"
    json_value = "cast(:shown as jsonb)" if is_postgres else ":shown"
    no = "false" if is_postgres else "0"
    statement = sa.text(
        "insert into fields (id, object, key, name, field_type, order_nr, is_custom, ui_visibility, "
        "created_by_user_id, last_updated_by_user_id, add_time, update_time) "
        f"values (:id, 'project', :key, :name, :type, :order, {no}, {json_value}, :user, :user, :time, :time)"
    )
    for place, (key, name, type, in_form) in enumerate(FIELDS):
        shown = json.dumps({"add_visible_flag": in_form, "details_visible_flag": True}, separators=(",", ":"))
        values = {"id": FIRST_FIELD_ID + place, "key": key, "name": name, "type": type, "order": place + 1}
        db.execute(statement, {**values, "shown": shown, "user": user_id, "time": time})
    field_id = FIRST_FIELD_ID + [key for key, *_ in FIELDS].index("labels")
    for number, (label, color) in enumerate(LABELS, 1):
        db.execute(
            sa.text(
                "insert into field_options (field_id, label, color, order_nr, add_time, update_time) "
                "values (:field_id, :label, :color, :number, :time, :time)"
            ),
            {"field_id": field_id, "label": label, "color": color, "number": number, "time": time},
        )


def _add_board(db: sa.Connection, user_id: int, time: Any) -> None:
    times = {"add_time": time, "update_time": time}
    board_id = _insert(db, "project_boards", {"name": BOARD, "order_nr": 1, **times})
    _log(db, "projectBoard", board_id, user_id, time)
    for number, name in enumerate(PHASES, 1):
        id = _insert(db, "project_phases", {"board_id": board_id, "name": name, "order_nr": number, **times})
        _log(db, "projectPhase", id, user_id, time)


def _insert(db: sa.Connection, table: str, values: Mapping[str, object]) -> int:
    names, parameters = ", ".join(values), ", ".join(f":{name}" for name in values)
    found: int = db.execute(
        sa.text(f"insert into {table} ({names}) values ({parameters}) returning id"), values
    ).scalar_one()
    return found


def _log(db: sa.Connection, object: str, id: int, user_id: int, time: Any) -> None:
    no = "false" if db.dialect.name == "postgresql" else "0"
    moment = ":time || '.000'" if db.dialect.name == "sqlite" else ":time"
    db.execute(
        sa.text(
            "insert into changes (time, actor_user_id, object, record_id, action, fields, source, is_bulk) "
            f"values ({moment}, :user, :object, :id, 'create', '[]', 'app', {no})"
        ),
        {"time": time, "user": user_id, "object": object, "id": id},
    )
