"""Goals of users, teams and the company."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.storage.tables.metadata import metadata
from dealwright.storage.types import DateText, DateTimeText, JsonText, Number, flag, key, link

goals = sa.Table(
    "goals",
    metadata,
    key(),
    # 32 hexadecimal digits, as the API names goals; those of the report on it are of the same kind.
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("report_uuid", sa.Text, nullable=False),
    link("owner_id", nullable=False),
    sa.Column("title", sa.Text),
    # deals_won, deals_progressed, activities_completed, activities_added, deals_started, revenue_forecast
    sa.Column("type", sa.Text, nullable=False),
    # Null for all pipelines, and for all types of activities.
    sa.Column("pipeline_ids", JsonText),
    link("stage_id"),
    sa.Column("activity_type_ids", JsonText),
    # person, team, company
    sa.Column("assignee_type", sa.Text, nullable=False),
    link("assignee_id", nullable=False),
    # weekly, monthly, quarterly, yearly
    sa.Column("interval", sa.Text, nullable=False),
    sa.Column("start_date", DateText, nullable=False),
    sa.Column("end_date", DateText),
    sa.Column("target", Number, nullable=False),
    # quantity, sum
    sa.Column("tracking_metric", sa.Text, nullable=False),
    link("currency_id"),
    flag("is_deleted"),
    sa.Column("delete_time", DateTimeText),
    sa.Column("add_time", DateTimeText, nullable=False),
    sa.Column("update_time", DateTimeText, nullable=False),
    sa.Index("ix_goals_assignee", "assignee_type", "assignee_id"),
    sqlite_autoincrement=True,
)
