"""The jobs of a company on SQLite. On PostgreSQL they are in the tables of Procrastinate, one set for all companies."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import JsonText, Moment3, count, key

jobs = sa.Table(
    "jobs",
    metadata,
    key(),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("arguments", JsonText, nullable=False),
    # Those with the same one run one at a time, in the order of their ids.
    sa.Column("lock", sa.Text),
    # waiting; behind, while others of its lock are before it; running; failed. One that is done is gone.
    sa.Column("state", sa.Text, nullable=False),
    # Not to be run before; of one that is running: when it may be taken from a process that says nothing any more.
    sa.Column("due", Moment3, nullable=False),
    # Who runs it.
    sa.Column("runner", sa.Text),
    # How often it has failed, and how often a process ended in the middle of it.
    count("failures"),
    count("interruptions"),
    sa.Column("error", sa.Text),
    sa.Column("add_time", Moment3, nullable=False),
    sa.Index("ix_jobs_due", "state", "due"),
    sa.Index("ix_jobs_lock", "lock", "id"),
    sqlite_autoincrement=True,
    info={"only": "sqlite"},
)
