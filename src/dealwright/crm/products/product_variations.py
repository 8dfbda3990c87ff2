"""Variations of products, with prices of their own."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import Criterion, lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.products import product_prices
from dealwright.crm.products.model import PRODUCT, PRODUCT_VARIATION, ProductVariation
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import product_variations


def create(crm: UnitOfWork, product_id: int, values: Values) -> ProductVariation:
    """Adds a variation; without prices it gets the price 0 in the actor's currency.

    Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    product = records.get(crm, PRODUCT, product_id)
    access.require_permission(crm, "can_edit_products")
    none: Values = {"currency": crm.actor.default_currency, "price": 0, "cost": 0, "direct_cost": 0}
    prices = product_prices.parse(crm, values.get("prices", [none]))
    return _add(crm, product.id, values["name"], prices)


def update(crm: UnitOfWork, product_id: int, id: int, values: Values) -> ProductVariation:
    """Changes a variation; prices are replaced as a whole. Raises `NotFound`, `Forbidden` and `Invalid`."""
    variation = _get(crm, product_id, id)
    extra_changes: list[tuple[str, Json, Json]] = []
    if "prices" in values:
        prices = product_prices.parse(crm, values["prices"])
        before = product_prices.to_json(product_prices.for_variations(crm, [id])[id])
        if prices != before:
            product_prices.replace_of_variation(crm, id, prices)
            extra_changes.append(("prices", before, prices))
    changes: Values = {name: value for name, value in values.items() if name != "prices"}
    return records.update(crm, PRODUCT_VARIATION, variation, changes, extra_changes=extra_changes)


def delete(crm: UnitOfWork, product_id: int, id: int) -> None:
    """Deletes a variation; deals keep what they have of it. Raises `NotFound` and `Forbidden`."""
    records.delete(crm, PRODUCT_VARIATION, _get(crm, product_id, id))


def duplicate(crm: UnitOfWork, product_id: int, copy_id: int) -> None:
    """Copies the variations of a product, with their prices, to another one."""
    found = for_products(crm, [product_id])[product_id]
    prices = product_prices.for_variations(crm, [variation.id for variation in found])
    for variation in found:
        _add(crm, copy_id, variation.name, product_prices.to_json(prices[variation.id]))


def for_products(crm: UnitOfWork, product_ids: Iterable[int]) -> dict[int, list[ProductVariation]]:
    """Returns the variations by product id, the oldest first."""
    found: dict[int, list[ProductVariation]] = {id: [] for id in product_ids}
    columns = product_variations.c
    criteria = [columns.product_id.in_(sorted(found)), columns.is_deleted == sa.false()]
    for variation in records.select(crm, PRODUCT_VARIATION, *criteria) if found else ():
        found[variation.product_id].append(variation)
    return found


@lazy_criteria
def criteria(crm: UnitOfWork, product_id: int) -> list[Criterion]:
    """Returns the criteria of the variations of a product."""
    return [product_variations.c.product_id == product_id, product_variations.c.is_deleted == sa.false()]


def _add(crm: UnitOfWork, product_id: int, name: Json, prices: list[Json]) -> ProductVariation:
    values: Values = {"product_id": product_id, "name": name, "add_time": crm.now, "update_time": crm.now}
    logged = [("prices", None, prices)] if prices else ()
    variation = records.insert(crm, PRODUCT_VARIATION, values, extra_changes=logged)
    product_prices.replace_of_variation(crm, variation.id, prices)
    return variation


def _get(crm: UnitOfWork, product_id: int, id: int) -> ProductVariation:
    """Returns a variation of a product that the actor may change. Raises `NotFound` and `Forbidden`."""
    product = records.get(crm, PRODUCT, product_id)
    variation = records.get(crm, PRODUCT_VARIATION, id)
    if variation.product_id != product.id:
        raise NotFound(f"{PRODUCT_VARIATION.noun} not found")
    access.require_permission(crm, "can_edit_products")
    return variation
