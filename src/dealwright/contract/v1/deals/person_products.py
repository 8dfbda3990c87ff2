"""The products in the deals of a person."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.contacts.persons import READ
from dealwright.contract.v1.deals.deals import CommonDealProperties
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.products.products import CommonProductProperties


class ProductDeal(CommonDealProperties):
    """The deal that a product is in, with plain ids."""

    company_id: int
    creator_user_id: int
    user_id: int
    person_id: int | None
    org_id: int | None
    first_add_time: str


class DealtProduct(CommonProductProperties):
    """A product in a deal, with plain ids."""

    company_id: int
    owner_id: int
    deal_id: int


class PersonProduct(TypedDict):
    """A product and the deal that it is in."""

    deal: ProductDeal
    product: DealtProduct


@endpoint("GET /v1/persons/{id}/products", group="Persons", scopes=READ, cost=20)
def get_persons_by_id_products(id: RecordId, page: OffsetPaging) -> Page[dict[str, PersonProduct]]:
    """List the products in the deals of a person, each by the id of its deal."""
