"""Generates products with variations, and what deals sell of them: lines, discounts and installments."""

from __future__ import annotations

from random import Random
from typing import NamedTuple
from uuid import UUID

from dealwright._json import Json
from dealwright.crm.deals.deal_amounts import ONE_TIME, Number, deal_amounts, line_sum
from dealwright.crm.deals.model import (
    DEAL,
    DEAL_DISCOUNT,
    DEAL_INSTALLMENT,
    DEAL_PRODUCT,
    DealDiscount,
    DealProduct,
)
from dealwright.crm.demo import times
from dealwright.crm.demo.context import DemoContext
from dealwright.crm.products.model import PRODUCT, PRODUCT_VARIATION
from dealwright.crm.values.formats import Values

_SEED = 5
_DECIMALS = 2
_WITH_LINES_RATE = 0.35
_DISCOUNT_RATE = 0.25
_LINE_DISCOUNT_RATE = 0.2
_RECURRING_RATE = 0.5
_ONBOARDING_RATE = 0.5
_COMMENT_RATE = 0.1
_INSTALLMENTS_RATE = 0.6
_MIN_FOR_INSTALLMENTS = 8000
_MAX_QUANTITY = 500
# Lines follow a deal at once, before anything else happens to it.
_SECONDS_UNTIL_LINES = 120


class _CatalogueEntry(NamedTuple):
    """A product: its price in euros, its variations with the factors of theirs, and how often it is billed."""

    name: str
    code: str
    unit: str
    price: int
    variations: tuple[tuple[str, float], ...] = ()
    billing_frequency: str = ONE_TIME
    billing_frequency_cycles: int | None = None


_CATALOGUE = (
    _CatalogueEntry("Licence", "LIC", "seat", 240, (("Basic", 0.6), ("Professional", 1), ("Team", 0.85)), "annually"),
    _CatalogueEntry("Hosting", "HOST", "month", 90, (("Shared", 0.5), ("Dedicated", 3)), "monthly"),
    _CatalogueEntry("Support plan", "SUP", "quarter", 450, (("Weekdays", 1), ("Around the clock", 2.2)), "quarterly"),
    _CatalogueEntry("Backup service", "BAK", "week", 12, (), "weekly", 52),
    _CatalogueEntry("Onboarding package", "ONB", "piece", 1500),
    _CatalogueEntry("Training day", "TRN", "day", 980, (("On site", 1.25), ("Online", 0.8))),
    _CatalogueEntry("Integration", "INT", "hour", 120),
    _CatalogueEntry("Data migration", "MIG", "hour", 110),
    _CatalogueEntry("Terminal", "TERM", "piece", 349, (("Black", 1), ("White", 1), ("Rugged", 1.6))),
    _CatalogueEntry("Scanner", "SCAN", "piece", 129),
)
_ONBOARDING_ID = next(number for number, entry in enumerate(_CATALOGUE, 1) if entry.code == "ONB")
_LINE_COMMENTS = ("As agreed on the phone", "Price holds until the end of the quarter", "Delivery in two parts")
_DISCOUNTS = (("Framework contract", 5), ("End of the quarter", 7.5), ("First order", 10))
_TAXES = {"EUR": 19, "USD": 0, "GBP": 20, "SEK": 25}


