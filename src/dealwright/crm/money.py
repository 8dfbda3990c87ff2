"""Amounts of money: as people read them, and in another currency."""

from __future__ import annotations

import functools
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_symbol

from dealwright.crm.unit import Crm


class _Style(NamedTuple):
    """How a locale writes amounts in a currency."""

    prefix: str
    suffix: str
    group: str
    decimal: str


def formatted(crm: Crm, amount: float, currency: str) -> str:
    """An amount as the actor's locale writes it, without zeros at the end: ``€5,000``, ``41,1 €``."""
    style = _style(crm.actor.locale, currency)
    known = crm.settings.currency_codes.get(currency)
    digits = known.decimal_points if known else 2
    text = f"{abs(amount):,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    text = text.replace(",", "\0").replace(".", style.decimal).replace("\0", style.group)
    return f"{'-' if amount < 0 else ''}{style.prefix}{text}{style.suffix}"


def converted(amount: float, currency: str, into: str) -> float | None:
    """An amount in another currency, by the newest rates of the European Central Bank that are at hand.

    None when there is no rate between the two.
    """
    if currency == into:
        return amount
    rates = _rates()
    if currency not in rates or into not in rates:
        return None
    return round(amount / rates[currency] * rates[into], 2)


@functools.cache
def _style(locale: str, currency: str) -> _Style:
    try:
        language = Locale.parse(locale)
    except (UnknownLocaleError, ValueError):
        language = Locale("en", "US")
    pattern = language.currency_formats["standard"]
    symbol = get_currency_symbol(currency, locale=language)
    symbols = language.number_symbols["latn"]
    return _Style(
        pattern.prefix[0].replace("\xa4", symbol),
        pattern.suffix[0].replace("\xa4", symbol),
        symbols["group"],
        symbols["decimal"],
    )


@functools.cache
def _rates() -> dict[str, float]:
    """Units of each currency for one euro, of the newest day that has them."""
    # It unpacks a quarter of a century of rates: only who converts pays for that.
    from currency_converter import CurrencyConverter  # noqa: PLC0415

    converter = CurrencyConverter()
    return {"EUR": 1.0} | {
        code: float(converter.convert(1, "EUR", code, date=bounds.last_date))
        for code, bounds in converter.bounds.items()
        if bounds is not None and code != "EUR"
    }
