"""The products of deals."""

from __future__ import annotations

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.deals import deal_products as contract
from dealwright.contract.v2.deals.deal_products import (
    DealProductChanges,
    DealProductsDeletion,
    DealProductSorting,
    DealProductsQuery,
    NewDealProduct,
    NewDealProducts,
)
from dealwright.contract.v2.envelopes import Deleted, Item, List, Page
from dealwright.crm.deals import deal_products
from dealwright.crm.deals.model import DEAL, DEAL_PRODUCT, DealProduct
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import rfc3339_time


def show(line: DealProduct, currency: str) -> contract.DealProduct:
    """Returns a line of a deal as v2 writes it."""
    return {
        "id": line.id,
        "deal_id": line.deal_id,
        "product_id": line.product_id,
        "product_variation_id": line.product_variation_id,
        "name": line.name,
        "item_price": line.item_price,
        "quantity": line.quantity,
        "discount": line.discount,
        "discount_type": line.discount_type,  # type: ignore[typeddict-item]
        "sum": line.sum,
        "tax": line.tax,
        "tax_method": line.tax_method,  # type: ignore[typeddict-item]
        "currency": currency,
        "is_enabled": line.is_enabled,
        "comments": line.comments or "",
        "order_nr": line.order_nr,
        "add_time": rfc3339_time(line.add_time),
        "update_time": rfc3339_time(line.update_time),
        "billing_frequency": line.billing_frequency,  # type: ignore[typeddict-item]
        "billing_frequency_cycles": line.billing_frequency_cycles,
        "billing_start_date": line.billing_start_date,
    }


def _page(crm: UnitOfWork, found: pages.CursorPage[DealProduct]) -> Page[contract.DealProduct]:
    deals = records.in_bulk(crm, DEAL, [line.deal_id for line in found.items])
    return envelopes.page(found, lambda line: show(line, deals[line.deal_id].currency))


def _show_all(crm: UnitOfWork, deal_id: int, lines: list[DealProduct]) -> list[contract.DealProduct]:
    currency = records.get(crm, DEAL, deal_id).currency
    return [show(line, currency) for line in lines]


@implements(contract.get_deals_products)
def get_deals_products(crm: UnitOfWork, query: DealProductsQuery, page: CursorPaging) -> Page[contract.DealProduct]:
    criteria = deal_products.criteria(crm, query.deal_ids)
    return _page(crm, pages.select_by_cursor(crm, DEAL_PRODUCT, criteria, page, query))


@implements(contract.get_deals_by_id_products)
def get_deals_by_id_products(
    crm: UnitOfWork, id: int, sorting: DealProductSorting, page: CursorPaging
) -> Page[contract.DealProduct]:
    criteria = deal_products.criteria_for_deal(crm, records.get(crm, DEAL, id).id)
    return _page(crm, pages.select_by_cursor(crm, DEAL_PRODUCT, criteria, page, sorting))


@implements(contract.post_deals_by_id_products)
def post_deals_by_id_products(crm: UnitOfWork, id: int, data: NewDealProduct) -> Item[contract.DealProduct]:
    lines = deal_products.create(crm, id, [provided_values(data)])
    return envelopes.item(_show_all(crm, id, lines)[0])


@implements(contract.post_deals_by_id_products_bulk)
def post_deals_by_id_products_bulk(crm: UnitOfWork, id: int, data: NewDealProducts) -> List[contract.DealProduct]:
    lines = deal_products.create(crm, id, [provided_values(one) for one in data.data])
    return envelopes.collection(_show_all(crm, id, lines))


@implements(contract.patch_deals_by_id_products_by_product_attachment_id)
def patch_deals_by_id_products_by_product_attachment_id(
    crm: UnitOfWork, id: int, product_attachment_id: int, data: DealProductChanges
) -> Item[contract.DealProduct]:
    line = deal_products.update(crm, id, product_attachment_id, provided_values(data))
    return envelopes.item(_show_all(crm, id, [line])[0])


@implements(contract.delete_deals_by_id_products)
def delete_deals_by_id_products(crm: UnitOfWork, id: int, ids: list[int] | None = None) -> DealProductsDeletion:
    deleted, more = deal_products.delete(crm, id, ids)
    return {"success": True, "data": {"ids": deleted}, "additional_data": {"more_items_in_collection": more}}


@implements(contract.delete_deals_by_id_products_by_product_attachment_id)
def delete_deals_by_id_products_by_product_attachment_id(
    crm: UnitOfWork, id: int, product_attachment_id: int
) -> Item[Deleted]:
    deal_products.delete(crm, id, [product_attachment_id])
    return envelopes.deleted(product_attachment_id)
