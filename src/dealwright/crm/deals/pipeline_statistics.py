"""Statistics of a pipeline in a period: how deals move from stage to stage, and to won or lost.

They cover a user's deals that are neither deleted nor archived, as far as the actor may see them. The stages of a deal
over time are in the table ``deal_stages``.
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm.deals import deal_totals, pipelines
from dealwright.crm.deals import deals as deal_rules
from dealwright.crm.deals.deal_totals import ByCurrency
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, sql_functions, visible_pipelines
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import deal_stages, deals, stages
from dealwright.storage.types import DateTimeText

DAY_SECONDS = 86400


class StageConversion(NamedTuple):
    """The percentage of the deals in a stage that went on to the next stage or a later one."""

    from_stage_id: int
    to_stage_id: int
    percent: int


class Conversions(NamedTuple):
    """The conversions between stages, and the percentages of deals that were won and lost."""

    stages: list[StageConversion]
    won: int
    lost: int


class MovementGroup(NamedTuple):
    """The ids of some deals, and their totals."""

    ids: list[int]
    totals: ByCurrency


class Movements(NamedTuple):
    """The new, open, won and lost deals of a period, and their number of moves between stages.

    Ages are averages in days, ``age_by_stage`` by stage id.
    """

    moves: int
    new: MovementGroup
    left_open: MovementGroup
    won: MovementGroup
    lost: MovementGroup
    age: int
    age_by_stage: dict[int, int]


class _StatisticsQuery(NamedTuple):
    """A pipeline, the criteria of the deals, and the first and the last second of the period."""

    pipeline_id: int
    criteria: Criteria
    start: str
    end: str

    def in_period(self, time: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Returns the criterion that a time is in the period."""
        return (time >= self.start) & (time <= self.end)


