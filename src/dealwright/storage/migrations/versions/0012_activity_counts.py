"""How many activities deals, persons and organizations have, by owner and type."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

KEYS = {"sqlite": "INTEGER", "postgresql": "BIGINT"}
NO = {"sqlite": "0", "postgresql": "false"}
COPIED = ("owner_id", "type")
COUNTED = (
    ("deal", "activities", "deal_id", "true"),
    ("person", "activity_participants", "person_id", "is_primary"),
    ("organization", "activities", "org_id", "true"),
)
"""Records, the rows that they count, what links these, and whether a row is of the record first of all."""


def upgrade() -> None:
    """Makes participants repeat owner and type of their activity, and counts the activities of records by these."""
    db = op.get_bind()
    for statement in _statements(db.dialect.name):
        db.execute(sa.text(statement))


def _statements(dialect: str) -> Iterator[str]:
    key = KEYS[dialect]
    for name, type in zip(COPIED, (key, "TEXT"), strict=True):
        yield f"alter table activity_participants add column {name} {type}"
    copied = ", ".join(
        f"{name} = (select {name} from activities where id = activity_participants.activity_id)" for name in COPIED
    )
    yield f"update activity_participants set {copied}"
    yield (
        "CREATE INDEX ix_activity_participants_others ON activity_participants "
        f"(person_id, is_deleted, is_primary, owner_id, activity_id) WHERE is_primary = {NO[dialect]}"
    )
    yield (
        f"create table activity_counts (object TEXT not null, record_id {key} not null, owner_id {key} not null, "
        "type TEXT not null, done BOOLEAN not null, is_primary BOOLEAN not null, number INTEGER default '0' not null, "
        "primary key (object, record_id, owner_id, type, done, is_primary))"
    )
    for object, table, link, is_primary in COUNTED:
        yield (
            f"insert into activity_counts select '{object}', {link}, owner_id, type, done, {is_primary}, count(*) "
            f"from {table} where {link} is not null and is_deleted = {NO[dialect]} and owner_id is not null "
            f"group by {link}, owner_id, type, done{'' if is_primary == 'true' else ', is_primary'}"
        )
