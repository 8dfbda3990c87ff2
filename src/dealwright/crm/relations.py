"""Who follows records, and who takes part in them, as the change log tells it: one row for each beginning and each end."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm import changes, pages
from dealwright.crm.kinds import Object
from dealwright.crm.pages import CursorPage
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.storage import tables

Relation = Literal["follower", "participant"]

BEGINS: dict[Relation, changes.OfRelation] = {"follower": "follow", "participant": "join"}
ENDS: dict[Relation, changes.OfRelation] = {"follower": "unfollow", "participant": "leave"}
"""What the change log calls the beginning and the end of a relation."""

_RELATIONS: dict[str, Relation] = {action: relation for relation, action in (*BEGINS.items(), *ENDS.items())}


class RelationChange(NamedTuple):
    """Somebody began or ceased to follow a record, or to take part in it. ``time`` is in whole seconds."""

    id: int
    relation: Relation
    added: bool
    other_id: int
    actor_user_id: int
    time: str


def began(crm: Crm, relation: Relation, object: Object, record_id: int, other_id: int) -> None:
    """Logs that a user follows a record, or that a person takes part in it."""
    changes.record(crm, object, record_id, BEGINS[relation], [(relation, None, other_id)])


def ended(crm: Crm, relation: Relation, object: Object, record_id: int, other_id: int) -> None:
    """Logs that a user follows a record no more, or that a person takes part in it no more."""
    changes.record(crm, object, record_id, ENDS[relation], [(relation, other_id, None)])


def page(
    crm: Crm,
    relation: Relation,
    object: Object,
    record_id: int,
    *,
    direction: str,
    limit: int | None,
    cursor: str | None,
) -> CursorPage[RelationChange]:
    """Who came and who went, in the order in which it happened (``asc``) or the other way round (``desc``)."""
    columns, size = tables.changes.c, pages.clamped(limit)
    criteria = [
        columns.object == object,
        columns.record_id == record_id,
        columns.action.in_([BEGINS[relation], ENDS[relation]]),
    ]
    if cursor is not None:
        _, direction, _, last_id = pages.read_cursor(cursor)
        criteria.append(columns.id < last_id if direction == "desc" else columns.id > last_id)
    order = columns.id.desc() if direction == "desc" else columns.id
    found = _read(crm, _select().where(*criteria).order_by(order).limit(size + 1))
    if len(found) <= size:
        return CursorPage(found, None)
    last = found[size - 1].id
    return CursorPage(found[:size], pages.write_cursor("id", direction, last, last))


def entries(crm: Crm, ids: list[int]) -> dict[int, RelationChange]:
    """Entries of the change log about followers and participants, by id."""
    if not ids:
        return {}
    return {entry.id: entry for entry in _read(crm, _select().where(tables.changes.c.id.in_(ids)))}


def _select() -> sa.Select[Any]:
    columns = tables.changes.c
    return sa.select(columns.id, columns.action, columns.fields, columns.actor_user_id, columns.time)


def _read(crm: Crm, statement: sa.Select[Any]) -> list[RelationChange]:
    found = []
    for id, action, fields, actor_user_id, time in crm.db.rows(statement):
        _, old, new = loads(fields)[0]
        added = action in BEGINS.values()
        found.append(RelationChange(id, _RELATIONS[action], added, new if added else old, actor_user_id, time[:19]))
    return found
