"""Prices of products: at most one in each currency."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import product_prices


class Price(NamedTuple):
    """The price of a product in one currency, and what it costs the seller."""

    id: int
    product_id: int
    currency: str
    price: int | float
    cost: int | float
    direct_cost: int | float | None
    notes: str


def for_products(crm: UnitOfWork, product_ids: Iterable[int]) -> dict[int, list[Price]]:
    """Returns the prices by product id, in the order in which they were given."""
    found: dict[int, list[Price]] = {id: [] for id in product_ids}
    columns = product_prices.c
    statement = sa.select(product_prices).where(columns.product_id.in_(sorted(found))).order_by(columns.id)
    for row in crm.db.rows(statement) if found else ():
        price = Price(*row)
        found[price.product_id].append(price)
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
        found.append({name: value for name, value in members.items() if name not in ("id", "product_id")})
    return found


def replace(crm: UnitOfWork, product_id: int, prices: list[Json]) -> None:
    """Replaces all prices of a product."""
    crm.db.execute(sa.delete(product_prices).where(product_prices.c.product_id == product_id))
    rows = [{"product_id": product_id, **price} for price in prices if isinstance(price, dict)]
    crm.db.insert_many(product_prices, rows)
