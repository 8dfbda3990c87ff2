"""Sums over deals: by currency, weighted by probability, and converted into one currency.

The database adds up what is in the same currency (and in the same stage, on the same day …), so that only the sums are
converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, money
from dealwright.crm.criteria import Criteria
from dealwright.crm.errors import Invalid
from dealwright.crm.model.deals import DEAL
from dealwright.crm.unit import Crm
from dealwright.storage.tables import deal_sums, deals, stages


class Total(NamedTuple):
    """Some deals in one currency."""

    deals: int
    value: float
    weighted_value: float


ByCurrency = Mapping[str, Total]
"""The code of each currency to the deals in it."""


class GroupTotals(NamedTuple):
    """The deals that have something in common: the values of the columns that they were grouped by."""

    group: tuple[Any, ...]
    totals: ByCurrency


def by_currency(crm: Crm, criteria: Criteria) -> ByCurrency:
    """The totals of the deals that fit and that the actor sees."""
    return added(group.totals for group in grouped(crm, criteria))


def kept(
    crm: Crm,
    *,
    archived: bool,
    status: str | None = None,
    owner_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
) -> ByCurrency | None:
    """The totals of the deals that the actor sees, out of the sums that the database keeps; None where it keeps none."""
    if crm.dialect != "sqlite":
        return None
    asked = {
        "is_archived": archived,
        "status": status,
        "owner_id": owner_id,
        "pipeline_id": pipeline_id,
        "stage_id": stage_id,
    }

    def fitting(columns: access.Columns) -> list[sa.ColumnElement[bool]]:
        return [columns[name] == value for name, value in asked.items() if value is not None]

    sums, probability = deal_sums.c, stages.c.deal_probability
    weighted = sums.weighted + sums.weighted_rest + (sums.unweighted + sums.unweighted_rest) * probability
    statement = (
        sa.select(sums.currency, sums.deals, sums.value + sums.value_rest, weighted / 100.0)
        .select_from(deal_sums.join(stages, stages.c.id == sums.stage_id))
        .where(*fitting(sums))
    )
    if access.visible(crm, DEAL) is None:
        return _added_exactly(crm.db.rows(statement))
    # The sums know nothing of followers, but nobody follows very many deals.
    unfollowed = access.seen_unfollowed(crm, DEAL, deals.c)
    followed = [access.followed(crm, DEAL), deals.c.is_deleted == sa.false(), sa.not_(unfollowed), *fitting(deals.c)]
    seen = statement.where(access.seen_unfollowed(crm, DEAL, sums))
    return _added_exactly([*crm.db.rows(seen), *_rows(crm, followed)])


def _added_exactly(rows: Iterable[Sequence[Any]]) -> ByCurrency:
    """Rows of a currency, a count and two sums as totals by currency."""
    parts: dict[str, list[Sequence[Any]]] = {}
    for currency, *part in rows:
        parts.setdefault(currency, []).append(part)
    found = {}
    for currency, counted in sorted(parts.items()):
        counts, values, weights = zip(*counted, strict=True)
        found[currency] = Total(sum(counts), round(fsum(values), 2), round(fsum(weights), 2))
    return found


def by_stage(crm: Crm, criteria: Criteria) -> dict[int, ByCurrency]:
    """The totals of the deals that fit and that the actor sees, by the stage that they stand in."""
    return {stage_id: totals for (stage_id,), totals in grouped(crm, criteria, deals.c.stage_id)}


def grouped(crm: Crm, criteria: Criteria, *by: sa.ColumnElement[Any]) -> list[GroupTotals]:
    """The totals of the deals that fit and that the actor sees, for each combination of some values; in their order."""
    found: dict[tuple[Any, ...], dict[str, Total]] = {}
    for *group, currency, count, value, weighted in _rows(crm, criteria, *by):
        found.setdefault(tuple(group), {})[currency] = Total(int(count), round(value, 2), round(weighted, 2))
    return [GroupTotals(group, totals) for group, totals in found.items()]


def _rows(crm: Crm, criteria: Criteria, *by: sa.ColumnElement[Any]) -> list[Sequence[Any]]:
    """What the deals are grouped by, their currency, how many there are, and the sums of their values and weighted values."""
    probability = sa.func.coalesce(deals.c.probability, stages.c.deal_probability)
    labelled = [column.label(f"group_{number}") for number, column in enumerate(by)]
    # By their names, because PostgreSQL does not take two expressions with parameters of their own for the same.
    order: list[sa.ColumnElement[Any]] = [*(sa.literal_column(column.name) for column in labelled), deals.c.currency]
    statement = (
        sa.select(
            *labelled,
            deals.c.currency,
            sa.func.count(),
            sa.func.sum(deals.c.value),
            sa.func.sum(deals.c.value * probability / 100.0),
        )
        .select_from(deals.join(stages, stages.c.id == deals.c.stage_id))
        .where(*criteria)
        .group_by(*order)
        .order_by(*order)
    )
    criterion = access.visible(crm, DEAL)
    if criterion is not None:
        statement = statement.where(criterion)
    return [*crm.db.rows(statement)]


def added(parts: Iterable[ByCurrency]) -> ByCurrency:
    """Several totals as one, still by currency."""
    found: dict[str, Total] = {}
    for part in parts:
        for currency, total in part.items():
            found[currency] = _plus(found.get(currency, NOTHING), total)
    return dict(sorted(found.items()))


def converted(totals: ByCurrency, into: str) -> Total:
    """Totals in several currencies as one; amounts without a rate are left out."""
    result = NOTHING
    for currency, total in totals.items():
        value = money.converted(total.value, currency, into)
        weighted = money.converted(total.weighted_value, currency, into)
        if value is not None and weighted is not None:
            result = _plus(result, Total(total.deals, value, weighted))
    return result


def count(totals: ByCurrency) -> int:
    """How many deals there are in all currencies."""
    return sum(total.deals for total in totals.values())


def target_currency(crm: Crm, asked: str) -> str:
    """The currency to convert into: a code, or ``default_currency`` for the actor's own. Raises `Invalid`."""
    code = crm.actor.default_currency if asked == "default_currency" else asked
    if code not in crm.settings.currency_codes:
        raise Invalid(f"Currency {code} is not known", "totals_convert_currency")
    return code


NOTHING = Total(0, 0, 0)


def _plus(one: Total, other: Total) -> Total:
    return Total(
        one.deals + other.deals,
        round(one.value + other.value, 2),
        round(one.weighted_value + other.weighted_value, 2),
    )
