"""Followers: users who are told what happens to a record, and who see it whatever its visibility is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from dealwright.crm import access, counters, records, relations
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kinds import Kind, Object, Record
from dealwright.crm.pages import CursorPage
from dealwright.crm.relations import RelationChange
from dealwright.crm.unit import Crm
from dealwright.storage import tables

_COUNTED: Mapping[Object, counters.Counted] = {"deal": "deal", "person": "person", "organization": "organization"}
"""The kinds of records that know how many follow them."""


class Follower(Record):
    """That a user follows a record."""

    id: int
    object: str
    record_id: int
    user_id: int
    add_time: str


def of(crm: Crm, object: Object, record_id: int) -> list[Follower]:
    """The followers of a record, in the order in which they came."""
    table = tables.followers
    statement = sa.select(table).where(table.c.object == object, table.c.record_id == record_id).order_by(table.c.id)
    return [
        Follower(id=id, object=kind, record_id=record, user_id=user_id, add_time=add_time)
        for id, kind, record, user_id, add_time in crm.db.rows(statement)
    ]


def listed(crm: Crm, kind: Kind[Any], id: int, *, deleted: bool = False) -> list[Follower]:
    """The followers of a record that the actor sees, as in `of`. Raises `NotFound`.

    Who follows a user is told only to those who may see other users; raises `Forbidden` for all others.
    """
    if kind.object == "user":
        access.require(crm, "can_see_other_users")
    records.get(crm, kind, id, deleted=deleted)
    return of(crm, kind.object, id)


def follow(crm: Crm, kind: Kind[Any], id: int, user_id: int, *, again: bool = False) -> Follower:
    """Makes a user follow a record. Who follows it already is refused, unless it may be said ``again``.

    Raises `NotFound`, and `Invalid` when there is no such user.
    """
    records.get(crm, kind, id)
    access.assignable_user(crm, user_id, "user_id")
    known = next((follower for follower in of(crm, kind.object, id) if follower.user_id == user_id), None)
    if known and not again:
        raise Invalid("The user follows this already", "user_id")
    if known:
        return known
    _add(crm, kind.object, id, user_id)
    _recount(crm, kind, id)
    return of(crm, kind.object, id)[-1]


def unfollow(crm: Crm, kind: Kind[Any], id: int, *, follower_id: int | None = None, user_id: int | None = None) -> None:
    """Ends a following, which is named by its own id or by the user. Raises `NotFound`."""
    records.get(crm, kind, id)
    for follower in of(crm, kind.object, id):
        if follower.id == follower_id or follower.user_id == user_id:
            crm.db.execute(sa.delete(tables.followers).where(tables.followers.c.id == follower.id))
            relations.ended(crm, "follower", kind.object, id, follower.user_id)
            _recount(crm, kind, id)
            return
    raise NotFound("Follower not found")


def join(crm: Crm, kind: Kind[Any], from_id: int, to_id: int) -> None:
    """Makes those who follow a record follow another one too. The caller counts again."""
    following = {follower.user_id for follower in of(crm, kind.object, to_id)}
    for follower in of(crm, kind.object, from_id):
        if follower.user_id not in following:
            _add(crm, kind.object, to_id, follower.user_id)


def changelog(
    crm: Crm, kind: Kind[Any], id: int, limit: int | None = None, cursor: str | None = None
) -> CursorPage[RelationChange]:
    """Who began and who ceased to follow a record, the oldest first. Raises `NotFound`."""
    records.get(crm, kind, id)
    return relations.page(crm, "follower", kind.object, id, direction="asc", limit=limit, cursor=cursor)


def _add(crm: Crm, object: Object, record_id: int, user_id: int) -> None:
    values = {"object": object, "record_id": record_id, "user_id": user_id, "add_time": crm.now}
    crm.db.insert(tables.followers, values)
    relations.began(crm, "follower", object, record_id, user_id)


def _recount(crm: Crm, kind: Kind[Any], id: int) -> None:
    if counted := _COUNTED.get(kind.object):
        counters.recount_followers(crm, counted, [id])
