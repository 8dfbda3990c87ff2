"""How deals move through a pipeline in a period: from stage to stage, and to won or lost.

What counts are a user's deals that are neither deleted nor archived, as far as the actor sees them. Which stages they
went through, and when, is known from the change of stages (`deal_stages`).
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

import sqlalchemy as sa

from dealwright.crm import access, boards, deal_totals, dialects, pipelines
from dealwright.crm import deals as deal_rules
from dealwright.crm.criteria import Criteria
from dealwright.crm.deal_totals import ByCurrency
from dealwright.crm.errors import Invalid
from dealwright.crm.model.deals import DEAL
from dealwright.crm.unit import Crm
from dealwright.storage.tables import deal_stages, deals, stages
from dealwright.storage.types import Moment

DAY_SECONDS = 86400


class StageConversion(NamedTuple):
    """How many percent of the deals that came into a stage came to the next one, or a later one."""

    from_stage_id: int
    to_stage_id: int
    percent: int


class Conversions(NamedTuple):
    """The conversions between stages; how many percent of the deals were won, and lost."""

    stages: list[StageConversion]
    won: int
    lost: int


class Group(NamedTuple):
    """Some deals, and their sums."""

    ids: list[int]
    totals: ByCurrency


class Movements(NamedTuple):
    """What became of the deals, and how often they went to another stage. Ages are in days, by stage id."""

    moves: int
    new: Group
    left_open: Group
    won: Group
    lost: Group
    age: int
    age_by_stage: dict[int, int]


class _Question(NamedTuple):
    """Whose deals of which pipeline are asked about, and the first and the last second of the period."""

    pipeline_id: int
    criteria: Criteria
    start: str
    end: str

    def within(self, moment: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether something happened in the period."""
        return (moment >= self.start) & (moment <= self.end)


def conversions(crm: Crm, pipeline_id: int, first: date, last: date, user_id: int | None = None) -> Conversions:
    """Which share of a user's deals went on; the actor's unless another user is given. Raises `NotFound`, `Forbidden`, `Invalid`.

    A stage's share is among the deals that came into it in the period, that of won and lost ones among those that began
    or ended in it.
    """
    asked = _asked(crm, pipeline_id, first, last, user_id)
    columns = deals.c
    started = asked.within(columns.add_time)
    won = (columns.status == "won") & asked.within(columns.won_time)
    lost = (columns.status == "lost") & asked.within(columns.lost_time)
    all_deals, won_deals, lost_deals = _row(
        crm,
        sa.select(*(sa.func.count(sa.case((which, 1))) for which in (started | won | lost, won, lost))).where(
            *asked.criteria, columns.pipeline_id == pipeline_id
        ),
    )
    reached = _reached(crm, asked)
    line = [stage.id for stage in boards.stages(crm, pipeline_id)]
    return Conversions(
        [StageConversion(one, other, _percent(*reached.get(one, (0, 0)))) for one, other in pairwise(line)],
        _percent(won_deals, all_deals),
        _percent(lost_deals, all_deals),
    )


def movements(crm: Crm, pipeline_id: int, first: date, last: date, user_id: int | None = None) -> Movements:
    """What became of a user's deals; the actor's unless another user is given. Raises `NotFound`, `Forbidden`, `Invalid`."""
    asked = _asked(crm, pipeline_id, first, last, user_id)
    columns = deals.c
    still_open = (columns.add_time <= asked.end) & ((columns.status == "open") | (columns.close_time > asked.end))
    age, age_by_stage = _ages(crm, asked)
    return Movements(
        moves=_moves(crm, asked),
        new=_group(crm, asked, asked.within(columns.add_time)),
        left_open=_group(crm, asked, still_open),
        won=_group(crm, asked, columns.status == "won", asked.within(columns.won_time)),
        lost=_group(crm, asked, columns.status == "lost", asked.within(columns.lost_time)),
        age=age,
        age_by_stage=age_by_stage,
    )


def _asked(crm: Crm, pipeline_id: int, first: date, last: date, user_id: int | None) -> _Question:
    pipelines.get(crm, pipeline_id)
    if user_id not in (None, crm.actor.id):
        access.require(crm, "can_see_other_users_statistics")
    if last < first:
        raise Invalid("is before the start_date", "end_date")
    criteria = [*deal_rules.criteria(crm, owner_id=crm.actor.id if user_id is None else user_id)]
    criterion = access.visible(crm, DEAL)
    if criterion is not None:
        criteria.append(criterion)
    return _Question(pipeline_id, criteria, f"{first} 00:00:00", f"{last} 23:59:59")


