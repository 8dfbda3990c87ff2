"""Variations of products."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.products.products import READ, WRITE, NewPrice
from dealwright.contract.values import MAX_MEMBERS, Id, Name

ProductVariationId = Annotated[Id, Meta(description="The id of the variation.")]


class VariationPrice(TypedDict):
    """What a variation costs in one currency."""

    product_variation_id: int
    price: float
    currency: str
    cost: float
    direct_cost: float | None
    notes: str


class Variation(TypedDict):
    """A variation of a product."""

    id: int
    name: str
    product_id: int
    prices: list[VariationPrice]


class NewVariation(V2Body, kw_only=True):
    """A variation to create; without prices it costs 0 in the user's currency."""

    name: Name
    prices: Annotated[list[NewPrice], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET


class VariationChanges(V2Body, kw_only=True):
    """What to change of a variation; the prices are replaced as a whole."""

    name: Name | UnsetType = UNSET
    prices: Annotated[list[NewPrice], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET


@endpoint("GET /api/v2/products/{id}/variations", group="Products", scopes=READ, cost=10)
def get_products_by_id_variations(id: RecordId, page: CursorPaging) -> Page[Variation]:
    """List the variations of a product."""


@endpoint("POST /api/v2/products/{id}/variations", group="Products", scopes=WRITE, cost=5, status=201)
def post_products_by_id_variations(id: RecordId, data: NewVariation) -> Item[Variation]:
    """Add a variation to a product."""


@endpoint("PATCH /api/v2/products/{id}/variations/{product_variation_id}", group="Products", scopes=WRITE, cost=5)
def patch_products_by_id_variations_by_product_variation_id(
    id: RecordId, product_variation_id: ProductVariationId, data: VariationChanges
) -> Item[Variation]:
    """Change a variation of a product; only the properties given change."""


@endpoint("DELETE /api/v2/products/{id}/variations/{product_variation_id}", group="Products", scopes=WRITE, cost=3)
def delete_products_by_id_variations_by_product_variation_id(
    id: RecordId, product_variation_id: ProductVariationId
) -> Item[Deleted]:
    """Delete a variation of a product."""
