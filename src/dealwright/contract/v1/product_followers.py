"""The users who follow a product."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Start
from dealwright.contract.v1.envelopes import Deleted, Item, Page
from dealwright.contract.v1.products import READ, WRITE
from dealwright.contract.values import Id


class ProductFollower(TypedDict):
    """A user who follows a product; ``id`` is that of the following, not of the user."""

    user_id: int
    id: int
    product_id: int
    add_time: str


class NewProductFollower(V1Body, kw_only=True):
    """The user who shall follow."""

    user_id: Id


@endpoint("GET /v1/products/{id}/followers", group="Products", scopes=READ, cost=20)
def get_products_by_id_followers(id: RecordId, start: Start = 0, limit: Limit | None = None) -> Page[ProductFollower]:
    """List the followers of a product."""


@endpoint("POST /v1/products/{id}/followers", group="Products", scopes=WRITE, cost=10, status=201)
def post_products_by_id_followers(id: RecordId, data: NewProductFollower) -> Item[ProductFollower]:
    """Make a user follow a product; one who follows it already stays as they are."""


@endpoint("DELETE /v1/products/{id}/followers/{follower_id}", group="Products", scopes=WRITE, cost=6)
def delete_products_by_id_followers_by_follower_id(
    id: RecordId,
    follower_id: Annotated[Id, Meta(description="The `id` of the follower in the list of followers, not the user's.")],
) -> Item[Deleted]:
    """End a user's following of a product."""
