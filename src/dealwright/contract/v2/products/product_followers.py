"""The users who follow a product."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.envelopes import Item, Page
from dealwright.contract.v2.followers import DeletedFollower, Follower, FollowerChange, FollowerId, NewFollower
from dealwright.contract.v2.products.products import READ, WRITE


@endpoint("GET /api/v2/products/{id}/followers", group="Products", scopes=READ, cost=10)
def get_products_by_id_followers(id: RecordId, page: CursorPaging) -> Page[Follower]:
    """List the followers of a product."""


@endpoint("POST /api/v2/products/{id}/followers", group="Products", scopes=WRITE, cost=5, status=201)
def post_products_by_id_followers(id: RecordId, data: NewFollower) -> Item[Follower]:
    """Make a user follow a product; one who follows it already is refused."""


@endpoint("GET /api/v2/products/{id}/followers/changelog", group="Products", scopes=READ, cost=10)
def get_products_by_id_followers_changelog(id: RecordId, page: CursorPaging) -> Page[FollowerChange]:
    """List who began and who ceased to follow a product."""


@endpoint("DELETE /api/v2/products/{id}/followers/{follower_id}", group="Products", scopes=WRITE, cost=3)
def delete_products_by_id_followers_by_follower_id(id: RecordId, follower_id: FollowerId) -> Item[DeletedFollower]:
    """End a user's following of a product."""
