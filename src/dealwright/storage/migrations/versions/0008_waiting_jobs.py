"""Jobs that mostly wait for other machines, on SQLite: they are claimed by themselves."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

STATEMENTS = (
    "alter table jobs add column mostly_waits boolean not null default 0",
    "update jobs set mostly_waits = 1 where name = 'deliver_webhook'",
    "drop index ix_jobs_due",
    "CREATE INDEX ix_jobs_due ON jobs (state, mostly_waits, due)",
)


def upgrade() -> None:
    """Adds the column; on PostgreSQL they have a queue."""
    if op.get_bind().dialect.name == "sqlite":
        for statement in STATEMENTS:
            op.get_bind().exec_driver_sql(statement)
