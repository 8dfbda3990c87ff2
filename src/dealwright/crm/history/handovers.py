"""Tells users of records whose owner they have become by what somebody else did.

Before the commit, `crm.companies` has it look through the changes of the unit of work: what one request, or one run, hands over to one
user is one notification for each type of records. A task has assignees in the place of an owner.
"""

from __future__ import annotations

from collections.abc import Iterable

from dealwright.crm.kernel import notifications
from dealwright.crm.kernel.changes import MERGED_INTO
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import RecordChange, UnitOfWork

OWNED: frozenset[RecordTypeName] = frozenset(
    {"activity", "deal", "lead", "organization", "person", "product", "project", "task"}
)
"""The types of the records that people look after."""


def notify_new_owners(crm: UnitOfWork) -> None:
    """Tells the new owners of records that were changed in this unit, but for the actor."""
    found: dict[tuple[int, RecordTypeName], list[int]] = {}
    for (object, id), change in crm.changes.items():
        if object not in OWNED or "delete" in change.actions or MERGED_INTO in change.fields:
            continue
        for user_id in _new_owner_ids(change):
            user = crm.company_data.users.get(user_id)
            if user_id != crm.actor.id and user is not None and user.is_enabled:
                found.setdefault((user_id, object), []).append(id)
    for (user_id, object), ids in found.items():
        notifications.hand_over(crm, user_id, object, ids)


def _new_owner_ids(change: RecordChange) -> Iterable[int]:
    if change.kind.object == "task":
        before, after = change.fields.get("assignee_ids", (None, None))
        return [id for id in _ids(after) if id not in _ids(before)]
    owner_id = change.values.get("owner_id")
    if not isinstance(owner_id, int) or owner_id == getattr(change.before, "owner_id", None):
        return ()
    return (owner_id,)


def _ids(value: object) -> list[int]:
    return [id for id in value if isinstance(id, int)] if isinstance(value, list) else []
