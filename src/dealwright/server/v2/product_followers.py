"""The users who follow a product."""

from __future__ import annotations

from dealwright.contract.v2 import product_followers as contract
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, Follower, FollowerChange, NewFollower
from dealwright.crm.model.products import PRODUCT
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v2 import followers


@implements(contract.get_products_by_id_followers)
def get_products_by_id_followers(
    crm: Crm, id: int, limit: int | None = None, cursor: str | None = None
) -> Page[Follower]:
    return followers.page_of(crm, PRODUCT, id, limit, cursor)


@implements(contract.post_products_by_id_followers)
def post_products_by_id_followers(crm: Crm, id: int, data: NewFollower) -> Item[Follower]:
    return followers.added(crm, PRODUCT, id, data)


@implements(contract.get_products_by_id_followers_changelog)
def get_products_by_id_followers_changelog(
    crm: Crm, id: int, limit: int | None = None, cursor: str | None = None
) -> Page[FollowerChange]:
    return followers.changelog_of(crm, PRODUCT, id, limit, cursor)


@implements(contract.delete_products_by_id_followers_by_follower_id)
def delete_products_by_id_followers_by_follower_id(crm: Crm, id: int, follower_id: int) -> Item[DeletedFollower]:
    return followers.removed(crm, PRODUCT, id, follower_id)
