"""The timeline of deals: open and won deals in consecutive intervals, by one of their dates, and their sums."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm.deals import deal_totals
from dealwright.crm.deals.deal_totals import ByCurrency
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, records, sql_functions
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.storage.tables import deals

IntervalLength = Literal["day", "week", "month", "quarter"]

MAX_INTERVALS = 1000

_DAYS: dict[IntervalLength, int] = {"day": 1, "week": 7}
_MONTHS: dict[IntervalLength, int] = {"month": 1, "quarter": 3}


class Interval(NamedTuple):
    """The open and won deals from ``first`` to ``last``, both included. Without ``with_deals``, ``deals`` is empty."""

    first: date
    last: date
    open: ByCurrency
    won: ByCurrency
    deals: list[Deal]


class _DateField(NamedTuple):
    """A date field of deals. ``value`` is the SQL expression to compare, ``day`` the date alone."""

    key: str
    is_custom: bool
    value: sa.ColumnElement[Any]
    day: sa.ColumnElement[str]

    def day_of(self, deal: Deal) -> str:
        """Returns the date of a deal, which must have one."""
        value: str = loads(deal.custom_fields)[self.key] if self.is_custom else getattr(deal, self.key)
        return value[:10]


def intervals(
    crm: UnitOfWork,
    criteria: Criteria,
    *,
    field_key: str,
    start: date,
    length: IntervalLength,
    amount: int,
    with_deals: bool,
) -> list[Interval]:
    """Returns ``amount`` intervals from ``start`` on, with the matching deals that the actor may see.

    Raises `Invalid` for a field that is not a date field, for too many intervals, and for intervals beyond the
    calendar.
    """
    field = _date_field(crm, field_key)
    bounds = _bounds(start, length, amount)
    starts = [bound.isoformat() for bound in bounds]
    wanted = [
        *criteria,
        deals.c.status.in_(("open", "won")),
        field.value >= starts[0],
        field.value < starts[-1],
    ]
    sums: dict[tuple[int, str], list[ByCurrency]] = {}
    for (day, status), totals in deal_totals.group_by(crm, wanted, field.day, deals.c.status):
        sums.setdefault((bisect_right(starts, day) - 1, status), []).append(totals)
    deals_by_interval: dict[int, list[Deal]] = {}
    for deal in _select_by_date(crm, wanted, field) if with_deals else []:
        deals_by_interval.setdefault(bisect_right(starts, field.day_of(deal)) - 1, []).append(deal)
    return [
        Interval(
            first=bounds[number],
            last=bounds[number + 1] - timedelta(days=1),
            open=deal_totals.sum_totals(sums.get((number, "open"), [])),
            won=deal_totals.sum_totals(sums.get((number, "won"), [])),
            deals=deals_by_interval.get(number, []),
        )
        for number in range(amount)
    ]


def _date_field(crm: UnitOfWork, key: str) -> _DateField:
    field = crm.company_data.fields("deal").get(key)
    if field is None or field.field_type != "date":
        raise Invalid("is not the key of a date field of deals", "field_key")
    if field.is_custom:
        text = sql_functions.json_text(crm.dialect, deals.c.custom_fields, key)
        return _DateField(key, True, text, text)
    column = deals.c[key]
    return _DateField(key, False, column, sql_functions.to_date_text(crm.dialect, column))


def _select_by_date(crm: UnitOfWork, criteria: Criteria, field: _DateField) -> list[Deal]:
    criterion = access.visible(crm, DEAL)
    found = records.select(crm, DEAL, *criteria, *([] if criterion is None else [criterion]))
    return sorted(found, key=field.day_of)


def _bounds(start: date, length: IntervalLength, amount: int) -> list[date]:
    """Returns the first day of each interval, and the day after the last interval. Raises `Invalid`."""
    if amount > MAX_INTERVALS:
        raise Invalid(f"may be {MAX_INTERVALS} at most", "amount")
    try:
        if length in _DAYS:
            return [start + timedelta(days=_DAYS[length] * number) for number in range(amount + 1)]
        return [_add_months(start, _MONTHS[length] * number) for number in range(amount + 1)]
    except (OverflowError, ValueError):
        raise Invalid("The intervals go beyond the calendar", "amount") from None


def _add_months(day: date, months: int) -> date:
    """Returns the same day some months later, or the last day of that month when it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
