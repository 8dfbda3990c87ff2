"""What was run: actions of the connector, by people and programs."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, link, where_linked

runs = sa.Table(
    "runs",
    metadata,
    # A UUID of version 7: later runs have greater ones.
    sa.Column("id", sa.Text, primary_key=True),
    link("user_id", nullable=False),
    # console, chat, editor, api, mcp or cli
    sa.Column("source", sa.Text, nullable=False),
    # The connection, and its name at that time.
    link("connection_id"),
    sa.Column("connection", sa.Text, nullable=False),
    # Of the action: v1 or v2, and its name.
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    # Without secrets; null when they are too large to keep.
    sa.Column("params", JsonText),
    # Whether something was left out of them, so that they cannot be run again as they are.
    sa.Column("params_are_complete", sa.Boolean(), nullable=False),
    # running, ok, failed or refused. One that runs after its lease was interrupted.
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("start_time", DateTimeMsText, nullable=False),
    sa.Column("lease_time", DateTimeMsText, nullable=False),
    sa.Column("end_time", DateTimeMsText),
    sa.Column("duration_ms", sa.Integer()),
    sa.Column("http_status", sa.Integer()),
    # {"type": "ApiError", "message": "…", "code": "…"}
    sa.Column("error", JsonText),
    # In tokens of the daily budget.
    sa.Column("cost", sa.Integer()),
    # What the answer said of limits, by the names of the headers.
    sa.Column("rate_headers", JsonText),
    sa.Column("answer_size", sa.Integer()),
    # The run that this one repeats.
    sa.Column("repeats", sa.Text),
    # What a search by text looks through.
    sa.Column("words", sa.Text, nullable=False),
    # The run of a script that has called it.
    sa.Column("script_run_id", sa.Text),
    sa.Index("ix_runs_user_id", "user_id", "id"),
    sa.Index("ix_runs_connection_id", "connection_id", "id"),
    sa.Index("ix_runs_action", "action", "id"),
    sa.Index("ix_runs_status", "status", "id"),
    sa.Index("ix_runs_script_run_id", "script_run_id", "id", **where_linked("script_run_id")),
)
