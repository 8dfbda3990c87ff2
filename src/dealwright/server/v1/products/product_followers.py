"""The users who follow a product."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import NewFollower
from dealwright.contract.v1.products import product_followers as contract
from dealwright.contract.v1.products.product_followers import ProductFollower
from dealwright.crm.kernel.followers import Follower
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT
from dealwright.server.binding import implements
from dealwright.server.v1 import followers


def _show(follower: Follower) -> ProductFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "product_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_products_by_id_followers)
def get_products_by_id_followers(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[ProductFollower]:
    return followers.list_page(crm, PRODUCT, id, page, _show)


@implements(contract.post_products_by_id_followers)
def post_products_by_id_followers(crm: UnitOfWork, id: int, data: NewFollower) -> Item[ProductFollower]:
    return followers.add(crm, PRODUCT, id, data, _show)


@implements(contract.delete_products_by_id_followers_by_follower_id)
def delete_products_by_id_followers_by_follower_id(crm: UnitOfWork, id: int, follower_id: int) -> Item[Deleted]:
    return followers.remove(crm, PRODUCT, id, follower_id)
