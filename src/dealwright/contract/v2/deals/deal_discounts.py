"""The discounts on a whole deal."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v2.deals.deals import READ
from dealwright.contract.v2.envelopes import Item, List
from dealwright.contract.values import Name, Uuid

DiscountType = Literal["percentage", "amount"]
Positive = Annotated[float, Meta(gt=0)]

DiscountId = Annotated[Uuid, Meta(description="The id of the discount, a UUID.")]


class DealDiscount(TypedDict):
    """A discount on a whole deal; ``id`` is a UUID."""

    id: str
    type: DiscountType
    amount: float
    description: str
    deal_id: int
    created_at: str
    created_by: int
    updated_at: str
    updated_by: int


class DeletedDealDiscount(TypedDict):
    """What a delete leaves: the id, which the vendor documents as a number although it is a UUID elsewhere."""

    id: int | str


class NewDealDiscount(V2Body, kw_only=True):
    """A discount to give."""

    description: Name
    amount: Positive
    type: DiscountType


class DealDiscountChanges(V2Body, kw_only=True):
    """What to change of a discount."""

    description: Name | UnsetType = UNSET
    amount: Positive | UnsetType = UNSET
    type: DiscountType | UnsetType = UNSET


@endpoint("GET /api/v2/deals/{id}/discounts", group="Deals", scopes=READ, cost=10)
def get_deals_by_id_discounts(id: RecordId) -> List[DealDiscount]:
    """List the discounts on a deal."""


@endpoint("POST /api/v2/deals/{id}/discounts", group="Deals", scopes=READ, cost=5, status=201)
def post_deals_by_id_discounts(id: RecordId, data: NewDealDiscount) -> Item[DealDiscount]:
    """Give a discount on a deal; its value follows when it has products that are paid once."""


@endpoint("PATCH /api/v2/deals/{id}/discounts/{discount_id}", group="Deals", scopes=READ, cost=5)
def patch_deals_by_id_discounts_by_discount_id(
    id: RecordId, discount_id: DiscountId, data: DealDiscountChanges
) -> Item[DealDiscount]:
    """Change a discount on a deal."""


@endpoint("DELETE /api/v2/deals/{id}/discounts/{discount_id}", group="Deals", scopes=READ, cost=3)
def delete_deals_by_id_discounts_by_discount_id(id: RecordId, discount_id: DiscountId) -> Item[DeletedDealDiscount]:
    """Take a discount from a deal."""
