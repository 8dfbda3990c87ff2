"""Amounts of money: their format in a locale, and their conversion into another currency."""

from __future__ import annotations

import functools
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.numbers import get_currency_symbol

from dealwright.crm.kernel.company_data import CompanyData
from dealwright.crm.kernel.unit_of_work import UnitOfWork

_MAX_DECIMALS = 10
_ANY_CURRENCY = "EUR"
"""The separators of numbers are the same with every currency."""


class _Style(NamedTuple):
    """The format of amounts of one currency in a locale."""

    prefix: str
    suffix: str
    group: str
    decimal: str


def format_amount(crm: UnitOfWork, amount: float, currency: str) -> str:
    """Returns an amount as the actor's locale writes it, without trailing decimal zeros: ``€5,000``, ``41,1 €``."""
    style = _style(crm.actor.locale, currency)
    text = _format_digits(amount, decimals(crm.company_data, currency), style)
    return f"{'-' if amount < 0 else ''}{style.prefix}{text}{style.suffix}"


def format_number(crm: UnitOfWork, number: float) -> str:
    """Returns a number as the actor's locale writes it, with up to 10 decimals: ``1,000.5``."""
    text = _format_digits(number, _MAX_DECIMALS, _style(crm.actor.locale, _ANY_CURRENCY))
    return f"{'-' if number < 0 else ''}{text}"


def decimals(company_data: CompanyData, currency: str) -> int:
    """Returns the number of decimals of a currency."""
    known = company_data.currency_codes.get(currency)
    return known.decimal_points if known else 2


def _format_digits(number: float, digits: int, style: _Style) -> str:
    """Returns a number without its sign, as a locale writes it, without trailing decimal zeros."""
    text = f"{abs(number):,.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace(",", "\0").replace(".", style.decimal).replace("\0", style.group)


def convert(amount: float, currency: str, to_currency: str) -> float | None:
    """Returns an amount in another currency, by the newest available rates of the European Central Bank.

    Returns None when one of the two currencies has no rate.
    """
    if currency == to_currency:
        return amount
    rates = _rates()
    if currency not in rates or to_currency not in rates:
        return None
    return round(amount / rates[currency] * rates[to_currency], 2)


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
    """Returns the units of each currency for one euro, on the newest day for which there is a rate."""
    # Imported here, because it unpacks a quarter of a century of rates, which only conversions need.
    from currency_converter import CurrencyConverter  # noqa: PLC0415

    converter = CurrencyConverter()
    return {"EUR": 1.0} | {
        code: float(converter.convert(1, "EUR", code, date=bounds.last_date))
        for code, bounds in converter.bounds.items()
        if bounds is not None and code != "EUR"
    }
