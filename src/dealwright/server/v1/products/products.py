"""Products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Deleted, Item, List
from dealwright.contract.v1.products import products as contract
from dealwright.contract.v1.products.products import (
    NewProduct,
    ProductChanges,
    ProductsInfo,
    ProductsPage,
    ProductsQuery,
)
from dealwright.crm.fields import custom
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import product_prices, product_variations, products
from dealwright.crm.products.model import PRODUCT, Product
from dealwright.crm.products.product_prices import Price
from dealwright.crm.values.formats import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import EmbeddedRecords

_NAMES = {"selectable": "is_linkable"}


def show_item(crm: UnitOfWork, product: Product) -> Item[contract.Product]:
    """Returns the answer for one product, with its related objects."""
    references = _references(crm, [product])
    [shown] = show_all(crm, [product], references=references)
    return envelopes.item(shown, related=references.related())


def show_all(
    crm: UnitOfWork,
    found: Sequence[Product],
    prices: Mapping[int, Sequence[Price]] | None = None,
    references: EmbeddedRecords | None = None,
) -> list[contract.Product]:
    """Returns products as v1 writes them. The records to embed are read unless given.

    With ``prices``, those of another time, variations are left out, which are not known of that time.
    """
    ids = [product.id for product in found]
    known = product_prices.for_products(crm, ids) if prices is None else prices
    embedded = _references(crm, found) if references is None else references
    variations = _show_variations(crm, ids) if prices is None else {}
    return [show(crm, product, embedded, known[product.id], variations.get(product.id)) for product in found]


def _show_variations(crm: UnitOfWork, product_ids: Sequence[int]) -> dict[int, list[contract.Variation]]:
    """Returns the variations by the id of the product."""
    found = product_variations.for_products(crm, product_ids)
    ids = [variation.id for variations in found.values() for variation in variations]
    prices = product_prices.for_variations(crm, ids)
    return {
        product_id: [
            {
                "id": variation.id,
                "name": variation.name,
                "product_id": product_id,
                "prices": [_show_variation_price(price) for price in prices[variation.id]],
            }
            for variation in variations
        ]
        for product_id, variations in found.items()
    }


def _show_variation_price(price: Price) -> contract.VariationPrice:
    return {
        "id": price.id,
        "product_variation_id": price.owner_id,
        "price": price.price,
        "currency": price.currency,
        "cost": price.cost,
        "overhead_cost": price.direct_cost,
        "notes": price.notes,
    }


def show(
    crm: UnitOfWork,
    product: Product,
    references: EmbeddedRecords,
    prices: Sequence[Price],
    variations: list[contract.Variation] | None,
) -> contract.Product:
    """Returns a product with its owner embedded, its prices, its variations if they are given, and its custom fields."""
    category = products.category(crm, product)
    shown: dict[str, Any] = {
        "id": product.id,
        "name": product.name,
        "code": product.code,
        "description": product.description,
        "unit": product.unit,
        "tax": product.tax,
        "category": None if category is None else str(category),
        "active_flag": not product.is_deleted,
        "selectable": product.is_linkable,
        "first_char": product.first_char,
        "visible_to": str(product.visible_to),
        "owner_id": references.user(product.owner_id),
        "files_count": None,
        "add_time": product.add_time,
        "update_time": product.update_time,
        "billing_frequency": product.billing_frequency,
        "billing_frequency_cycles": product.billing_frequency_cycles,
        "prices": [show_price(price) for price in prices],
        **({} if variations is None else {"product_variations": variations}),
        **custom.format_v1(crm, "product", product.custom_fields),
    }
    return cast("contract.Product", shown)


def show_price(price: Price) -> contract.Price:
    """Returns the price of a product in one currency."""
    return {
        "id": price.id,
        "product_id": price.owner_id,
        "price": price.price,
        "currency": price.currency,
        "cost": price.cost,
        "overhead_cost": price.direct_cost,
        "notes": price.notes,
    }


def _references(crm: UnitOfWork, found: Sequence[Product]) -> EmbeddedRecords:
    return EmbeddedRecords(crm, users=[product.owner_id for product in found])


def _values(crm: UnitOfWork, data: NewProduct | ProductChanges, stored: str = "{}") -> Values:
    """Returns the values of a body; ``stored`` are the custom fields that the product has now. Raises `Invalid`."""
    values = provided_values(data, _NAMES)
    if "active_flag" in values:
        values["is_deleted"] = not values.pop("active_flag")
    if isinstance(prices := values.get("prices"), list):
        values["prices"] = [_price_values(price) for price in prices if isinstance(price, dict)]
    values["custom_fields"] = custom.parse_v1(crm, "product", data.custom_fields, stored)
    return values


def _price_values(price: Values) -> Values:
    return {"direct_cost" if name == "overhead_cost" else name: value for name, value in price.items()}


@implements(contract.get_products)
def get_products(crm: UnitOfWork, query: ProductsQuery, page: OffsetPaging) -> ProductsPage:
    criteria = products.criteria(
        crm, owner_id=query.user_id, filter_id=query.filter_id, ids=query.ids, first_char=query.first_char
    )
    found = pages.select_by_offset(crm, PRODUCT, criteria, page)
    references = _references(crm, found.items)
    where: ProductsInfo = {"pagination": envelopes.pagination(found)}
    if query.get_summary:
        where["summary"] = {"total_count": str(pages.count(crm, PRODUCT, criteria))}
    return {
        "success": True,
        "data": show_all(crm, found.items, references=references) or None,
        "additional_data": where,
        "related_objects": references.related(),
    }


@implements(contract.post_products)
def post_products(crm: UnitOfWork, data: NewProduct) -> Item[contract.Product]:
    currency = crm.company_data.company.default_currency
    return show_item(crm, products.create(crm, _values(crm, data), currency=currency))


@implements(contract.delete_products_by_id)
def delete_products_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    products.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_products_by_id)
def get_products_by_id(crm: UnitOfWork, id: int) -> Item[contract.Product]:
    return show_item(crm, records.get(crm, PRODUCT, id, deleted=True))


@implements(contract.put_products_by_id)
def put_products_by_id(crm: UnitOfWork, id: int, data: ProductChanges) -> Item[contract.Product]:
    stored = records.get(crm, PRODUCT, id, deleted=True).custom_fields
    return show_item(crm, products.update(crm, id, _values(crm, data, stored)))


@implements(contract.get_products_by_id_permitted_users)
def get_products_by_id_permitted_users(crm: UnitOfWork, id: int) -> List[int]:
    return envelopes.collection(access.permitted_users(crm, PRODUCT, records.get(crm, PRODUCT, id, deleted=True)))
