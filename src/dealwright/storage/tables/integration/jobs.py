"""The jobs of a company on SQLite. On PostgreSQL they are in the tables of Procrastinate, one set for all companies."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateTimeMsText, JsonText, count, flag, key

jobs = sa.Table(
    "jobs",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("arguments", JsonText, nullable=False),
    # Jobs with the same lock run one at a time, in the order of their ids.
    sa.Column("lock", sa.Text),
    # waiting; behind, while others of its lock are before it; running; failed. A job that is done is deleted.
    sa.Column("state", sa.Text, nullable=False),
    # The earliest time to run it; of a running job the end of its lease, after which another process may reclaim it.
    sa.Column("due", DateTimeMsText, nullable=False),
    # The runner that runs it.
    sa.Column("runner", sa.Text),
    # The number of failures, and of processes that ended in the middle of it.
    count("failures"),
    count("interruptions"),
    sa.Column("error", sa.Text),
    sa.Column("add_time", DateTimeMsText, nullable=False),
    # Those that mostly wait for other machines are claimed by themselves.
    flag("mostly_waits"),
    sa.Index("ix_jobs_due", "state", "mostly_waits", "due"),
    sa.Index("ix_jobs_lock", "lock", "id"),
    sqlite_autoincrement=True,
    info={"only": "sqlite"},
)
