"""Scripts of the editor: their versions, runs and output, and when they run by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
MS_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")

INDEXES = (
    "CREATE UNIQUE INDEX ux_scripts_name ON scripts (user_id, name)",
    "CREATE INDEX ix_scripts_update_time ON scripts (update_time, id)",
    "CREATE UNIQUE INDEX ux_script_versions_version ON script_versions (script_id, version)",
    "CREATE INDEX ix_script_runs_user_id ON script_runs (user_id, id)",
    "CREATE INDEX ix_script_runs_script_id ON script_runs (script_id, id) WHERE script_id is not null",
    "CREATE INDEX ix_script_runs_schedule_id ON script_runs (schedule_id, id) WHERE schedule_id is not null",
    "CREATE UNIQUE INDEX ux_script_runs_applies ON script_runs (applies) WHERE applies is not null",
    "CREATE INDEX ix_script_output_run_id ON script_output (run_id, position)",
    "CREATE INDEX ix_script_schedules_script_id ON script_schedules (script_id, id)",
    "CREATE INDEX ix_script_schedules_user_id ON script_schedules (user_id, id)",
    "CREATE INDEX ix_runs_script_run_id ON runs (script_run_id, id) WHERE script_run_id is not null",
)


def upgrade() -> None:
    """Makes the tables, and lets runs say which run of a script has called them."""
    op.add_column("runs", sa.Column("script_run_id", sa.Text))
    op.create_table(
        "scripts",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("add_time", MS_TIME, nullable=False),
        sa.Column("update_time", MS_TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "script_versions",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("script_id", ID, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("time", MS_TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "script_runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("script_id", ID),
        sa.Column("name", sa.Text),
        sa.Column("version", sa.Integer),
        sa.Column("schedule_id", ID),
        sa.Column("access", sa.Text, nullable=False),
        sa.Column("level", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("error", sa.Text),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("start_time", MS_TIME, nullable=False),
        sa.Column("lease_time", MS_TIME, nullable=False),
        sa.Column("end_time", MS_TIME),
        sa.Column("duration_ms", sa.Integer),
        sa.Column("calls", sa.Integer, nullable=False, server_default="0"),
        sa.Column("changes", sa.Integer, nullable=False, server_default="0"),
        sa.Column("is_stopped", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("applies", sa.Text),
        sa.Column("rehearsed", JSON),
    )
    op.create_table(
        "script_output",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("time", MS_TIME, nullable=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "script_schedules",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("script_id", ID, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("access", sa.Text, nullable=False),
        sa.Column("every_minutes", sa.Integer),
        sa.Column("cron", sa.Text),
        sa.Column("time_zone", sa.Text, nullable=False),
        sa.Column("is_on", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("off_reason", sa.Text),
        sa.Column("next_time", MS_TIME),
        sa.Column("last_run_id", sa.Text),
        sa.Column("add_time", MS_TIME, nullable=False),
        sa.Column("update_time", MS_TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))
