"""The users who follow a deal."""

from __future__ import annotations

from dealwright.contract.v2 import deal_followers as contract
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, Follower, FollowerChange, NewFollower
from dealwright.crm.model.deals import DEAL
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v2 import followers


@implements(contract.get_deals_by_id_followers)
def get_deals_by_id_followers(crm: Crm, id: int, limit: int | None = None, cursor: str | None = None) -> Page[Follower]:
    return followers.page_of(crm, DEAL, id, limit, cursor)


@implements(contract.post_deals_by_id_followers)
def post_deals_by_id_followers(crm: Crm, id: int, data: NewFollower) -> Item[Follower]:
    return followers.added(crm, DEAL, id, data)


@implements(contract.get_deals_by_id_followers_changelog)
def get_deals_by_id_followers_changelog(
    crm: Crm, id: int, limit: int | None = None, cursor: str | None = None
) -> Page[FollowerChange]:
    return followers.changelog_of(crm, DEAL, id, limit, cursor)


@implements(contract.delete_deals_by_id_followers_by_follower_id)
def delete_deals_by_id_followers_by_follower_id(crm: Crm, id: int, follower_id: int) -> Item[DeletedFollower]:
    return followers.removed(crm, DEAL, id, follower_id)
