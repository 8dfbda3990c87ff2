"""Scripts of the editor with their versions, what was run of them and printed, and when they run by themselves."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, flag, key, link, where_linked

scripts = sa.Table(
    "scripts",
    metadata,
    key(),
    # Whose it is: nobody else changes it.
    link("user_id", nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    flag("is_shared"),
    # The number of the latest version.
    sa.Column("version", sa.Integer(), nullable=False),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sa.Index("ux_scripts_name", "user_id", "name", unique=True),
    sa.Index("ix_scripts_update_time", "update_time", "id"),
    sqlite_autoincrement=True,
)

script_versions = sa.Table(
    "script_versions",
    metadata,
    key(),
    link("script_id", nullable=False),
    sa.Column("version", sa.Integer(), nullable=False),
    # Who has saved it.
    link("user_id", nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("time", DateTimeMsText, nullable=False),
    sa.Index("ux_script_versions_version", "script_id", "version", unique=True),
    sqlite_autoincrement=True,
)

script_runs = sa.Table(
    "script_runs",
    metadata,
    # A UUID of version 7: later runs have greater ones.
    sa.Column("id", sa.Text, primary_key=True),
    link("user_id", nullable=False),
    # run or rehearsal
    sa.Column("kind", sa.Text, nullable=False),
    # The script, its name at that time and the version; null for code that was not saved.
    link("script_id"),
    sa.Column("name", sa.Text),
    sa.Column("version", sa.Integer()),
    link("schedule_id"),
    # read or all
    sa.Column("access", sa.Text, nullable=False),
    # A, B, C or D
    sa.Column("level", sa.Text),
    # preparing, running or ended. One that runs after its lease was interrupted.
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("start_time", DateTimeMsText, nullable=False),
    sa.Column("lease_time", DateTimeMsText, nullable=False),
    sa.Column("end_time", DateTimeMsText),
    sa.Column("duration_ms", sa.Integer()),
    sa.Column("calls", sa.Integer(), nullable=False, server_default="0"),
    sa.Column("changes", sa.Integer(), nullable=False, server_default="0"),
    # Somebody wants it to end; whichever process runs it does that.
    flag("is_stopped"),
    # The rehearsal that it does for real.
    sa.Column("applies", sa.Text),
    # What a rehearsal has changed: {"items": […], "total": 3, "elsewhere": […]}
    sa.Column("rehearsed", JsonText),
    sa.Index("ix_script_runs_user_id", "user_id", "id"),
    sa.Index("ix_script_runs_script_id", "script_id", "id", **where_linked("script_id")),
    sa.Index("ix_script_runs_schedule_id", "schedule_id", "id", **where_linked("schedule_id")),
    sa.Index("ux_script_runs_applies", "applies", unique=True, **where_linked("applies")),
)

script_output = sa.Table(
    "script_output",
    metadata,
    key(),
    sa.Column("run_id", sa.Text, nullable=False),
    # How many bytes of output there are up to its end.
    sa.Column("position", sa.Integer(), nullable=False),
    sa.Column("time", DateTimeMsText, nullable=False),
    # out or err
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index("ix_script_output_run_id", "run_id", "position"),
    sqlite_autoincrement=True,
)

script_schedules = sa.Table(
    "script_schedules",
    metadata,
    key(),
    link("script_id", nullable=False),
    # Null for the latest one.
    sa.Column("version", sa.Integer()),
    # As whom it runs.
    link("user_id", nullable=False),
    sa.Column("access", sa.Text, nullable=False),
    # One of the two.
    sa.Column("every_minutes", sa.Integer()),
    sa.Column("cron", sa.Text),
    sa.Column("time_zone", sa.Text, nullable=False),
    flag("is_on"),
    # Why it is off: switched_off, user_inactive, not_permitted or editor_off
    sa.Column("off_reason", sa.Text),
    sa.Column("next_time", DateTimeMsText),
    sa.Column("last_run_id", sa.Text),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    sa.Column("update_time", DateTimeMsText, nullable=False),
    sa.Index("ix_script_schedules_script_id", "script_id", "id"),
    sa.Index("ix_script_schedules_user_id", "user_id", "id"),
    sqlite_autoincrement=True,
)
