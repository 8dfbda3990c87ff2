"""The change log: every mutation records the user, the time and the changed fields, in the same transaction.

Changelogs, flows and recents are read from it.
"""

from __future__ import annotations

from typing import get_args

import sqlalchemy as sa

from dealwright.crm.kernel.record_types import Action, FieldChange, OtherName, RecordAction, RecordTypeName
from dealwright.crm.kernel.unit_of_work import Source, UnitOfWork
from dealwright.crm.values.formats import dumps
from dealwright.storage.engines import Transaction
from dealwright.storage.tables import changes

MERGED_INTO, MERGED_FROM = "merged_into_id", "merged_from_id"
"""The keys under which a merge logs the remaining record, in the entry of the removed one, and the other way round."""

RECORD_ACTIONS: tuple[RecordAction, ...] = get_args(RecordAction)


def log_change(
    crm: UnitOfWork,
    object: RecordTypeName | OtherName,
    record_id: int,
    action: Action,
    fields: list[FieldChange],
    *,
    is_bulk: bool = False,
) -> None:
    """Writes one mutation to the change log."""
    write_entry(
        crm.db,
        object,
        record_id,
        action,
        fields,
        time=crm.now_ms,
        actor_user_id=crm.actor.id,
        source=crm.source,
        user_agent=crm.user_agent,
        is_bulk=is_bulk,
        run_id=crm.run_id,
    )


def log_in_run(crm: UnitOfWork, object: OtherName, id: int) -> None:
    """Writes that a run has changed what the change log does not keep, so that nobody takes the run back without it.

    Does nothing outside of a run.
    """
    if crm.run_id is not None:
        log_change(crm, object, id, "update", [])


def write_entry(
    db: Transaction,
    object: RecordTypeName | OtherName,
    record_id: int,
    action: Action,
    fields: list[FieldChange],
    *,
    time: str,
    actor_user_id: int,
    source: Source,
    user_agent: str | None = None,
    is_bulk: bool = False,
    run_id: str | None = None,
) -> None:
    """Writes one mutation to the change log, where there is no unit of work that makes it."""
    db.insert_later(
        changes,
        {
            "time": time,
            "actor_user_id": actor_user_id,
            "object": object,
            "record_id": record_id,
            "action": action,
            "fields": dumps(fields),
            "source": source,
            "user_agent": user_agent,
            "is_bulk": is_bulk,
            "run_id": run_id,
        },
    )


def latest_id(crm: UnitOfWork, object: RecordTypeName, record_id: int) -> int:
    """Returns the id of the newest entry about a record; 0 when there is none."""
    newest = sa.select(sa.func.max(changes.c.id)).where(changes.c.object == object, changes.c.record_id == record_id)
    return crm.db.value(newest) or 0
