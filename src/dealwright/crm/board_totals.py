"""Sums over the deals on a board: by stage and currency, weighted by probability, and converted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, money
from dealwright.crm.errors import Invalid
from dealwright.crm.model.deals import DEAL
from dealwright.crm.unit import Crm
from dealwright.storage.tables import deals, stages

Criteria = Sequence[sa.ColumnElement[bool]]


class Total(NamedTuple):
    """Some deals in one currency."""

    deals: int
    value: float
    weighted_value: float


class BoardTotals:
    """Totals by stage and currency."""

    def __init__(self, rows: Sequence[tuple[int, str, int, float, float]]) -> None:
        self._rows = rows

    def by_stage(self) -> dict[int, dict[str, Total]]:
        """Stage id to currency to total."""
        found: dict[int, dict[str, Total]] = {}
        for stage_id, currency, *sums in self._rows:
            found.setdefault(stage_id, {})[currency] = _total(sums)
        return found

    def by_currency(self) -> dict[str, Total]:
        """Currency to total, over all stages."""
        found: dict[str, Total] = {}
        for _, currency, *sums in self._rows:
            found[currency] = _added(found.get(currency, Total(0, 0, 0)), _total(sums))
        return found

    def converted(self, into: str) -> Total:
        """Everything in one currency; amounts without a rate are left out."""
        return convert(self.by_currency(), into)


def of(crm: Crm, criteria: Criteria) -> BoardTotals:
    """The totals of the deals that fit and that the actor sees."""
    probability = sa.func.coalesce(deals.c.probability, stages.c.deal_probability)
    statement = (
        sa.select(
            deals.c.stage_id,
            deals.c.currency,
            sa.func.count(),
            sa.func.sum(deals.c.value),
            sa.func.sum(deals.c.value * probability / 100.0),
        )
        .select_from(deals.join(stages, stages.c.id == deals.c.stage_id))
        .where(*criteria)
        .group_by(deals.c.stage_id, deals.c.currency)
        .order_by(deals.c.stage_id, deals.c.currency)
    )
    criterion = access.visible(crm, DEAL)
    if criterion is not None:
        statement = statement.where(criterion)
    return BoardTotals([row[:5] for row in crm.db.rows(statement)])


def convert(totals: Mapping[str, Total], into: str) -> Total:
    """Totals in several currencies as one; amounts without a rate are left out."""
    result = Total(0, 0, 0)
    for currency, total in totals.items():
        value = money.converted(total.value, currency, into)
        weighted = money.converted(total.weighted_value, currency, into)
        if value is not None and weighted is not None:
            result = _added(result, Total(total.deals, value, weighted))
    return result


def target_currency(crm: Crm, asked: str) -> str:
    """The currency to convert into: a code, or ``default_currency`` for the actor's own. Raises `Invalid`."""
    code = crm.actor.default_currency if asked == "default_currency" else asked
    if code not in crm.settings.currency_codes:
        raise Invalid(f"Currency {code} is not known", "totals_convert_currency")
    return code


def _total(sums: Sequence[float]) -> Total:
    count, value, weighted = sums
    return Total(int(count), round(value, 2), round(weighted, 2))


def _added(one: Total, other: Total) -> Total:
    return Total(
        one.deals + other.deals,
        round(one.value + other.value, 2),
        round(one.weighted_value + other.weighted_value, 2),
    )
