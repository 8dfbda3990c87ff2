"""Followers: users who follow a record, and see it whatever its visibility is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access, counters, records, relation_log
from dealwright.crm.kernel.pages import CursorPage, CursorRequest
from dealwright.crm.kernel.record_types import Record, RecordType, RecordTypeName
from dealwright.crm.kernel.relation_log import RelationChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage import tables


class Follower(Record):
    """A user who follows a record."""

    id: int
    object: str
    record_id: int
    user_id: int
    add_time: str


def for_record(crm: UnitOfWork, object: RecordTypeName, record_id: int) -> list[Follower]:
    """Returns the followers of a record, in the order in which they were added."""
    table = tables.followers
    statement = sa.select(table).where(table.c.object == object, table.c.record_id == record_id).order_by(table.c.id)
    return [
        Follower(id=id, object=kind, record_id=record, user_id=user_id, add_time=add_time)
        for id, kind, record, user_id, add_time in crm.db.rows(statement)
    ]


def list_followers(crm: UnitOfWork, kind: RecordType[Any], id: int, *, deleted: bool = False) -> list[Follower]:
    """Returns the followers of a record that the actor sees, as `for_record` does. Raises `NotFound`.

    The followers of a user are visible only with the permission to see other users; raises `Forbidden` without it.
    """
    if kind.object == "user":
        access.require_permission(crm, "can_see_other_users")
    records.get(crm, kind, id, deleted=deleted)
    return for_record(crm, kind.object, id)


def follow(crm: UnitOfWork, kind: RecordType[Any], id: int, user_id: int, *, exist_ok: bool = False) -> Follower:
    """Adds a user to the followers of a record, and returns the follower.

    Raises `NotFound`, `Invalid` when there is no such user, and `Invalid` when the user follows the record already,
    unless ``exist_ok``.
    """
    records.get(crm, kind, id)
    access.require_assignable_user(crm, user_id, "user_id")
    known = next((follower for follower in for_record(crm, kind.object, id) if follower.user_id == user_id), None)
    if known and not exist_ok:
        raise Invalid("The user follows this already", "user_id")
    if known:
        return known
    _add(crm, kind.object, id, user_id)
    return for_record(crm, kind.object, id)[-1]


def unfollow(
    crm: UnitOfWork, kind: RecordType[Any], id: int, *, follower_id: int | None = None, user_id: int | None = None
) -> None:
    """Removes a follower, named by its own id or by the user's. Raises `NotFound`."""
    records.get(crm, kind, id)
    for follower in for_record(crm, kind.object, id):
        if follower.id == follower_id or follower.user_id == user_id:
            _remove(crm, kind.object, follower)
            return
    raise NotFound("Follower not found")


def restore(crm: UnitOfWork, object: RecordTypeName, record_id: int, user_id: int, row: Values) -> None:
    """Brings back a follower who was removed, with the values of its row that were logged; checks nothing."""
    _add(crm, object, record_id, user_id, row)


def take_back(crm: UnitOfWork, object: RecordTypeName, record_id: int, user_id: int) -> None:
    """Removes a follower, if there is one; checks nothing."""
    for follower in for_record(crm, object, record_id):
        if follower.user_id == user_id:
            _remove(crm, object, follower)


def copy_followers(
    crm: UnitOfWork, kind: RecordType[Any], from_id: int, to_id: int, *, to_kind: RecordType[Any] | None = None
) -> None:
    """Adds the followers of one record to those of another, which is of the same type unless ``to_kind`` is given."""
    target = (to_kind or kind).object
    following = {follower.user_id for follower in for_record(crm, target, to_id)}
    for follower in for_record(crm, kind.object, from_id):
        if follower.user_id not in following:
            _add(crm, target, to_id, follower.user_id)


def changelog(crm: UnitOfWork, kind: RecordType[Any], id: int, page: CursorRequest) -> CursorPage[RelationChange]:
    """Returns the additions and removals of followers of a record, the oldest first. Raises `NotFound`."""
    records.get(crm, kind, id)
    return relation_log.list_changes(crm, "follower", kind.object, id, direction="asc", page=page)


def _remove(crm: UnitOfWork, object: RecordTypeName, follower: Follower) -> None:
    crm.db.execute(sa.delete(tables.followers).where(tables.followers.c.id == follower.id))
    row: Values = {"id": follower.id, "add_time": follower.add_time}
    relation_log.log_removed(crm, "follower", object, follower.record_id, follower.user_id, row)
    counters.row_changed(crm, tables.followers, None, _counted(object, follower.record_id), None)


def _add(crm: UnitOfWork, object: RecordTypeName, record_id: int, user_id: int, row: Values | None = None) -> None:
    values = {"object": object, "record_id": record_id, "user_id": user_id, "add_time": crm.now, **(row or {})}
    crm.db.insert_later(tables.followers, values)
    relation_log.log_added(crm, "follower", object, record_id, user_id)
    counters.row_changed(crm, tables.followers, None, None, _counted(object, record_id))


def _counted(object: RecordTypeName, record_id: int) -> Values:
    return {"object": object, "record_id": record_id}
