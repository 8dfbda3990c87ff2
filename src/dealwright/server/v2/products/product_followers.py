"""The users who follow a product."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, Follower, FollowerChange, NewFollower
from dealwright.contract.v2.products import product_followers as contract
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT
from dealwright.server.binding import implements
from dealwright.server.v2 import followers


@implements(contract.get_products_by_id_followers)
def get_products_by_id_followers(crm: UnitOfWork, id: int, page: CursorPaging) -> Page[Follower]:
    return followers.list_page(crm, PRODUCT, id, page)


@implements(contract.post_products_by_id_followers)
def post_products_by_id_followers(crm: UnitOfWork, id: int, data: NewFollower) -> Item[Follower]:
    return followers.add(crm, PRODUCT, id, data)


@implements(contract.get_products_by_id_followers_changelog)
def get_products_by_id_followers_changelog(crm: UnitOfWork, id: int, page: CursorPaging) -> Page[FollowerChange]:
    return followers.list_changes(crm, PRODUCT, id, page)


@implements(contract.delete_products_by_id_followers_by_follower_id)
def delete_products_by_id_followers_by_follower_id(crm: UnitOfWork, id: int, follower_id: int) -> Item[DeletedFollower]:
    return followers.remove(crm, PRODUCT, id, follower_id)
