"""Currencies that amounts may be in."""

from __future__ import annotations

from dealwright.crm.settings import Currency
from dealwright.crm.unit import Crm


def find(crm: Crm, term: str | None = None) -> list[Currency]:
    """All currencies, or those with a text in their name or code."""
    wanted = (term or "").casefold()
    return [
        currency
        for currency in crm.settings.currencies.values()
        if wanted in currency.name.casefold() or wanted in currency.code.casefold()
    ]
