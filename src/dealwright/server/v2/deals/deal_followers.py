"""The users who follow a deal."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.deals import deal_followers as contract
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, Follower, FollowerChange, NewFollower
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v2 import followers


@implements(contract.get_deals_by_id_followers)
def get_deals_by_id_followers(crm: UnitOfWork, id: int, page: CursorPaging) -> Page[Follower]:
    return followers.list_page(crm, DEAL, id, page)


@implements(contract.post_deals_by_id_followers)
def post_deals_by_id_followers(crm: UnitOfWork, id: int, data: NewFollower) -> Item[Follower]:
    return followers.add(crm, DEAL, id, data)


@implements(contract.get_deals_by_id_followers_changelog)
def get_deals_by_id_followers_changelog(crm: UnitOfWork, id: int, page: CursorPaging) -> Page[FollowerChange]:
    return followers.list_changes(crm, DEAL, id, page)


@implements(contract.delete_deals_by_id_followers_by_follower_id)
def delete_deals_by_id_followers_by_follower_id(crm: UnitOfWork, id: int, follower_id: int) -> Item[DeletedFollower]:
    return followers.remove(crm, DEAL, id, follower_id)
