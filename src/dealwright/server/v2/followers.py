"""What the followers of all kinds of records have in common: how v2 shows, adds and removes them."""

from __future__ import annotations

from typing import Any

from dealwright.contract.v2 import followers as contract
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, FollowerChange, NewFollower
from dealwright.crm import followers, pages
from dealwright.crm.followers import Follower
from dealwright.crm.kinds import Kind
from dealwright.crm.relations import RelationChange
from dealwright.crm.unit import Crm
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import time


def page_of(crm: Crm, kind: Kind[Any], id: int, limit: int | None, cursor: str | None) -> Page[contract.Follower]:
    """A page of the followers of a record."""
    found = pages.sorted_slice(followers.listed(crm, kind, id), "id", "asc", limit, cursor)
    return envelopes.page(found, _show)


def changelog_of(crm: Crm, kind: Kind[Any], id: int, limit: int | None, cursor: str | None) -> Page[FollowerChange]:
    """A page of who began and who ceased to follow a record."""
    return envelopes.page(followers.changelog(crm, kind, id, limit, cursor), _show_change)


def added(crm: Crm, kind: Kind[Any], id: int, data: NewFollower) -> Item[contract.Follower]:
    """Makes a user follow a record; one who does already is refused."""
    return envelopes.item(_show(followers.follow(crm, kind, id, data.user_id)))


def removed(crm: Crm, kind: Kind[Any], id: int, user_id: int) -> Item[DeletedFollower]:
    """Ends a user's following of a record."""
    followers.unfollow(crm, kind, id, user_id=user_id)
    return envelopes.item({"user_id": user_id})


def _show(follower: Follower) -> contract.Follower:
    return {"user_id": follower.user_id, "add_time": time(follower.add_time)}


def _show_change(change: RelationChange) -> FollowerChange:
    return {
        "action": "added" if change.added else "removed",
        "actor_user_id": change.actor_user_id,
        "follower_user_id": change.other_id,
        "time": time(change.time),
    }
