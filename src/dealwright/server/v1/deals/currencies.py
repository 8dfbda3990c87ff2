"""Currencies."""

from __future__ import annotations

from dealwright.contract.v1.deals import currencies as contract
from dealwright.contract.v1.envelopes import List
from dealwright.crm.deals import currencies
from dealwright.crm.deals.model import Currency
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes


def show(currency: Currency) -> contract.Currency:
    """Returns a currency as v1 writes it."""
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
def get_currencies(crm: UnitOfWork, term: str | None = None) -> List[contract.Currency]:
    return envelopes.collection([show(currency) for currency in currencies.search(crm, term)])
