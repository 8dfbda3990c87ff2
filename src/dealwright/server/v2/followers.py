"""Followers of records of all kinds, as v2 lists, adds and removes them."""

from __future__ import annotations

from typing import Any

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2 import followers as contract
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, FollowerChange, NewFollower
from dealwright.crm.kernel import followers, pages
from dealwright.crm.kernel.followers import Follower
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.relation_log import RelationChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import rfc3339_time


def list_page(crm: UnitOfWork, kind: RecordType[Any], id: int, page: CursorPaging) -> Page[contract.Follower]:
    """Returns a page of the followers of a record. Raises `NotFound`; for those of a user also `Forbidden`."""
    return envelopes.page(pages.paginate_list_by_cursor(followers.list_followers(crm, kind, id), page), _show)


def list_changes(crm: UnitOfWork, kind: RecordType[Any], id: int, page: CursorPaging) -> Page[FollowerChange]:
    """Returns a page of the additions and removals of followers of a record. Raises `NotFound`."""
    return envelopes.page(followers.changelog(crm, kind, id, page), _show_change)


def add(crm: UnitOfWork, kind: RecordType[Any], id: int, data: NewFollower) -> Item[contract.Follower]:
    """Adds a user to the followers of a record. Raises `NotFound`, and `Invalid` for a follower or an unknown user."""
    return envelopes.item(_show(followers.follow(crm, kind, id, data.user_id)))


def remove(crm: UnitOfWork, kind: RecordType[Any], id: int, user_id: int) -> Item[DeletedFollower]:
    """Removes a user from the followers of a record, and returns the user's id. Raises `NotFound`."""
    followers.unfollow(crm, kind, id, user_id=user_id)
    return envelopes.item({"user_id": user_id})


def _show(follower: Follower) -> contract.Follower:
    return {"user_id": follower.user_id, "add_time": rfc3339_time(follower.add_time)}


def _show_change(change: RelationChange) -> FollowerChange:
    return {
        "action": "added" if change.added else "removed",
        "actor_user_id": change.actor_user_id,
        "follower_user_id": change.other_id,
        "time": rfc3339_time(change.time),
    }