class Products:
    """The catalogue, and the lines, discounts and installments of deals, by id."""

    def __init__(self, context: DemoContext, units_per_euro: dict[str, float]) -> None:
        self._context = context
        # Chance of its own, so that nothing else depends on products.
        self._rng = Random(_SEED)
        self._units = units_per_euro
        self.products: dict[int, Values] = {}
        self.variations: dict[int, Values] = {}
        self.prices: list[Values] = []
        self.variation_prices: list[Values] = []
        self.lines: dict[int, Values] = {}
        self.discounts: dict[int, Values] = {}
        self.installments: dict[int, Values] = {}
        self._variations_of: dict[int, list[int]] = {}
        for number, entry in enumerate(_CATALOGUE, 1):
            self._add_product(number, entry)

    def add_to_deal(self, id: int, values: Values, added: int, creator: int) -> None:
        """Gives some deals lines, and updates the amounts of the deal in ``values``; what they come to is about its value."""
        rng = self._rng
        if rng.random() > _WITH_LINES_RATE:
            return
        time = min(added + _SECONDS_UNTIL_LINES, self._context.now)
        recurring = rng.random() < _RECURRING_RATE
        value, currency = values["value"], str(values["currency"])
        assert isinstance(value, int)
        fitting = [
            number for number, entry in enumerate(_CATALOGUE, 1) if (entry.billing_frequency != ONE_TIME) == recurring
        ]
        chosen = rng.sample(fitting, min(1 + int(rng.random() * 3), len(fitting)))
        if recurring and rng.random() < _ONBOARDING_RATE:
            chosen.append(_ONBOARDING_ID)
        tax_method = rng.choice(("exclusive", "inclusive", "none"))
        lines = [
            self._add_line(id, product, value / len(chosen), currency, tax_method, time, order_nr, creator)
            for order_nr, product in enumerate(chosen, 1)
        ]
        discounts = []
        if not recurring and rng.random() < _DISCOUNT_RATE:
            discounts.append(self._add_discount(id, time, creator))
        amounts: Values = deal_amounts(lines, discounts, _DECIMALS)._asdict()
        self._context.log.update(DEAL, id, values, time, creator, amounts)
        values["products_count"] = len(lines)
        total = values["value"]
        assert isinstance(total, int | float)
        if not recurring and total > _MIN_FOR_INSTALLMENTS and rng.random() < _INSTALLMENTS_RATE:
            self._add_installments(id, total, time, creator)

    def _add_product(self, id: int, entry: _CatalogueEntry) -> None:
        context, time = self._context, times.format_time(self._context.start)
        prices = [self._price(entry.price, currency) for currency in self._units]
        value_context = context.value_context(context.start, "EUR")._replace(rng=self._rng)
        values: Values = {
            "name": entry.name,
            "code": f"{entry.code}-{id:02d}",
            "description": None,
            "unit": entry.unit,
            "tax": _TAXES["EUR"],
            "category": None,
            "owner_id": context.team.admin,
            "is_linkable": True,
            "visible_to": 3,
            "add_time": time,
            "update_time": time,
            "billing_frequency": entry.billing_frequency,
            "billing_frequency_cycles": entry.billing_frequency_cycles,
            "first_char": entry.name[0].lower(),
            "custom_fields": context.fields.make_values("product", value_context),
        }
        context.log.create(PRODUCT, id, {**values, "prices": [*prices]}, context.start, context.team.admin)
        self.products[id] = {**values, "is_deleted": False, "delete_time": None}
        self.prices += [{"product_id": id, **price} for price in prices]
        for name, factor in entry.variations:
            variation_id = len(self.variations) + 1
            own = [self._price(entry.price * factor, currency) for currency in self._units]
            new: Values = {"product_id": id, "name": name, "add_time": time, "update_time": time}
            logged: Values = {**new, "prices": [*own]}
            context.log.create(PRODUCT_VARIATION, variation_id, logged, context.start, context.team.admin)
            self.variations[variation_id] = {**new, "is_deleted": False, "delete_time": None}
            self.variation_prices += [{"product_variation_id": variation_id, **price} for price in own]
            self._variations_of.setdefault(id, []).append(variation_id)

    def _price(self, euros: float, currency: str) -> Values:
        price = round(euros * self._units[currency])
        return {"currency": currency, "price": price, "cost": round(price * 0.6), "direct_cost": None, "notes": ""}

    def _add_line(
        self,
        deal_id: int,
        product_id: int,
        share: float,
        currency: str,
        tax_method: str,
        time: int,
        order_nr: int,
        creator: int,
    ) -> DealProduct:
        """Adds a line that comes to about ``share``."""
        rng, entry = self._rng, _CATALOGUE[product_id - 1]
        variations = self._variations_of.get(product_id, [])
        variation_id = rng.choice(variations) if variations else None
        price = self._price_of(product_id, variation_id, currency)
        billed = {"monthly": 12, "quarterly": 4, "weekly": 52}.get(entry.billing_frequency, 1)
        pricing: dict[str, Number | str] = {
            "item_price": price,
            "quantity": min(max(round(share / price / billed), 1), _MAX_QUANTITY),
            "discount": rng.choice((2.5, 5, 10)) if rng.random() < _LINE_DISCOUNT_RATE else 0,
            "discount_type": "percentage",
            "tax": _TAXES[currency],
            "tax_method": tax_method,
        }
        start = times.format_day(time // times.DAY + 14) if entry.billing_frequency != ONE_TIME else None
        values: Values = {
            "deal_id": deal_id,
            "product_id": product_id,
            "product_variation_id": variation_id,
            "name": entry.name,
            **pricing,
            "is_enabled": True,
            "comments": rng.choice(_LINE_COMMENTS) if rng.random() < _COMMENT_RATE else None,
            "order_nr": order_nr,
            "billing_frequency": entry.billing_frequency,
            "billing_frequency_cycles": entry.billing_frequency_cycles,
            "billing_start_date": start,
            "sum": line_sum(pricing, _DECIMALS),
            **_times(time),
        }
        id = len(self.lines) + 1
        self.lines[id] = values
        self._context.log.create(DEAL_PRODUCT, id, {**values}, time, creator)
        return DealProduct(id=id, **values)  # type: ignore[arg-type]

    def _price_of(self, product_id: int, variation_id: int | None, currency: str) -> int:
        if variation_id is None:
            listed, name, id = self.prices, "product_id", product_id
        else:
            listed, name, id = self.variation_prices, "product_variation_id", variation_id
        price = next(one["price"] for one in listed if one[name] == id and one["currency"] == currency)
        assert isinstance(price, int)
        return price

    def _add_discount(self, deal_id: int, time: int, creator: int) -> DealDiscount:
        description, percentage = self._rng.choice(_DISCOUNTS)
        values: Values = {
            "uuid": str(UUID(int=self._rng.getrandbits(128), version=4)),
            "deal_id": deal_id,
            "description": description,
            "amount": percentage,
            "type": "percentage",
            "creator_user_id": creator,
            "update_user_id": creator,
            **_times(time),
        }
        id = len(self.discounts) + 1
        self.discounts[id] = values
        self._context.log.create(DEAL_DISCOUNT, id, {**values}, time, creator)
        return DealDiscount(id=id, **values)  # type: ignore[arg-type]

    def _add_installments(self, deal_id: int, total: Number, time: int, creator: int) -> None:
        """Splits what a deal costs into two or three parts, a month apart."""
        count = 2 + int(self._rng.random() * 2)
        part = round(total / count, _DECIMALS)
        for number in range(1, count + 1):
            amount: Json = part if number < count else round(total - part * (count - 1), _DECIMALS)
            values: Values = {
                "deal_id": deal_id,
                "description": f"Part {number} of {count}",
                "amount": amount,
                "billing_date": times.format_day(time // times.DAY + 30 * number),
                **_times(time),
            }
            id = len(self.installments) + 1
            self.installments[id] = values
            self._context.log.create(DEAL_INSTALLMENT, id, {**values}, time, creator)


def _times(time: int) -> Values:
    return {"add_time": times.format_time(time), "update_time": times.format_time(time)}
