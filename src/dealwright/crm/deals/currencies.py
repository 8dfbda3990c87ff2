"""Currencies of amounts."""

from __future__ import annotations

from dealwright.crm.deals.model import Currency
from dealwright.crm.kernel.unit_of_work import UnitOfWork


def search(crm: UnitOfWork, term: str | None = None) -> list[Currency]:
    """Returns all currencies, or those whose name or code contains ``term``, in any case."""
    wanted = (term or "").casefold()
    return [
        currency
        for currency in crm.company_data.currencies.values()
        if wanted in currency.name.casefold() or wanted in currency.code.casefold()
    ]
