"""The products of a deal."""

from __future__ import annotations

from typing import Any, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.deals import deal_products as contract
from dealwright.contract.v1.deals.deal_products import (
    AttachedProduct,
    DealProductChanges,
    DealProductsInfo,
    DealProductsPage,
    NewDealProduct,
    SharedDealProductProperties,
)
from dealwright.contract.v1.envelopes import Deleted, Item
from dealwright.contract.values import Flag
from dealwright.crm.deals import deal_products, deal_value, money
from dealwright.crm.deals.deal_amounts import total
from dealwright.crm.deals.model import DEAL, DEAL_PRODUCT, DealProduct
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products.model import PRODUCT
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import EmbeddedRecords
from dealwright.server.v1.products import products

_NAMES = {"enabled_flag": "is_enabled"}


def show_properties(line: DealProduct, currency: str) -> SharedDealProductProperties:
    """Returns the properties that both shapes of a line share."""
    return {
        "id": line.id,
        "deal_id": line.deal_id,
        "order_nr": line.order_nr,
        "product_id": line.product_id,
        "product_variation_id": line.product_variation_id,
        "item_price": line.item_price,
        "discount": line.discount,
        "discount_type": line.discount_type,  # type: ignore[typeddict-item]
        "sum": line.sum,
        "currency": currency,
        "enabled_flag": line.is_enabled,
        "add_time": line.add_time,
        "last_edit": line.update_time,
        "comments": line.comments,
        "active_flag": True,
        "tax": line.tax,
        "tax_method": line.tax_method,  # type: ignore[typeddict-item]
        "name": line.name,
        "quantity": line.quantity,
        "billing_frequency": line.billing_frequency,  # type: ignore[typeddict-item]
        "billing_frequency_cycles": line.billing_frequency_cycles,
        "billing_start_date": line.billing_start_date,
    }


def _show_item(crm: UnitOfWork, line: DealProduct) -> Item[AttachedProduct]:
    currency = records.get(crm, DEAL, line.deal_id).currency
    own: Any = {"company_id": crm.company.id, "product_attachment_id": line.id}
    return envelopes.item(cast("AttachedProduct", {**show_properties(line, currency), **own}))


@implements(contract.get_deals_by_id_products)
def get_deals_by_id_products(
    crm: UnitOfWork, id: int, page: OffsetPaging, include_product_data: Flag | None = None
) -> DealProductsPage:
    deal = records.get(crm, DEAL, id, deleted=True)
    found = pages.select_by_offset(crm, DEAL_PRODUCT, deal_products.criteria_for_deal(crm, deal.id), page)
    attached = records.in_bulk(crm, PRODUCT, [line.product_id for line in found.items] if include_product_data else [])
    visible = records.visible_ids(crm, PRODUCT, attached)
    shown_products = [attached[product_id] for product_id in sorted(visible)]
    by_id = {one["id"]: one for one in products.show_all(crm, shown_products)}
    shown: list[Any] = []
    for line in found.items:
        formatted = {
            "sum_formatted": money.format_amount(crm, line.sum, deal.currency),
            "quantity_formatted": money.format_number(crm, line.quantity),
        }
        with_product = {"product": by_id.get(line.product_id or 0)} if include_product_data else {}
        shown.append({**show_properties(line, deal.currency), **formatted, **with_product})
    references = EmbeddedRecords(crm, users=[product.owner_id for product in shown_products])
    return {
        "success": True,
        "data": shown or None,
        "additional_data": {**_totals(crm, deal.id, deal.currency), "pagination": envelopes.pagination(found)},
        "related_objects": references.related(),
    }


def _totals(crm: UnitOfWork, deal_id: int, currency: str) -> DealProductsInfo:
    """Returns the totals of all lines of a deal that are enabled."""
    enabled = [line for line in deal_value.lines_of(crm, deal_id) if line.is_enabled]
    quantity, amount = total(line.quantity for line in enabled), total(line.sum for line in enabled)
    totals: Any = {
        "products_quantity_total": quantity,
        "products_sum_total": amount,
        "products_quantity_total_formatted": money.format_number(crm, quantity),
        "products_sum_total_formatted": money.format_amount(crm, amount, currency),
    }
    return cast("DealProductsInfo", totals)


@implements(contract.post_deals_by_id_products)
def post_deals_by_id_products(crm: UnitOfWork, id: int, data: NewDealProduct) -> Item[AttachedProduct]:
    return _show_item(crm, deal_products.create(crm, id, [provided_values(data, _NAMES)])[0])


@implements(contract.put_deals_by_id_products_by_product_attachment_id)
def put_deals_by_id_products_by_product_attachment_id(
    crm: UnitOfWork, id: int, product_attachment_id: int, data: DealProductChanges
) -> Item[AttachedProduct]:
    return _show_item(crm, deal_products.update(crm, id, product_attachment_id, provided_values(data, _NAMES)))


@implements(contract.delete_deals_by_id_products_by_product_attachment_id)
def delete_deals_by_id_products_by_product_attachment_id(
    crm: UnitOfWork, id: int, product_attachment_id: int
) -> Item[Deleted]:
    deal_products.delete(crm, id, [product_attachment_id])
    return envelopes.deleted(product_attachment_id)
