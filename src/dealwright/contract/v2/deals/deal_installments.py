"""The installments in which a deal is paid."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, RecordId, SortDirection
from dealwright.contract.v2.deals.deal_products import DealIds
from dealwright.contract.v2.deals.deals import READ
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.values import Id, Name

Positive = Annotated[float, Meta(gt=0)]

InstallmentId = Annotated[Id, Meta(description="The id of the installment.")]
InstallmentOrder = Annotated[
    Literal["id", "billing_date", "deal_id"], Meta(description="What to sort by; `id` unless given.")
]


class DealInstallment(TypedDict):
    """An installment of a deal."""

    id: int
    amount: float
    billing_date: str
    description: str
    deal_id: int


class NewDealInstallment(V2Body, kw_only=True):
    """An installment to add."""

    description: Name
    amount: Positive
    billing_date: date


class DealInstallmentChanges(V2Body, kw_only=True):
    """What to change of an installment."""

    description: Name | UnsetType = UNSET
    amount: Positive | UnsetType = UNSET
    billing_date: date | UnsetType = UNSET


class DealInstallmentsQuery(Query):
    """The installments of which deals to list, and in which order."""

    deal_ids: DealIds
    sort_by: InstallmentOrder = "id"
    sort_direction: SortDirection = "asc"


@endpoint("GET /api/v2/deals/installments", group="Deals", scopes=READ, cost=10)
def get_deals_installments(query: DealInstallmentsQuery, page: CursorPaging) -> Page[DealInstallment]:
    """List the installments of several deals."""


@endpoint("POST /api/v2/deals/{id}/installments", group="Deals", scopes=READ, cost=5)
def post_deals_by_id_installments(id: RecordId, data: NewDealInstallment) -> Item[DealInstallment]:
    """Add an installment to a deal.

    The deal must have a product that is paid once, and none that is paid again and again.
    """


@endpoint("PATCH /api/v2/deals/{id}/installments/{installment_id}", group="Deals", scopes=READ, cost=5)
def patch_deals_by_id_installments_by_installment_id(
    id: RecordId, installment_id: InstallmentId, data: DealInstallmentChanges
) -> Item[DealInstallment]:
    """Change an installment of a deal."""


@endpoint("DELETE /api/v2/deals/{id}/installments/{installment_id}", group="Deals", scopes=READ, cost=3)
def delete_deals_by_id_installments_by_installment_id(id: RecordId, installment_id: InstallmentId) -> Item[Deleted]:
    """Delete an installment of a deal."""
