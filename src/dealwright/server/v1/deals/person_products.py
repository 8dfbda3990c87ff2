"""The products in the deals of a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.deals import person_products as contract
from dealwright.contract.v1.deals.person_products import DealtProduct, PersonProduct, ProductDeal
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.contacts.model import PERSON
from dealwright.crm.deals import deal_products
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.deals import deals
from dealwright.server.v1.products import products


@implements(contract.get_persons_by_id_products)
def get_persons_by_id_products(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[dict[str, PersonProduct]]:
    person = records.get(crm, PERSON, id, deleted=True)
    found = deal_products.list_of_person(crm, person.id, page)
    sold = records.in_bulk(crm, DEAL, [one.deal_id for one in found.items])
    products_by_id = records.in_bulk(crm, PRODUCT, [one.product_id for one in found.items])
    shown_deals = {deal["id"]: deal for deal in deals.show_all_flat(crm, list(sold.values()))}
    shown_products = {product["id"]: product for product in products.show_all(crm, list(products_by_id.values()))}

    def show(one: deal_products.DealtProduct) -> dict[str, PersonProduct]:
        deal, product = shown_deals[one.deal_id], shown_products[one.product_id]
        own = {"company_id": crm.company.id}
        shown_deal = _declared(ProductDeal, {**deal, **own, "first_add_time": deal["add_time"]})
        owner = {"owner_id": product["owner_id"]["value"], "deal_id": one.deal_id}
        shown_product = _declared(DealtProduct, {**product, **own, **owner})
        return {str(one.deal_id): {"deal": shown_deal, "product": shown_product}}

    return envelopes.page(found, show)


def _declared(declared: Any, shown: Mapping[str, object]) -> Any:
    """Returns those members of a record that a shorter form of it has."""
    return {name: value for name, value in shown.items() if name in declared.__required_keys__}
