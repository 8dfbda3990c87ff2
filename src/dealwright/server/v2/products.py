"""Products."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.v2 import products as contract
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.products import NewProduct, ProductChanges
from dealwright.contract.values import Direction
from dealwright.crm import pages, product_prices, products, records
from dealwright.crm.fields import custom
from dealwright.crm.model.products import PRODUCT, Product
from dealwright.crm.product_prices import Price
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import time


def one(crm: Crm, product: Product) -> Item[contract.Product]:
    """One product with its prices."""
    return envelopes.item(show(crm, product, product_prices.of(crm, [product.id])[product.id]))


def show(
    crm: Crm, product: Product, prices: Sequence[Price], custom_fields: Sequence[str] | None = None
) -> contract.Product:
    """A product as v2 writes it, with all custom fields unless some are named."""
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
        "add_time": time(product.add_time),
        "update_time": time(product.update_time),
        "billing_frequency": product.billing_frequency,  # type: ignore[typeddict-item]
        "billing_frequency_cycles": product.billing_frequency_cycles,
        "prices": [show_price(price) for price in prices],
        "custom_fields": custom.show_v2(crm, "product", product.custom_fields, custom_fields),
    }


def show_price(price: Price) -> contract.Price:
    """What a product costs in one currency."""
    return {
        "product_id": price.product_id,
        "price": price.price,
        "currency": price.currency,
        "cost": price.cost,
        "direct_cost": price.direct_cost,
        "notes": price.notes,
    }


def _values(crm: Crm, data: NewProduct | ProductChanges) -> Values:
    values = given(data)
    if isinstance(data.custom_fields, dict):
        values["custom_fields"] = custom.read_v2(crm, "product", data.custom_fields)
    return values


@implements(contract.get_products)
def get_products(
    crm: Crm,
    owner_id: int | None = None,
    ids: list[int] | None = None,
    filter_id: int | None = None,
    cursor: str | None = None,
    limit: int | None = None,
    sort_by: str = "id",
    sort_direction: Direction = "asc",
    custom_fields: list[str] | None = None,
) -> Page[contract.Product]:
    criteria = products.criteria(crm, filter_id=filter_id, ids=ids, owner_id=owner_id)
    found = pages.by_cursor(
        crm, PRODUCT, criteria, sort_by=sort_by, direction=sort_direction, limit=limit, cursor=cursor
    )
    prices = product_prices.of(crm, [product.id for product in found.items])
    return envelopes.page(found, lambda product: show(crm, product, prices[product.id], custom_fields))


@implements(contract.post_products)
def post_products(crm: Crm, data: NewProduct) -> Item[contract.Product]:
    return one(crm, products.create(crm, _values(crm, data), currency=crm.actor.default_currency))


@implements(contract.delete_products_by_id)
def delete_products_by_id(crm: Crm, id: int) -> Item[Deleted]:
    products.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_products_by_id)
def get_products_by_id(crm: Crm, id: int) -> Item[contract.Product]:
    return one(crm, records.get(crm, PRODUCT, id))


@implements(contract.patch_products_by_id)
def patch_products_by_id(crm: Crm, id: int, data: ProductChanges) -> Item[contract.Product]:
    return one(crm, products.update(crm, id, _values(crm, data)))