def _reached(crm: Crm, asked: _Question) -> dict[int, tuple[int, int]]:
    """For each stage: how many of the deals that came into it in the period came further later on, and how many came."""
    later, later_stages = deal_stages.alias("later"), stages.alias("later_stages")
    went_on = (
        sa.exists()
        .where(
            later.c.deal_id == deal_stages.c.deal_id,
            later.c.id > deal_stages.c.id,
            later_stages.c.id == later.c.stage_id,
            later_stages.c.pipeline_id == asked.pipeline_id,
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
        .select_from(_stays())
        .where(*asked.criteria, stages.c.pipeline_id == asked.pipeline_id, asked.within(deal_stages.c.entered_time))
        .group_by(deal_stages.c.stage_id)
    )
    return {stage_id: (further, came) for stage_id, further, came in crm.db.rows(statement)}


def _moves(crm: Crm, asked: _Question) -> int:
    """How often a deal came into a stage of the pipeline from another stage."""
    earlier = deal_stages.alias("earlier")
    moved = (
        sa.exists()
        .where(earlier.c.deal_id == deal_stages.c.deal_id, earlier.c.id < deal_stages.c.id)
        .correlate(deal_stages)
    )
    found: int = crm.db.value(
        sa.select(sa.func.count())
        .select_from(_stays())
        .where(
            *asked.criteria, stages.c.pipeline_id == asked.pipeline_id, asked.within(deal_stages.c.entered_time), moved
        )
    )
    return found


def _group(crm: Crm, asked: _Question, *criteria: sa.ColumnElement[bool]) -> Group:
    wanted = [*asked.criteria, deals.c.pipeline_id == asked.pipeline_id, *criteria]
    ids = crm.db.values(sa.select(deals.c.id).where(*wanted).order_by(deals.c.id))
    return Group(ids, deal_totals.by_currency(crm, wanted))


def _ages(crm: Crm, asked: _Question) -> tuple[int, dict[int, int]]:
    """How many days the deals that stood in the pipeline in the period stood in it, and in each stage, on average.

    Time counts until the deal went on or ended, at most until the end of the period.
    """
    latest = sa.literal(min(asked.end, crm.now), Moment)
    left = sa.func.coalesce(deal_stages.c.left_time, deals.c.close_time)
    until = sa.case((left < latest, left), else_=latest)
    seconds = dialects.seconds_between(crm.dialect, deal_stages.c.entered_time, until)
    stood = (
        sa.select(
            deal_stages.c.stage_id.label("stage_id"),
            deal_stages.c.deal_id.label("deal_id"),
            sa.case((seconds > 0, seconds), else_=0).label("seconds"),
        )
        .select_from(_stays())
        .where(
            *asked.criteria,
            stages.c.pipeline_id == asked.pipeline_id,
            deal_stages.c.entered_time <= asked.end,
            left.is_(None) | (left >= asked.start),
        )
        .subquery()
    )
    sums = sa.func.sum(stood.c.seconds), sa.func.count(sa.distinct(stood.c.deal_id))
    by_stage = {
        id: _days(*rest) for id, *rest in crm.db.rows(sa.select(stood.c.stage_id, *sums).group_by(stood.c.stage_id))
    }
    overall = _days(*_row(crm, sa.select(*sums)))
    return overall, {stage.id: by_stage.get(stage.id, 0) for stage in boards.stages(crm, asked.pipeline_id)}


def _stays() -> sa.FromClause:
    return deal_stages.join(deals, deals.c.id == deal_stages.c.deal_id).join(
        stages, stages.c.id == deal_stages.c.stage_id
    )


def _row(crm: Crm, statement: sa.Executable) -> tuple[Any, ...]:
    row = crm.db.row(statement)
    assert row is not None
    return row


def _days(seconds: float | None, among: int) -> int:
    return round((seconds or 0) / DAY_SECONDS / among) if among else 0


def _percent(part: int, whole: int) -> int:
    return int(part * 100 / whole + 0.5) if whole else 0
