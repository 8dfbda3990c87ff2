"""Connections of companies, what was run, which run each change was part of, and which runs were taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")
MS_TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=3), "postgresql")

INDEXES = (
    "CREATE INDEX ix_changes_run_id ON changes (run_id, id) WHERE run_id is not null",
    "CREATE INDEX ix_undos_run_id ON undos (run_id)",
    *(f"CREATE INDEX ix_runs_{name} ON runs ({name}, id)" for name in ("user_id", "connection_id", "action", "status")),
)


def upgrade() -> None:
    """Adds the run to the change log, and makes the table of undos."""
    op.add_column("changes", sa.Column("run_id", sa.Text))
    op.create_table(
        "undos",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("undo_run_id", sa.Text, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("time", MS_TIME, nullable=False),
        sa.UniqueConstraint("undo_run_id", name="uq_undos_undo_run_id"),
        sqlite_autoincrement=True,
    )
    op.add_column("company", sa.Column("run_retention_days", sa.Integer, nullable=False, server_default="90"))
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("connection_id", ID),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("connection", "version", "action")),
        sa.Column("params", JSON),
        sa.Column("params_are_complete", sa.Boolean, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("start_time", MS_TIME, nullable=False),
        sa.Column("lease_time", MS_TIME, nullable=False),
        sa.Column("end_time", MS_TIME),
        sa.Column("duration_ms", sa.Integer),
        sa.Column("http_status", sa.Integer),
        sa.Column("error", JSON),
        sa.Column("cost", sa.Integer),
        sa.Column("rate_headers", JSON),
        sa.Column("answer_size", sa.Integer),
        sa.Column("repeats", sa.Text),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_table(
        "connections",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("name", "name_key", "kind", "authentication")),
        sa.Column("owner_id", ID),
        sa.Column("is_shared", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("url", sa.Text),
        sa.Column("allow_plain_http", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("timeout", sa.Double),
        sa.Column("permits", sa.Text, nullable=False),
        sa.Column("chosen_actions", JSON, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("sealed_token", "sealed_grant", "authorization_id", "client_id")),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("state_reason", sa.Text),
        sa.Column("state_time", MS_TIME),
        sa.Column("expire_time", MS_TIME),
        *(sa.Column(name, JSON) for name in ("scopes", "account", "budget")),
        sa.Column("refresh_holder", sa.Text),
        sa.Column("refresh_until", MS_TIME),
        sa.Column("last_use_time", MS_TIME),
        sa.Column("add_time", MS_TIME, nullable=False),
        sa.Column("update_time", MS_TIME, nullable=False),
        sa.UniqueConstraint("name_key", name="uq_connections_name_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "connection_consents",
        sa.Column("state_hash", sa.Text, primary_key=True),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("session_hash", sa.Text, nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("expire_time", MS_TIME, nullable=False),
    )
    # Every company has a connection to itself (`crm.integration.connections`).
    op.get_bind().execute(
        sa.text(
            "insert into connections (name, name_key, kind, authentication, is_shared, permits, chosen_actions, state, "
            "add_time, update_time) values ('This CRM', 'this crm', 'here', 'session', true, 'all', '[]', 'connected', "
            "current_timestamp, current_timestamp)"
        )
    )
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))
