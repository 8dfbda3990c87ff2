"""Generates the histories of deals: through the stages, to won or lost, and other changes."""

from __future__ import annotations

from typing import NamedTuple

from dealwright.crm.deals.model import DEAL
from dealwright.crm.demo import times, words
from dealwright.crm.demo.context import DemoContext
from dealwright.crm.demo.team import DemoPipeline
from dealwright.crm.values.formats import Values, local_date

_TYPICAL_DAYS = 42
_FORGOTTEN_RATE = 0.05
_REOPENED_RATE = 0.03
_ARCHIVED_RATE = 0.06
_DELETED_RATE = 0.012
_VALUE_CHANGED_RATE = 0.25
_DATE_MOVED_RATE = 0.2
_HANDED_OVER_RATE = 0.04
_REOPENED_VALUES: Values = {
    "status": "open",
    "won_time": None,
    "lost_time": None,
    "close_time": None,
    "lost_reason": None,
    "local_won_date": None,
    "local_lost_date": None,
    "local_close_date": None,
}


class StageVisit(NamedTuple):
    """A deal's stay in a stage."""

    deal_id: int
    stage_id: int
    entered: int
    left: int | None

    def row(self) -> dict[str, object]:
        """Returns the row to store."""
        return {
            "deal_id": self.deal_id,
            "stage_id": self.stage_id,
            "entered_time": times.format_time(self.entered),
            "left_time": None if self.left is None else times.format_time(self.left),
        }


class PlannedOutcome(NamedTuple):
    """The plan for a deal: how many days it takes, how it ends (``open``: it is forgotten), and its stages."""

    days: float
    status: str
    stage_ids: list[int]


class DealEvent(NamedTuple):
    """A change of a deal at some time."""

    timestamp: int
    new: Values


def plan_outcome(context: DemoContext, pipeline: DemoPipeline, size: float, odds: float) -> PlannedOutcome:
    """Returns a plan for a deal ``size`` times as large as usual: large ones take longer, and are won less often."""
    rng = context.rng
    days = min(max(_TYPICAL_DAYS * size**0.35 * rng.lognormvariate(0, 0.5), 1), 420)
    last = len(pipeline.stage_ids) - 1
    first = 0 if rng.random() < 0.85 else 1
    if rng.random() < _FORGOTTEN_RATE:
        status, reached = "open", first + int(rng.random() * (last - first))
    elif rng.random() < odds * (0.8 if size > 4 else 1):
        status, reached = "won", last if rng.random() < 0.75 else last - 1
    else:
        status, reached = "lost", first + int(rng.random() ** 1.4 * (last - first + 1))
    return PlannedOutcome(days, status, pipeline.stage_ids[first : reached + 1])


def simulate(context: DemoContext, id: int, values: Values, added: int, outcome: PlannedOutcome) -> list[StageVisit]:
    """Logs the history of a deal up to now and updates ``values``; returns the stages that it was in."""
    visits = [StageVisit(id, outcome.stage_ids[0], added, None)]
    events = [*_stage_moves(context, added, outcome), *_incidents(context, values, added, outcome)]
    for timestamp, new in sorted(
        (*events, *_endings(context, events, added, outcome)), key=lambda event: event.timestamp
    ):
        if timestamp > context.now:
            break
        owner = values["owner_id"]
        assert isinstance(owner, int)
        context.log.update(DEAL, id, values, timestamp, owner, new)
        if isinstance(stage_id := new.get("stage_id"), int):
            visits[-1] = visits[-1]._replace(left=timestamp)
            visits.append(StageVisit(id, stage_id, timestamp, None))
    if context.rng.random() < _DELETED_RATE:
        context.delete_record(DEAL, id, values, context.team.manager)
    return visits


def _stage_moves(context: DemoContext, added: int, outcome: PlannedOutcome) -> list[DealEvent]:
    """Returns the moves from stage to stage, one after the other."""
    parts = sorted(context.rng.random() * 0.95 for _ in outcome.stage_ids[1:])
    events: list[DealEvent] = []
    timestamp = added
    for stage_id, part in zip(outcome.stage_ids[1:], parts, strict=True):
        timestamp = context.later_work_time(added, part * outcome.days, after=timestamp)
        events.append(DealEvent(timestamp, {"stage_id": stage_id, "stage_change_time": times.format_time(timestamp)}))
    return events


def _incidents(context: DemoContext, values: Values, added: int, outcome: PlannedOutcome) -> list[DealEvent]:
    """Returns random changes of value, expected close date and owner on the way."""
    rng = context.rng

    def some_time() -> int:
        return context.later_work_time(added, rng.random() * outcome.days * 0.9, after=added)

    events = []
    if rng.random() < _VALUE_CHANGED_RATE:
        time, factor = some_time(), 0.7 + rng.random() * 0.7
        # The value of a deal with products follows from them.
        if not values["products_count"]:
            assert isinstance(values["value"], int)
            events.append(DealEvent(time, {"value": round(values["value"] * factor, -2)}))
    if rng.random() < _DATE_MOVED_RATE:
        timestamp = some_time()
        day = timestamp // times.DAY + 10 + int(rng.random() * 60)
        events.append(DealEvent(timestamp, {"expected_close_date": times.format_day(day)}))
    if rng.random() < _HANDED_OVER_RATE:
        timestamp, seller = some_time(), context.choice(context.team.sellers)
        owner = context.team.owner_in(values["pipeline_id"], seller)
        events.append(DealEvent(timestamp, {"owner_id": owner}))
    return events


def _endings(context: DemoContext, before: list[DealEvent], added: int, outcome: PlannedOutcome) -> list[DealEvent]:
    """Returns the end of a deal, perhaps after it was reopened, and perhaps its archiving."""
    rng = context.rng
    if outcome.status == "open":
        return []
    last = max((event.timestamp for event in before), default=added)
    timestamp = context.later_work_time(added, outcome.days, after=last)
    events = [DealEvent(timestamp, _won(context, timestamp) if outcome.status == "won" else _lost(context, timestamp))]
    if outcome.status == "lost" and rng.random() < _REOPENED_RATE:
        timestamp = context.later_work_time(timestamp, 20 + rng.random() * 60, after=timestamp)
        events.append(DealEvent(timestamp, _REOPENED_VALUES))
        timestamp = context.later_work_time(timestamp, 5 + rng.random() * 20, after=timestamp)
        events.append(DealEvent(timestamp, _won(context, timestamp)))
    if rng.random() < _ARCHIVED_RATE:
        timestamp = context.later_work_time(timestamp, 90 + rng.random() * 90, after=timestamp)
        events.append(DealEvent(timestamp, {"is_archived": True, "archive_time": times.format_time(timestamp)}))
    return events


def _won(context: DemoContext, timestamp: int) -> Values:
    time = times.format_time(timestamp)
    day = local_date(time, context.timezone)
    return {
        "status": "won",
        "won_time": time,
        "lost_time": None,
        "close_time": time,
        "first_won_time": time,
        "local_won_date": day,
        "local_close_date": day,
    }


def _lost(context: DemoContext, timestamp: int) -> Values:
    time = times.format_time(timestamp)
    day = local_date(time, context.timezone)
    return {
        "status": "lost",
        "lost_time": time,
        "close_time": time,
        "lost_reason": context.choice(words.LOST_REASONS),
        "local_lost_date": day,
        "local_close_date": day,
    }
