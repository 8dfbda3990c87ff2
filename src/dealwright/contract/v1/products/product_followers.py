"""The users who follow a product."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.followers import Follower, FollowerId, NewFollower
from dealwright.contract.v1.products.products import READ, WRITE


class ProductFollower(Follower):
    """A user who follows a product; ``id`` is that of the following, not of the user."""

    product_id: int


@endpoint("GET /v1/products/{id}/followers", group="Products", scopes=READ, cost=20)
def get_products_by_id_followers(id: RecordId, page: OffsetPaging) -> Page[ProductFollower]:
    """List the followers of a product."""


@endpoint("POST /v1/products/{id}/followers", group="Products", scopes=WRITE, cost=10, status=201)
def post_products_by_id_followers(id: RecordId, data: NewFollower) -> Item[ProductFollower]:
    """Make a user follow a product; one who follows it already stays as they are."""


@endpoint("DELETE /v1/products/{id}/followers/{follower_id}", group="Products", scopes=WRITE, cost=6)
def delete_products_by_id_followers_by_follower_id(id: RecordId, follower_id: FollowerId) -> Item[Deleted]:
    """End a user's following of a product."""
