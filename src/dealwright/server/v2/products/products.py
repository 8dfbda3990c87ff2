"""Products."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.products import products as contract
from dealwright.contract.v2.products.products import NewProduct, ProductChanges, ProductFields, ProductsQuery
from dealwright.crm.fields import custom
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import product_prices, products
from dealwright.crm.products.model import PRODUCT, Product
from dealwright.crm.products.product_prices import Price
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes
from dealwright.server.v2.bodies import record_values
from dealwright.server.v2.values import rfc3339_time


def show_item(crm: UnitOfWork, product: Product) -> Item[contract.Product]:
    """Returns an answer with one product and its prices."""
    return envelopes.item(show(crm, product, product_prices.for_products(crm, [product.id])[product.id]))


def show(
    crm: UnitOfWork, product: Product, prices: Sequence[Price], custom_fields: Sequence[str] | None = None
) -> contract.Product:
    """Returns a product as v2 writes it, with all custom fields unless ``custom_fields`` names some."""
    return {
        "id": product.id,
        "name": product.name,
        "code": product.code,
        "description": product.description,
        "unit": product.unit,
        "tax": product.tax,
        "category": products.category(crm, product),
        "is_linkable": product.is_linkable,
        "is_deleted": product.is_deleted,
        "visible_to": product.visible_to,  # type: ignore[typeddict-item]
        "owner_id": product.owner_id,
        "add_time": rfc3339_time(product.add_time),
        "update_time": rfc3339_time(product.update_time),
        "billing_frequency": product.billing_frequency,  # type: ignore[typeddict-item]
        "billing_frequency_cycles": product.billing_frequency_cycles,
        "prices": [show_price(price) for price in prices],
        "custom_fields": custom.format_v2(crm, "product", product.custom_fields, custom_fields),
    }


def show_price(price: Price) -> contract.Price:
    """Returns the price of a product in one currency."""
    return {
        "product_id": price.owner_id,
        "price": price.price,
        "currency": price.currency,
        "cost": price.cost,
        "direct_cost": price.direct_cost,
        "notes": price.notes,
    }


@implements(contract.get_products)
def get_products(
    crm: UnitOfWork, query: ProductsQuery, fields: ProductFields, page: CursorPaging
) -> Page[contract.Product]:
    criteria = products.criteria(
        crm, filter_id=query.filter_id, ids=query.ids, owner_id=query.owner_id, updated_since=query.updated_since
    )
    found = pages.select_by_cursor(crm, PRODUCT, criteria, page, query)
    prices = product_prices.for_products(crm, [product.id for product in found.items])
    return envelopes.page(found, lambda product: show(crm, product, prices[product.id], fields.custom_fields))


@implements(contract.post_products)
def post_products(crm: UnitOfWork, data: NewProduct) -> Item[contract.Product]:
    values = record_values(crm, "product", data)
    return show_item(crm, products.create(crm, values, currency=crm.actor.default_currency))


@implements(contract.delete_products_by_id)
def delete_products_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    products.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_products_by_id)
def get_products_by_id(crm: UnitOfWork, id: int) -> Item[contract.Product]:
    return show_item(crm, records.get(crm, PRODUCT, id))


@implements(contract.patch_products_by_id)
def patch_products_by_id(crm: UnitOfWork, id: int, data: ProductChanges) -> Item[contract.Product]:
    return show_item(crm, products.update(crm, id, record_values(crm, "product", data)))


@implements(contract.post_products_by_id_duplicate)
def post_products_by_id_duplicate(crm: UnitOfWork, id: int) -> Item[contract.Product]:
    return show_item(crm, products.duplicate(crm, id))
