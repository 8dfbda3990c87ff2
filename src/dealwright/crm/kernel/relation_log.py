"""The entries of the change log about followers and participants: one for each addition and each removal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.kernel import changes, pages
from dealwright.crm.kernel.pages import CursorPage, CursorRequest
from dealwright.crm.kernel.record_types import FieldChange, RecordTypeName, RelationAction
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads
from dealwright.storage import tables

Relation = Literal["follower", "participant"]

ADDED_ACTIONS: dict[Relation, RelationAction] = {"follower": "follow", "participant": "join"}
REMOVED_ACTIONS: dict[Relation, RelationAction] = {"follower": "unfollow", "participant": "leave"}
"""The actions that log the addition and the removal of a follower or a participant."""

_RELATIONS: dict[str, Relation] = {
    action: relation for relation, action in (*ADDED_ACTIONS.items(), *REMOVED_ACTIONS.items())
}


class RelationChange(NamedTuple):
    """A user was added to or removed from the followers of a record, or a person from its participants.

    ``other_id`` is the id of that user or person. ``time`` is in whole seconds.
    """

    id: int
    relation: Relation
    added: bool
    other_id: int
    actor_user_id: int
    time: str


def log_added(crm: UnitOfWork, relation: Relation, object: RecordTypeName, record_id: int, other_id: int) -> None:
    """Logs that a user now follows a record, or that a person now participates in it."""
    changes.log_change(crm, object, record_id, ADDED_ACTIONS[relation], [(relation, None, other_id)])


def log_removed(
    crm: UnitOfWork, relation: Relation, object: RecordTypeName, record_id: int, other_id: int, row: Values
) -> None:
    """Logs that a user no longer follows a record, or that a person no longer participates in it.

    ``row`` has what else was stored of it, so that it can come back as it was (`removed_row`).
    """
    # The record has columns of the same names.
    last: list[FieldChange] = [(f"{relation}.{name}", value, None) for name, value in row.items()]
    changes.log_change(crm, object, record_id, REMOVED_ACTIONS[relation], [(relation, other_id, None), *last])


def removed_row(relation: Relation, fields: Sequence[FieldChange]) -> Values:
    """Returns what was stored of a follower or a participant, from the entry of its removal."""
    return {name.removeprefix(f"{relation}."): old for name, old, _ in fields[1:]}


def list_changes(
    crm: UnitOfWork,
    relation: Relation,
    object: RecordTypeName,
    record_id: int,
    *,
    direction: str,
    page: CursorRequest,
) -> CursorPage[RelationChange]:
    """Returns the additions and removals of followers or participants, oldest first (``asc``) or last (``desc``)."""
    columns, size = tables.changes.c, pages.page_size(page.limit)
    sorting = pages.Sorting(sort_direction=direction)
    criteria = [
        columns.object == object,
        columns.record_id == record_id,
        columns.action.in_([ADDED_ACTIONS[relation], REMOVED_ACTIONS[relation]]),
    ]
    last_id = 0
    if page.cursor is not None:
        sorting, _, last_id = pages.decode_cursor(page.cursor)
    descending = sorting.sort_direction == "desc"
    if page.cursor is not None:
        criteria.append(columns.id < last_id if descending else columns.id > last_id)
    order = columns.id.desc() if descending else columns.id
    found = _read(crm, _select().where(*criteria).order_by(order).limit(size + 1))
    if len(found) <= size:
        return CursorPage(found, None)
    last = found[size - 1].id
    return CursorPage(found[:size], pages.encode_cursor(sorting, last, last))


def in_bulk(crm: UnitOfWork, ids: list[int]) -> dict[int, RelationChange]:
    """Returns entries of the change log about followers and participants, by id."""
    if not ids:
        return {}
    return {entry.id: entry for entry in _read(crm, _select().where(tables.changes.c.id.in_(ids)))}


def _select() -> sa.Select[Any]:
    columns = tables.changes.c
    return sa.select(columns.id, columns.action, columns.fields, columns.actor_user_id, columns.time)


def _read(crm: UnitOfWork, statement: sa.Select[Any]) -> list[RelationChange]:
    found = []
    for id, action, fields, actor_user_id, time in crm.db.rows(statement):
        _, old, new = loads(fields)[0]
        added = action in ADDED_ACTIONS.values()
        found.append(RelationChange(id, _RELATIONS[action], added, new if added else old, actor_user_id, time[:19]))
    return found
