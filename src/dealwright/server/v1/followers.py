"""Followers of records of all kinds, as v1 lists, adds and removes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import NewFollower
from dealwright.crm.kernel import followers, pages
from dealwright.crm.kernel.followers import Follower
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.v1 import envelopes

FollowerT = TypeVar("FollowerT")


def list_all(crm: UnitOfWork, kind: RecordType[Any], id: int, show: Callable[[Follower], FollowerT]) -> Page[FollowerT]:
    """Returns all followers of a record on one page, each as ``show`` writes it. Raises `NotFound`."""
    return envelopes.page(pages.single_page(followers.list_followers(crm, kind, id, deleted=True)), show)


def list_page(
    crm: UnitOfWork, kind: RecordType[Any], id: int, page: OffsetPaging, show: Callable[[Follower], FollowerT]
) -> Page[FollowerT]:
    """Returns a page of the followers of a record, each as ``show`` writes it. Raises `NotFound`."""
    found = followers.list_followers(crm, kind, id, deleted=True)
    return envelopes.page(pages.paginate_list(found, page), show)


def add(
    crm: UnitOfWork, kind: RecordType[Any], id: int, data: NewFollower, show: Callable[[Follower], FollowerT]
) -> Item[FollowerT]:
    """Adds a user to the followers of a record, if absent. Raises `NotFound`, and `Invalid` for an unknown user."""
    return envelopes.item(show(followers.follow(crm, kind, id, data.user_id, exist_ok=True)))


def remove(crm: UnitOfWork, kind: RecordType[Any], id: int, follower_id: int) -> Item[Deleted]:
    """Removes a follower by its own id, and returns that id. Raises `NotFound`."""
    followers.unfollow(crm, kind, id, follower_id=follower_id)
    return envelopes.deleted(follower_id)
