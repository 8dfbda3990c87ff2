"""Currencies."""

from __future__ import annotations

from dealwright.contract.v1 import currencies as contract
from dealwright.contract.v1.envelopes import List
from dealwright.crm import currencies
from dealwright.crm.settings import Currency
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def show(currency: Currency) -> contract.Currency:
    """A currency as v1 writes it."""
    return {
        "id": currency.id,
        "code": currency.code,
        "name": currency.name,
        "decimal_points": currency.decimal_points,
        "symbol": currency.symbol,
        "active_flag": currency.is_active,
        "is_custom_flag": currency.is_custom,
    }


@implements(contract.get_currencies)
def get_currencies(crm: Crm, term: str | None = None) -> List[contract.Currency]:
    return envelopes.whole([show(currency) for currency in currencies.find(crm, term)])
