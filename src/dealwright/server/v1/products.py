"""Products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from dealwright.contract.v1 import products as contract
from dealwright.contract.v1.envelopes import Deleted, Item, List
from dealwright.contract.v1.products import NewProduct, ProductChanges, ProductsInfo, ProductsPage
from dealwright.crm import access, pages, product_prices, products, records
from dealwright.crm.fields import custom
from dealwright.crm.model.products import PRODUCT, Product
from dealwright.crm.product_prices import Price
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes
from dealwright.server.v1.references import References

_NAMES = {"selectable": "is_linkable"}


def one(crm: Crm, product: Product) -> Item[contract.Product]:
    """One product with its related objects."""
    references = _references(crm, [product])
    shown = show(crm, product, references, product_prices.of(crm, [product.id])[product.id])
    return envelopes.item(shown, related=references.related())


def show_all(
    crm: Crm, found: Sequence[Product], prices: Mapping[int, Sequence[Price]] | None = None
) -> list[contract.Product]:
    """Products as v1 writes them, for where they stand among other things; with what they cost unless that is known."""
    references = _references(crm, found)
    known = product_prices.of(crm, [product.id for product in found]) if prices is None else prices
    return [show(crm, product, references, known[product.id]) for product in found]


def show(crm: Crm, product: Product, references: References, prices: Sequence[Price]) -> contract.Product:
    """A product with its owner embedded, its prices and its custom fields."""
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
        **custom.show_v1(crm, "product", product.custom_fields),
    }
    return cast("contract.Product", shown)


def show_price(price: Price) -> contract.Price:
    """What a product costs in one currency."""
    return {
        "id": price.id,
        "product_id": price.product_id,
        "price": price.price,
        "currency": price.currency,
        "cost": price.cost,
        "overhead_cost": price.direct_cost,
        "notes": price.notes,
    }


def _references(crm: Crm, found: Sequence[Product]) -> References:
    return References(crm, users=[product.owner_id for product in found])


def _values(crm: Crm, data: NewProduct | ProductChanges, stored: str = "{}") -> Values:
    """What a body gives; ``stored`` are the custom fields that the product has now."""
    values = given(data, _NAMES)
    if "active_flag" in values:
        values["is_deleted"] = not values.pop("active_flag")
    if isinstance(prices := values.get("prices"), list):
        values["prices"] = [_price(price) for price in prices if isinstance(price, dict)]
    values["custom_fields"] = custom.read_v1(crm, "product", data.custom_fields, stored)
    return values


def _price(given: Values) -> Values:
    return {"direct_cost" if name == "overhead_cost" else name: value for name, value in given.items()}


@implements(contract.get_products)
def get_products(
    crm: Crm,
    user_id: int | None = None,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    first_char: str | None = None,
    get_summary: bool | None = None,
    start: int = 0,
    limit: int | None = None,
) -> ProductsPage:
    criteria = products.criteria(crm, owner_id=user_id, filter_id=filter_id, ids=ids, first_char=first_char)
    found = pages.by_offset(crm, PRODUCT, criteria, start=start, limit=limit)
    references = _references(crm, found.items)
    prices = product_prices.of(crm, [product.id for product in found.items])
    where: ProductsInfo = {"pagination": envelopes.pagination(found)}
    if get_summary:
        where["summary"] = {"total_count": str(pages.count(crm, PRODUCT, criteria))}
    return {
        "success": True,
        "data": [show(crm, product, references, prices[product.id]) for product in found.items] or None,
        "additional_data": where,
        "related_objects": references.related(),
    }


@implements(contract.post_products)
def post_products(crm: Crm, data: NewProduct) -> Item[contract.Product]:
    currency = crm.settings.company.default_currency
    return one(crm, products.create(crm, _values(crm, data), currency=currency))


@implements(contract.delete_products_by_id)
def delete_products_by_id(crm: Crm, id: int) -> Item[Deleted]:
    products.delete(crm, id)
    return envelopes.deleted(id)


@implements(contract.get_products_by_id)
def get_products_by_id(crm: Crm, id: int) -> Item[contract.Product]:
    return one(crm, records.get(crm, PRODUCT, id, deleted=True))


@implements(contract.put_products_by_id)
def put_products_by_id(crm: Crm, id: int, data: ProductChanges) -> Item[contract.Product]:
    stored = records.get(crm, PRODUCT, id, deleted=True).custom_fields
    return one(crm, products.update(crm, id, _values(crm, data, stored)))


@implements(contract.get_products_by_id_permitted_users)
def get_products_by_id_permitted_users(crm: Crm, id: int) -> List[int]:
    return envelopes.whole(access.permitted_users(crm, PRODUCT, records.get(crm, PRODUCT, id, deleted=True)))
