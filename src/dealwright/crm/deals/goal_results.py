"""How far goals have come: counted, or added up, over the deals and activities that the actor may see.

===================== ==================================================================================
deals_started         deals that were added in the period
deals_progressed      deals that came into the stage in the period, each once
deals_won             deals that were won in the period
revenue_forecast      those, and open deals that are expected to close in the period, by their probability
activities_added      activities that were added in the period
activities_completed  activities that are done, and were marked so in the period
===================== ==================================================================================

The deals and activities are those that the user of the goal, or the members of the team, own now; those of everybody for
the company. Days are those of the company's time zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.deals import deal_totals, goals
from dealwright.crm.deals.deal_totals import ByCurrency, Total
from dealwright.crm.deals.model import DEAL, Goal
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, sql_functions
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads, utc_time
from dealwright.crm.work.model import ACTIVITY
from dealwright.storage.tables import activities, deal_stages, deals


class _Period(NamedTuple):
    """The first and the last day of a period, and its first and last second in UTC."""

    first: str
    last: str
    start: str
    end: str

    def has_time(self, time: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Returns the criterion that a time is in the period."""
        return (time >= self.start) & (time <= self.end)


class _Deals(NamedTuple):
    """Deals that count for a goal, with their values, or these by their probability."""

    criteria: Criteria
    by_probability: bool = False

    def sums(self, crm: UnitOfWork) -> ByCurrency:
        """Returns the sums of the deals by currency, as totals."""
        if self.by_probability:
            return {
                currency: Total(total.deals, total.weighted_value, total.weighted_value)
                for currency, total in deal_totals.by_currency(crm, self.criteria).items()
            }
        # An index has all that this needs.
        statement = sa.select(deals.c.currency, sa.func.count(), sa.func.sum(deals.c.value)).where(*self.criteria)
        return {
            currency: Total(int(count), round(value, 2), round(value, 2))
            for currency, count, value in crm.db.rows(statement.group_by(deals.c.currency))
        }


def progress(crm: UnitOfWork, goal: Goal, first: date, last: date) -> float:
    """Returns how many things a goal has counted from one day to another, or the sum of money in its currency.

    Raises `Invalid` for a period that is not within the goal's.
    """
    period = _period(crm, goal, first, last)
    if goal.type in goals.ACTIVITY_TYPES:
        return _count_activities(crm, goal, period)
    groups = _deals(crm, goal, period)
    if goal.tracking_metric == "quantity":
        counted = sa.select(sa.func.count()).select_from(deals)
        return sum(int(crm.db.value(counted.where(*group.criteria))) for group in groups)
    assert goal.currency_id is not None
    totals = deal_totals.sum_totals(group.sums(crm) for group in groups)
    return deal_totals.convert(totals, crm.company_data.currencies[goal.currency_id].code).value


def _period(crm: UnitOfWork, goal: Goal, first: date, last: date) -> _Period:
    days = first.isoformat(), last.isoformat()
    if last < first:
        raise Invalid("is before the start", "period.end")
    if days[0] < goal.start_date:
        raise Invalid(f"is before the goal begins, on {goal.start_date}", "period.start")
    if goal.end_date is not None and days[1] > goal.end_date:
        raise Invalid(f"is after the goal ends, on {goal.end_date}", "period.end")
    timezone = crm.company_data.company.timezone
    return _Period(*days, utc_time(f"{days[0]} 00:00:00", timezone), utc_time(f"{days[1]} 23:59:59", timezone))


def _count_activities(crm: UnitOfWork, goal: Goal, period: _Period) -> int:
    columns = activities.c
    criteria = [columns.is_deleted == sa.false(), *_owned_by_assignee(crm, goal, columns.owner_id)]
    if goal.type == "activities_added":
        criteria.append(period.has_time(columns.add_time))
    else:
        criteria += [period.has_time(columns.marked_as_done_time), columns.done == sa.true()]
    if goal.activity_type_ids is not None:
        types = crm.company_data.activity_types
        criteria.append(columns.type.in_([types[id].key_string for id in loads(goal.activity_type_ids) if id in types]))
    if (visible := access.visible(crm, ACTIVITY)) is not None:
        criteria.append(visible)
    return int(crm.db.value(sa.select(sa.func.count()).select_from(activities).where(*criteria)))


def _deals(crm: UnitOfWork, goal: Goal, period: _Period) -> list[_Deals]:
    """Returns the deals that a goal counts."""
    columns = deals.c
    criteria = [columns.is_deleted == sa.false(), *_owned_by_assignee(crm, goal, columns.owner_id)]
    if goal.pipeline_ids is not None:
        pipeline = sql_functions.without_index(crm.dialect, columns.pipeline_id)
        criteria.append(pipeline.in_(loads(goal.pipeline_ids)))
    if (visible := access.visible(crm, DEAL)) is not None:
        criteria.append(visible)
    won = [*criteria, period.has_time(columns.won_time), columns.status == "won"]
    match goal.type:
        case "deals_won":
            return [_Deals(won)]
        case "deals_started":
            return [_Deals([*criteria, period.has_time(columns.add_time)])]
        case "deals_progressed":
            came = sa.select(deal_stages.c.deal_id).where(
                deal_stages.c.stage_id == goal.stage_id, period.has_time(deal_stages.c.entered_time)
            )
            return [_Deals([*criteria, columns.id.in_(came)])]
    expected = [
        *criteria,
        columns.expected_close_date >= period.first,
        columns.expected_close_date <= period.last,
        columns.status == "open",
        columns.is_archived == sa.false(),
    ]
    return [_Deals(won), _Deals(expected, by_probability=True)]


def _owned_by_assignee(crm: UnitOfWork, goal: Goal, owner: sa.ColumnElement[Any]) -> Sequence[sa.ColumnElement[bool]]:
    """Returns the criterion for what belongs to the user or the team of a goal; none for the company.

    What is in the period leads to the rows: all that a user owns would be far more.
    """
    owner = sql_functions.without_index(crm.dialect, owner)
    match goal.assignee_type:
        case "person":
            return [owner == goal.assignee_id]
        case "team":
            return [owner.in_(sorted(crm.company_data.team_members.get(goal.assignee_id, ())))]
    return []
