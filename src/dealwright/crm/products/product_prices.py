"""Prices of products and of their variations: at most one in each currency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import product_prices, product_variation_prices


class Price(NamedTuple):
    """The price of a product, or of a variation, in one currency, and what it costs the seller."""

    id: int
    owner_id: int
    """The id of the product, or of the variation."""
    currency: str
    price: int | float
    cost: int | float
    direct_cost: int | float | None
    notes: str


def for_products(crm: UnitOfWork, product_ids: Iterable[int]) -> dict[int, list[Price]]:
    """Returns the prices by product id, in the order in which they were given."""
    return _find(crm, product_prices.c.product_id, product_ids)


def for_variations(crm: UnitOfWork, variation_ids: Iterable[int]) -> dict[int, list[Price]]:
    """Returns the prices by the id of the variation, in the order in which they were given."""
    return _find(crm, product_variation_prices.c.product_variation_id, variation_ids)


def _find(crm: UnitOfWork, owner: sa.Column[int], ids: Iterable[int]) -> dict[int, list[Price]]:
    found: dict[int, list[Price]] = {id: [] for id in ids}
    statement = sa.select(owner.table).where(owner.in_(sorted(found))).order_by(owner.table.c.id)
    for row in crm.db.rows(statement) if found else ():
        price = Price(*row)
        found[price.owner_id].append(price)
    return found


def parse(crm: UnitOfWork, prices: Json) -> list[Json]:
    """Returns the prices to store. Raises `Invalid` for an unknown currency, and for two prices in the same one."""
    found: dict[str, Json] = {}
    for price in prices if isinstance(prices, list) else []:
        assert isinstance(price, dict)
        currency = str(price["currency"])
        if currency not in crm.company_data.currency_codes:
            raise Invalid(f"Currency {currency} is not known", "prices")
        if currency in found:
            raise Invalid(f"There is more than one price in {currency}", "prices")
        found[currency] = {
            "currency": currency,
            "price": price["price"],
            "cost": price.get("cost") or 0,
            "direct_cost": price.get("direct_cost"),
            "notes": price.get("notes") or "",
        }
    return list(found.values())


def to_json(prices: Iterable[Price]) -> list[Json]:
    """Returns prices in the form that `parse` returns."""
    found: list[Json] = []
    for price in prices:
        members: Values = price._asdict()
        found.append({name: value for name, value in members.items() if name not in ("id", "owner_id")})
    return found


def replace(crm: UnitOfWork, product_id: int, prices: list[Json]) -> None:
    """Replaces all prices of a product."""
    _replace(crm, product_prices.c.product_id, product_id, prices)


def replace_of_variation(crm: UnitOfWork, variation_id: int, prices: list[Json]) -> None:
    """Replaces all prices of a variation."""
    _replace(crm, product_variation_prices.c.product_variation_id, variation_id, prices)


def _replace(crm: UnitOfWork, owner: sa.Column[int], id: int, prices: list[Json]) -> None:
    crm.db.execute(sa.delete(owner.table).where(owner == id))
    assert isinstance(owner.table, sa.Table)
    rows = [{owner.name: id, **price} for price in prices if isinstance(price, dict)]
    crm.db.insert_many(owner.table, rows)
