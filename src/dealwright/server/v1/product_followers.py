"""The users who follow a product."""

from __future__ import annotations

from dealwright.contract.v1 import product_followers as contract
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.product_followers import NewProductFollower, ProductFollower
from dealwright.crm import followers, pages
from dealwright.crm.followers import Follower
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def _show(follower: Follower) -> ProductFollower:
    return {
        "user_id": follower.user_id,
        "id": follower.id,
        "product_id": follower.record_id,
        "add_time": follower.add_time,
    }


@implements(contract.get_products_by_id_followers)
def get_products_by_id_followers(crm: Crm, id: int, start: int = 0, limit: int | None = None) -> Page[ProductFollower]:
    return envelopes.page(pages.slice_of(followers.listed(crm, PRODUCT, id, deleted=True), start, limit), _show)


@implements(contract.post_products_by_id_followers)
def post_products_by_id_followers(crm: Crm, id: int, data: NewProductFollower) -> Item[ProductFollower]:
    return envelopes.item(_show(followers.follow(crm, PRODUCT, id, data.user_id, again=True)))


@implements(contract.delete_products_by_id_followers_by_follower_id)
def delete_products_by_id_followers_by_follower_id(crm: Crm, id: int, follower_id: int) -> Item[Deleted]:
    followers.unfollow(crm, PRODUCT, id, follower_id=follower_id)
    return envelopes.deleted(follower_id)
