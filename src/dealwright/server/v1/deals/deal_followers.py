"""The users who follow a deal."""

from __future__ import annotations

from dealwright.contract.v1.deals import deal_followers as contract
from dealwright.contract.v1.deals.deal_followers import DealFollower
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import NewFollower
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.followers import Follower
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import followers


def _show(follower: Follower) -> DealFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "deal_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_deals_by_id_followers)
def get_deals_by_id_followers(crm: UnitOfWork, id: int) -> Page[DealFollower]:
    return followers.list_all(crm, DEAL, id, _show)


@implements(contract.post_deals_by_id_followers)
def post_deals_by_id_followers(crm: UnitOfWork, id: int, data: NewFollower) -> Item[DealFollower]:
    return followers.add(crm, DEAL, id, data, _show)


@implements(contract.delete_deals_by_id_followers_by_follower_id)
def delete_deals_by_id_followers_by_follower_id(crm: UnitOfWork, id: int, follower_id: int) -> Item[Deleted]:
    return followers.remove(crm, DEAL, id, follower_id)
