"""Sums over deals: by currency, weighted by probability, and converted into one currency.

The database adds up amounts in the same currency (and in the same stage, on the same day …), so that only the sums are
converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import fsum
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.deals import money
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import deal_sums, deals, stages


class Total(NamedTuple):
    """The number of some deals in one currency, and the sums of their values and weighted values."""

    deals: int
    value: float
    weighted_value: float


ByCurrency = Mapping[str, Total]
"""Totals by currency code."""


class GroupTotals(NamedTuple):
    """Totals of a group of deals; ``group`` holds the values of the columns that the deals are grouped by."""

    group: tuple[Any, ...]
    totals: ByCurrency


def by_currency(crm: UnitOfWork, criteria: Criteria) -> ByCurrency:
    """Returns the totals of the matching deals that the actor may see."""
    return sum_totals(group.totals for group in group_by(crm, criteria))


def from_materialized_sums(
    crm: UnitOfWork,
    *,
    archived: bool,
    status: str | None = None,
    owner_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
) -> ByCurrency | None:
    """Returns the totals of the deals that the actor may see, from the trigger-maintained table ``deal_sums``.

    Returns None on PostgreSQL, which has no such table.
    """
    if crm.dialect != "sqlite":
        return None
    column_values = {
        "is_archived": archived,
        "status": status,
        "owner_id": owner_id,
        "pipeline_id": pipeline_id,
        "stage_id": stage_id,
    }

    def matching(columns: access.Columns) -> list[sa.ColumnElement[bool]]:
        return [columns[name] == value for name, value in column_values.items() if value is not None]

    sums, probability = deal_sums.c, stages.c.deal_probability
    weighted = sums.weighted + sums.weighted_rest + (sums.unweighted + sums.unweighted_rest) * probability
    statement = (
        sa.select(sums.currency, sums.deals, sums.value + sums.value_rest, weighted / 100.0)
        .select_from(deal_sums.join(stages, stages.c.id == sums.stage_id))
        .where(*matching(sums))
    )
    if access.visible(crm, DEAL) is None:
        return _sum_rows(crm.db.rows(statement))
    # Followers are not part of the sums: deals that are visible only to them are added from the table of deals, which
    # takes longer the more deals the actor follows.
    unfollowed = access.visible_without_following(crm, DEAL, deals.c)
    followed = [
        access.followed_by_actor(crm, DEAL),
        deals.c.is_deleted == sa.false(),
        sa.not_(unfollowed),
        *matching(deals.c),
    ]
    visible_statement = statement.where(access.visible_without_following(crm, DEAL, sums))
    return _sum_rows([*crm.db.rows(visible_statement), *_rows(crm, followed)])


def _sum_rows(rows: Iterable[Sequence[Any]]) -> ByCurrency:
    """Returns totals by currency from rows of currency, number of deals, value and weighted value."""
    parts: dict[str, list[Sequence[Any]]] = {}
    for currency, *part in rows:
        parts.setdefault(currency, []).append(part)
    found = {}
    for currency, counted in sorted(parts.items()):
        counts, values, weights = zip(*counted, strict=True)
        found[currency] = Total(sum(counts), round(fsum(values), 2), round(fsum(weights), 2))
    return found


def by_stage(crm: UnitOfWork, criteria: Criteria) -> dict[int, ByCurrency]:
    """Returns the totals of the matching deals that the actor may see, by stage id."""
    return {stage_id: totals for (stage_id,), totals in group_by(crm, criteria, deals.c.stage_id)}


def group_by(crm: UnitOfWork, criteria: Criteria, *columns: sa.ColumnElement[Any]) -> list[GroupTotals]:
    """Returns the totals of the matching deals that the actor may see, grouped and ordered by some columns."""
    found: dict[tuple[Any, ...], dict[str, Total]] = {}
    for *group, currency, count, value, weighted in _rows(crm, criteria, *columns):
        found.setdefault(tuple(group), {})[currency] = Total(int(count), round(value, 2), round(weighted, 2))
    return [GroupTotals(group, totals) for group, totals in found.items()]


def _rows(crm: UnitOfWork, criteria: Criteria, *columns: sa.ColumnElement[Any]) -> list[Sequence[Any]]:
    """Returns rows of the grouping columns, currency, number of deals, sum of values, and sum of weighted values."""
    probability = sa.func.coalesce(deals.c.probability, stages.c.deal_probability)
    labelled = [column.label(f"group_{number}") for number, column in enumerate(columns)]
    # By their labels, because PostgreSQL does not treat two expressions with separate parameters as the same.
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


def sum_totals(parts: Iterable[ByCurrency]) -> ByCurrency:
    """Returns the sum of several totals, by currency."""
    found: dict[str, Total] = {}
    for part in parts:
        for currency, total in part.items():
            found[currency] = _add(found.get(currency, ZERO_TOTAL), total)
    return dict(sorted(found.items()))


def convert(totals: ByCurrency, to_currency: str) -> Total:
    """Returns totals of several currencies as one total in ``to_currency``; amounts without a rate are left out."""
    result = ZERO_TOTAL
    for currency, total in totals.items():
        value = money.convert(total.value, currency, to_currency)
        weighted = money.convert(total.weighted_value, currency, to_currency)
        if value is not None and weighted is not None:
            result = _add(result, Total(total.deals, value, weighted))
    return result


def count(totals: ByCurrency) -> int:
    """Returns the number of deals in all currencies together."""
    return sum(total.deals for total in totals.values())


def target_currency(crm: UnitOfWork, requested: str) -> str:
    """Returns the currency to convert into: a code, or the actor's own for ``default_currency``. Raises `Invalid`."""
    code = crm.actor.default_currency if requested == "default_currency" else requested
    if code not in crm.company_data.currency_codes:
        raise Invalid(f"Currency {code} is not known", "totals_convert_currency")
    return code


ZERO_TOTAL = Total(0, 0, 0)


def _add(one: Total, other: Total) -> Total:
    return Total(
        one.deals + other.deals,
        round(one.value + other.value, 2),
        round(one.weighted_value + other.weighted_value, 2),
    )
