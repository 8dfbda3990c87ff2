"""The deals that a product is in."""

from __future__ import annotations

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.deals import product_deals as contract
from dealwright.contract.v1.deals.deals import Deal, StatusOrAll
from dealwright.contract.v1.envelopes import Page
from dealwright.crm.deals import deals as rules
from dealwright.crm.kernel import records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT
from dealwright.server.binding import implements
from dealwright.server.v1.deals import deals


@implements(contract.get_products_by_id_deals)
def get_products_by_id_deals(
    crm: UnitOfWork, id: int, page: OffsetPaging, status: StatusOrAll = "all_not_deleted"
) -> Page[Deal]:
    product = records.get(crm, PRODUCT, id, deleted=True)
    return deals.list_page(crm, rules.criteria_for_product(crm, product.id, deals.to_statuses(status)), page)
