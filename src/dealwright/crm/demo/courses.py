"""How invented deals went: through the stages, to won or lost, and what else happened to them."""

from __future__ import annotations

from typing import NamedTuple

from dealwright.crm.demo import times, words
from dealwright.crm.demo.story import Story
from dealwright.crm.demo.team import Board
from dealwright.crm.model.deals import DEAL
from dealwright.crm.values import Values, local_date

_TYPICAL_DAYS = 42
_FORGOTTEN = 0.05
_REOPENED = 0.03
_ARCHIVED = 0.06
_DELETED = 0.012
_VALUE_CHANGED = 0.25
_DATE_MOVED = 0.2
_HANDED_OVER = 0.04
_OPEN_AGAIN: Values = {
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
    """That a deal stood in a stage."""

    deal_id: int
    stage_id: int
    entered: int
    left: int | None

    def row(self) -> dict[str, object]:
        """The row to store."""
        return {
            "deal_id": self.deal_id,
            "stage_id": self.stage_id,
            "entered_time": times.text(self.entered),
            "left_time": None if self.left is None else times.text(self.left),
        }


class Outlook(NamedTuple):
    """What is to become of a deal: how many days it takes, how it ends (open: it is forgotten), and its stages."""

    days: float
    status: str
    stage_ids: list[int]


class Event(NamedTuple):
    """Something that happens to a deal."""

    at: int
    new: Values


def outlook(story: Story, board: Board, size: float, odds: float) -> Outlook:
    """What is to become of a deal ``size`` times as large as usual: large ones take longer, and are won less often."""
    chance = story.chance
    days = min(max(_TYPICAL_DAYS * size**0.35 * chance.lognormvariate(0, 0.5), 1), 420)
    last = len(board.stage_ids) - 1
    first = 0 if chance.random() < 0.85 else 1
    if chance.random() < _FORGOTTEN:
        status, reached = "open", first + int(chance.random() * (last - first))
    elif chance.random() < odds * (0.8 if size > 4 else 1):
        status, reached = "won", last if chance.random() < 0.75 else last - 1
    else:
        status, reached = "lost", first + int(chance.random() ** 1.4 * (last - first + 1))
    return Outlook(days, status, board.stage_ids[first : reached + 1])


def run(story: Story, id: int, values: Values, added: int, planned: Outlook) -> list[StageVisit]:
    """Lets a deal go its way up to now: ``values`` are brought up to date; the stages that it was in."""
    visits = [StageVisit(id, planned.stage_ids[0], added, None)]
    events = [*_moves(story, added, planned), *_incidents(story, values, added, planned)]
    for at, new in sorted((*events, *_endings(story, events, added, planned)), key=lambda event: event.at):
        if at > story.now:
            break
        owner = values["owner_id"]
        assert isinstance(owner, int)
        story.log.changed(DEAL, id, values, at, owner, new)
        if isinstance(stage_id := new.get("stage_id"), int):
            visits[-1] = visits[-1]._replace(left=at)
            visits.append(StageVisit(id, stage_id, at, None))
    if story.chance.random() < _DELETED:
        story.forget(DEAL, id, values, story.team.manager)
    return visits


def _moves(story: Story, added: int, planned: Outlook) -> list[Event]:
    """The moves from stage to stage, one after the other."""
    parts = sorted(story.chance.random() * 0.95 for _ in planned.stage_ids[1:])
    events: list[Event] = []
    at = added
    for stage_id, part in zip(planned.stage_ids[1:], parts, strict=True):
        at = story.later(added, part * planned.days, after=at)
        events.append(Event(at, {"stage_id": stage_id, "stage_change_time": times.text(at)}))
    return events


def _incidents(story: Story, values: Values, added: int, planned: Outlook) -> list[Event]:
    """What happens on the way."""
    chance = story.chance

    def some_time() -> int:
        return story.later(added, chance.random() * planned.days * 0.9, after=added)

    events = []
    if chance.random() < _VALUE_CHANGED:
        assert isinstance(values["value"], int)
        events.append(Event(some_time(), {"value": round(values["value"] * (0.7 + chance.random() * 0.7), -2)}))
    if chance.random() < _DATE_MOVED:
        at = some_time()
        day = at // times.DAY + 10 + int(chance.random() * 60)
        events.append(Event(at, {"expected_close_date": times.day_text(day)}))
    if chance.random() < _HANDED_OVER:
        events.append(Event(some_time(), {"owner_id": story.one_of(story.team.sellers)}))
    return events


def _endings(story: Story, before: list[Event], added: int, planned: Outlook) -> list[Event]:
    """How it ends, perhaps after a second start, and whether it is put away."""
    chance = story.chance
    if planned.status == "open":
        return []
    last = max((event.at for event in before), default=added)
    at = story.later(added, planned.days, after=last)
    events = [Event(at, _won(story, at) if planned.status == "won" else _lost(story, at))]
    if planned.status == "lost" and chance.random() < _REOPENED:
        at = story.later(at, 20 + chance.random() * 60, after=at)
        events.append(Event(at, _OPEN_AGAIN))
        at = story.later(at, 5 + chance.random() * 20, after=at)
        events.append(Event(at, _won(story, at)))
    if chance.random() < _ARCHIVED:
        at = story.later(at, 90 + chance.random() * 90, after=at)
        events.append(Event(at, {"is_archived": True, "archive_time": times.text(at)}))
    return events


def _won(story: Story, at: int) -> Values:
    time = times.text(at)
    day = local_date(time, story.timezone)
    return {
        "status": "won",
        "won_time": time,
        "lost_time": None,
        "close_time": time,
        "first_won_time": time,
        "local_won_date": day,
        "local_close_date": day,
    }


def _lost(story: Story, at: int) -> Values:
    time = times.text(at)
    day = local_date(time, story.timezone)
    return {
        "status": "lost",
        "lost_time": time,
        "close_time": time,
        "lost_reason": story.one_of(words.LOST_REASONS),
        "local_lost_date": day,
        "local_close_date": day,
    }
