"""The timeline of deals: which open and won ones fall into each of some intervals by one of their dates, and their sums."""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, deal_totals, dialects, records
from dealwright.crm.criteria import Criteria
from dealwright.crm.deal_totals import ByCurrency
from dealwright.crm.errors import Invalid
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.unit import Crm
from dealwright.crm.values import loads
from dealwright.storage.tables import deals

Length = Literal["day", "week", "month", "quarter"]

MOST_INTERVALS = 1000

_DAYS: dict[Length, int] = {"day": 1, "week": 7}
_MONTHS: dict[Length, int] = {"month": 1, "quarter": 3}


class Interval(NamedTuple):
    """The deals between two days, both included; ``deals`` is empty where only sums are asked for."""

    first: date
    last: date
    open: ByCurrency
    won: ByCurrency
    deals: list[Deal]


class _DateField(NamedTuple):
    """Where a deal keeps a date: as a column, as something to compare, and as the day alone."""

    key: str
    is_custom: bool
    value: sa.ColumnElement[Any]
    day: sa.ColumnElement[str]

    def day_of(self, deal: Deal) -> str:
        """The date of a deal that has one."""
        value: str = loads(deal.custom_fields)[self.key] if self.is_custom else getattr(deal, self.key)
        return value[:10]


def intervals(
    crm: Crm,
    criteria: Criteria,
    *,
    field_key: str,
    start: date,
    length: Length,
    amount: int,
    with_deals: bool,
) -> list[Interval]:
    """So many intervals from a day on, with the open and won deals that fit and that the actor sees.

    Raises `Invalid` for a field that holds no dates, and for too many intervals or some beyond the calendar.
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
    for (day, status), totals in deal_totals.grouped(crm, wanted, field.day, deals.c.status):
        sums.setdefault((bisect_right(starts, day) - 1, status), []).append(totals)
    shown: dict[int, list[Deal]] = {}
    for deal in _in_order(crm, wanted, field) if with_deals else []:
        shown.setdefault(bisect_right(starts, field.day_of(deal)) - 1, []).append(deal)
    return [
        Interval(
            first=bounds[number],
            last=bounds[number + 1] - timedelta(days=1),
            open=deal_totals.added(sums.get((number, "open"), [])),
            won=deal_totals.added(sums.get((number, "won"), [])),
            deals=shown.get(number, []),
        )
        for number in range(amount)
    ]


def _date_field(crm: Crm, key: str) -> _DateField:
    field = crm.settings.fields("deal").get(key)
    if field is None or field.field_type != "date":
        raise Invalid("is not the key of a date field of deals", "field_key")
    if field.is_custom:
        text = dialects.json_text(crm.dialect, deals.c.custom_fields, key)
        return _DateField(key, True, text, text)
    column = deals.c[key]
    return _DateField(key, False, column, dialects.as_day(crm.dialect, column))


def _in_order(crm: Crm, criteria: Criteria, field: _DateField) -> list[Deal]:
    criterion = access.visible(crm, DEAL)
    found = records.select(crm, DEAL, *criteria, *([] if criterion is None else [criterion]))
    return sorted(found, key=field.day_of)


def _bounds(start: date, length: Length, amount: int) -> list[date]:
    """The first days of the intervals, and the one after the last interval."""
    if amount > MOST_INTERVALS:
        raise Invalid(f"may be {MOST_INTERVALS} at most", "amount")
    try:
        if length in _DAYS:
            return [start + timedelta(days=_DAYS[length] * number) for number in range(amount + 1)]
        return [_months_later(start, _MONTHS[length] * number) for number in range(amount + 1)]
    except (OverflowError, ValueError):
        raise Invalid("The intervals go beyond the calendar", "amount") from None


def _months_later(day: date, months: int) -> date:
    """The same day of a later month; its last day where it has not as many."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + month // 11, (month + 1) % 12 + 1, 1)
    last = (following - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
