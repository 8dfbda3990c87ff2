"""The users who follow a deal."""

from __future__ import annotations

from dealwright.contract.v1 import deal_followers as contract
from dealwright.contract.v1.deal_followers import DealFollower, NewDealFollower
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.crm import followers, pages
from dealwright.crm.followers import Follower
from dealwright.crm.model.deals import DEAL
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def _show(follower: Follower) -> DealFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "deal_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_deals_by_id_followers)
def get_deals_by_id_followers(crm: Crm, id: int) -> Page[DealFollower]:
    return envelopes.page(pages.whole(followers.listed(crm, DEAL, id, deleted=True)), _show)


@implements(contract.post_deals_by_id_followers)
def post_deals_by_id_followers(crm: Crm, id: int, data: NewDealFollower) -> Item[DealFollower]:
    return envelopes.item(_show(followers.follow(crm, DEAL, id, data.user_id, again=True)))


@implements(contract.delete_deals_by_id_followers_by_follower_id)
def delete_deals_by_id_followers_by_follower_id(crm: Crm, id: int, follower_id: int) -> Item[Deleted]:
    followers.unfollow(crm, DEAL, id, follower_id=follower_id)
    return envelopes.deleted(follower_id)
