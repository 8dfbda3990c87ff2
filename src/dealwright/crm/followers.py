"""Followers: users who are told what happens to a record, and who see it whatever its visibility is."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm.kinds import Object, Record
from dealwright.crm.unit import Crm
from dealwright.storage import tables


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


def follow_new(crm: Crm, object: Object, record_id: int) -> None:
    """Makes the actor follow a record that it has just created."""
    values = {"object": object, "record_id": record_id, "user_id": crm.actor.id, "add_time": crm.now}
    crm.db.insert(tables.followers, values)