def conversions(crm: UnitOfWork, pipeline_id: int, first: date, last: date, user_id: int | None = None) -> Conversions:
    """Returns the shares of a user's deals, by default the actor's, that went on, were won and were lost.

    The share of a stage is among the deals that came into it in the period; the shares of won and lost deals are among
    those that were added, won or lost in it. Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    query = _build_query(crm, pipeline_id, first, last, user_id)
    columns = deals.c
    started = query.in_period(columns.add_time)
    won = (columns.status == "won") & query.in_period(columns.won_time)
    lost = (columns.status == "lost") & query.in_period(columns.lost_time)
    all_deals, won_deals, lost_deals = _row(
        crm,
        sa.select(*(sa.func.count(sa.case((which, 1))) for which in (started | won | lost, won, lost))).where(
            *query.criteria, columns.pipeline_id == pipeline_id
        ),
    )
    counts_by_stage = _counts_by_stage(crm, query)
    stage_ids = [stage.id for stage in visible_pipelines.list_stages(crm, pipeline_id)]
    return Conversions(
        [
            StageConversion(one, other, _percent(*counts_by_stage.get(one, (0, 0))))
            for one, other in pairwise(stage_ids)
        ],
        _percent(won_deals, all_deals),
        _percent(lost_deals, all_deals),
    )


def movements(crm: UnitOfWork, pipeline_id: int, first: date, last: date, user_id: int | None = None) -> Movements:
    """Returns the movements of a user's deals, by default the actor's. Raises `NotFound`, `Forbidden` and `Invalid`."""
    query = _build_query(crm, pipeline_id, first, last, user_id)
    columns = deals.c
    still_open = (columns.add_time <= query.end) & ((columns.status == "open") | (columns.close_time > query.end))
    age, age_by_stage = _average_ages(crm, query)
    return Movements(
        moves=_count_moves(crm, query),
        new=_group(crm, query, query.in_period(columns.add_time)),
        left_open=_group(crm, query, still_open),
        won=_group(crm, query, columns.status == "won", query.in_period(columns.won_time)),
        lost=_group(crm, query, columns.status == "lost", query.in_period(columns.lost_time)),
        age=age,
        age_by_stage=age_by_stage,
    )


def _build_query(crm: UnitOfWork, pipeline_id: int, first: date, last: date, user_id: int | None) -> _StatisticsQuery:
    pipelines.get(crm, pipeline_id)
    if user_id not in (None, crm.actor.id):
        access.require_permission(crm, "can_see_other_users_statistics")
    if last < first:
        raise Invalid("is before the start_date", "end_date")
    criteria = [*deal_rules.criteria(crm, owner_id=crm.actor.id if user_id is None else user_id)]
    criterion = access.visible(crm, DEAL)
    if criterion is not None:
        criteria.append(criterion)
    return _StatisticsQuery(pipeline_id, criteria, f"{first} 00:00:00", f"{last} 23:59:59")


def _counts_by_stage(crm: UnitOfWork, query: _StatisticsQuery) -> dict[int, tuple[int, int]]:
    """Returns, by stage id, how many deals that came into it in the period went further later, and how many came."""
    later, later_stages = deal_stages.alias("later"), stages.alias("later_stages")
    went_on = (
        sa.exists()
        .where(
            later.c.deal_id == deal_stages.c.deal_id,
            later.c.id > deal_stages.c.id,
            later_stages.c.id == later.c.stage_id,
            later_stages.c.pipeline_id == query.pipeline_id,
            later_stages.c.order_nr > stages.c.order_nr,
        )
        .correlate(deal_stages, stages)
    )
    statement = (
        sa.select(
            deal_stages.c.stage_id,
            sa.func.count(sa.distinct(sa.case((went_on, deal_stages.c.deal_id)))),
            sa.func.count(sa.distinct(deal_stages.c.deal_id)),
        )
        .select_from(_stage_visits())
        .where(*query.criteria, stages.c.pipeline_id == query.pipeline_id, query.in_period(deal_stages.c.entered_time))
        .group_by(deal_stages.c.stage_id)
    )
    return {stage_id: (further, came) for stage_id, further, came in crm.db.rows(statement)}


def _count_moves(crm: UnitOfWork, query: _StatisticsQuery) -> int:
    """Returns how often a deal came into a stage of the pipeline from another stage in the period."""
    earlier = deal_stages.alias("earlier")
    moved = (
        sa.exists()
        .where(earlier.c.deal_id == deal_stages.c.deal_id, earlier.c.id < deal_stages.c.id)
        .correlate(deal_stages)
    )
    found: int = crm.db.value(
        sa.select(sa.func.count())
        .select_from(_stage_visits())
        .where(
            *query.criteria,
            stages.c.pipeline_id == query.pipeline_id,
            query.in_period(deal_stages.c.entered_time),
            moved,
        )
    )
    return found


def _group(crm: UnitOfWork, query: _StatisticsQuery, *criteria: sa.ColumnElement[bool]) -> MovementGroup:
    wanted = [*query.criteria, deals.c.pipeline_id == query.pipeline_id, *criteria]
    ids = crm.db.values(sa.select(deals.c.id).where(*wanted).order_by(deals.c.id))
    return MovementGroup(ids, deal_totals.by_currency(crm, wanted))


def _average_ages(crm: UnitOfWork, query: _StatisticsQuery) -> tuple[int, dict[int, int]]:
    """Returns the average number of days that the deals of the period were in the pipeline, and in each stage by id.

    Time counts until the deal went on or was closed, at most until the end of the period.
    """
    latest = sa.literal(min(query.end, crm.now), DateTimeText)
    left = sa.func.coalesce(deal_stages.c.left_time, deals.c.close_time)
    until = sa.case((left < latest, left), else_=latest)
    seconds = sql_functions.seconds_between(crm.dialect, deal_stages.c.entered_time, until)
    visits = (
        sa.select(
            deal_stages.c.stage_id.label("stage_id"),
            deal_stages.c.deal_id.label("deal_id"),
            sa.case((seconds > 0, seconds), else_=0).label("seconds"),
        )
        .select_from(_stage_visits())
        .where(
            *query.criteria,
            stages.c.pipeline_id == query.pipeline_id,
            deal_stages.c.entered_time <= query.end,
            left.is_(None) | (left >= query.start),
        )
        .subquery()
    )
    sums = sa.func.sum(visits.c.seconds), sa.func.count(sa.distinct(visits.c.deal_id))
    by_stage = {
        id: _average_days(*rest)
        for id, *rest in crm.db.rows(sa.select(visits.c.stage_id, *sums).group_by(visits.c.stage_id))
    }
    overall = _average_days(*_row(crm, sa.select(*sums)))
    return overall, {
        stage.id: by_stage.get(stage.id, 0) for stage in visible_pipelines.list_stages(crm, query.pipeline_id)
    }


def _stage_visits() -> sa.FromClause:
    return deal_stages.join(deals, deals.c.id == deal_stages.c.deal_id).join(
        stages, stages.c.id == deal_stages.c.stage_id
    )


def _row(crm: UnitOfWork, statement: sa.Executable) -> tuple[Any, ...]:
    row = crm.db.row(statement)
    assert row is not None
    return row


def _average_days(seconds: float | None, count: int) -> int:
    return round((seconds or 0) / DAY_SECONDS / count) if count else 0


def _percent(part: int, whole: int) -> int:
    return int(part * 100 / whole + 0.5) if whole else 0
