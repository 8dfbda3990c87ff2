"""Teams, goals, add-ons, and what users have set and connected; the permission sets of every company say what they are for."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.Text().with_variant(postgresql.TIMESTAMP(precision=0), "postgresql")
JSON = sa.Text().with_variant(postgresql.JSONB(), "postgresql")

DATE = sa.Text().with_variant(sa.Date(), "postgresql")
NUMBER: sa.types.TypeEngine[Any] = sa.Double().with_variant(sa.Numeric(), "sqlite")

COUNTED = "is_deleted, owner_id, pipeline_id, visible_to, currency, value"
"""The columns of deals that goals count by and add up, and those that say who sees them."""

INDEXES = (
    "CREATE INDEX ix_goals_assignee ON goals (assignee_type, assignee_id)",
    "drop index ix_deals_add_time",
    f"CREATE INDEX ix_deals_add_time ON deals (add_time, id, {COUNTED})",
    f"CREATE INDEX ix_deals_won_time ON deals (won_time, {COUNTED}, status) WHERE won_time is not null",
    "CREATE INDEX ix_deals_expected_close_date ON deals "
    f"(expected_close_date, status, is_archived, {COUNTED}, probability, stage_id) WHERE expected_close_date is not null",
    "CREATE INDEX ix_deal_stages_stage ON deal_stages (stage_id, entered_time, deal_id)",
    "drop index ix_activities_add_time",
    "CREATE INDEX ix_activities_add_time ON activities (add_time, id, is_deleted, owner_id, type)",
    "CREATE INDEX ix_activities_done_time ON activities "
    "(marked_as_done_time, is_deleted, owner_id, type, done) WHERE marked_as_done_time is not null",
)

DESCRIPTIONS = {
    "Deals admin": "May do everything with deals, leads and products, and sets up pipelines and fields.",
    "Deals regular user": "May work with the deals, leads and products that they see. New users get this one.",
    "Global admin": "May do everything in all apps, also with contacts and activities of others.",
    "Global regular user": "May work with the contacts and activities that they see. New users get this one.",
    "Account settings": "May invite and deactivate users, and set up roles, teams and permissions.",
}


def upgrade() -> None:
    """Makes the tables, and describes the permission sets that are not described yet."""
    op.create_table(
        "teams",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("manager_id", ID, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False, server_default=sa.true()),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("add_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sa.Column("created_by_user_id", ID, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "team_members",
        sa.Column("team_id", ID, primary_key=True, autoincrement=False),
        sa.Column("user_id", ID, primary_key=True, autoincrement=False),
    )
    op.create_table("addons", sa.Column("code", sa.Text, primary_key=True))
    op.create_table(
        "user_settings",
        sa.Column("user_id", ID, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("value", JSON, nullable=False),
    )
    op.create_table(
        "user_connections",
        sa.Column("user_id", ID, primary_key=True, autoincrement=False),
        sa.Column("service", sa.Text, primary_key=True),
        sa.Column("account_id", sa.Text, nullable=False),
    )
    _make_goals()
    describe = sa.text("update permission_sets set description = :text where name = :name and description = ''")
    for name, text in DESCRIPTIONS.items():
        op.get_bind().execute(describe, {"name": name, "text": text})
    _log_creation_of_roles(op.get_bind())
    op.get_bind().execute(sa.text("update company set settings_version = settings_version + 1"))


def _log_creation_of_roles(db: sa.Connection) -> None:
    """Logs the creation of the roles that there are, without their values, at the time of the first user."""
    is_sqlite = db.dialect.name == "sqlite"
    time, no = ("min(add_time) || '.000'", "0") if is_sqlite else ("min(add_time)", "false")
    db.execute(
        sa.text(
            "insert into changes (time, actor_user_id, object, record_id, action, fields, source, is_bulk) "
            f"select (select {time} from users), (select min(id) from users), 'role', roles.id, 'create', '[]', 'app', {no} "
            "from roles where exists (select 1 from users) order by roles.id"
        )
    )


def _make_goals() -> None:
    op.create_table(
        "goals",
        sa.Column("id", ID, primary_key=True, autoincrement=True),
        sa.Column("uuid", sa.Text, nullable=False, unique=True),
        sa.Column("report_uuid", sa.Text, nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("title", sa.Text),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("pipeline_ids", JSON),
        sa.Column("stage_id", ID),
        sa.Column("activity_type_ids", JSON),
        sa.Column("assignee_type", sa.Text, nullable=False),
        sa.Column("assignee_id", ID, nullable=False),
        sa.Column("interval", sa.Text, nullable=False),
        sa.Column("start_date", DATE, nullable=False),
        sa.Column("end_date", DATE),
        sa.Column("target", NUMBER, nullable=False),
        sa.Column("tracking_metric", sa.Text, nullable=False),
        sa.Column("currency_id", ID),
        sa.Column("is_deleted", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("delete_time", TIME),
        sa.Column("add_time", TIME, nullable=False),
        sa.Column("update_time", TIME, nullable=False),
        sqlite_autoincrement=True,
    )
    for statement in INDEXES:
        op.get_bind().execute(sa.text(statement))
