"""The change log: every mutation records who changed what and when, field by field, in the same transaction.

Changelogs, flows, recents and webhooks are read from it.
"""

from __future__ import annotations

from typing import Literal, get_args

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.kinds import Object
from dealwright.crm.unit import Crm
from dealwright.crm.values import dumps
from dealwright.storage.tables import changes

OfRecord = Literal["create", "update", "delete", "restore", "merge"]
OfRelation = Literal["follow", "unfollow", "join", "leave"]
Action = OfRecord | OfRelation
"""What happened: to a record itself, or to who follows it and who takes part in it (`crm.relations`)."""

MERGED_INTO, MERGED_FROM = "merged_into_id", "merged_from_id"
"""The record that stays, in the entry of the one that goes, and the other way round."""

OF_RECORDS: tuple[OfRecord, ...] = get_args(OfRecord)

FieldChange = tuple[str, Json, Json]
"""The key of a field, its old value and its new one."""


def record(
    crm: Crm, object: Object, record_id: int, action: Action, fields: list[FieldChange], *, is_bulk: bool = False
) -> None:
    """Writes one mutation to the log."""
    crm.db.insert(
        changes,
        {
            "time": crm.now3,
            "actor_user_id": crm.actor.id,
            "object": object,
            "record_id": record_id,
            "action": action,
            "fields": dumps(fields),
            "source": crm.source,
            "user_agent": crm.user_agent,
            "is_bulk": is_bulk,
        },
    )


def latest_id(crm: Crm, object: Object, record_id: int) -> int:
    """The number of the newest entry about a record; 0 when there is none."""
    newest = sa.select(sa.func.max(changes.c.id)).where(changes.c.object == object, changes.c.record_id == record_id)
    return crm.db.value(newest) or 0
