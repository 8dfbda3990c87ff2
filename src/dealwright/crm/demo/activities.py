"""Generates activities: those done about deals and persons, and the next steps."""

from __future__ import annotations

from typing import NamedTuple

from dealwright._json import Json
from dealwright.crm.deals.model import DEAL
from dealwright.crm.demo import times, words
from dealwright.crm.demo.context import Deal, DemoContext, Organization, Person
from dealwright.crm.values.formats import Values
from dealwright.crm.work.activities import ATTENDEE_DEFAULTS
from dealwright.crm.work.model import ACTIVITY

_TYPES = ("call",) * 8 + ("meeting",) * 4 + ("task",) * 4 + ("email",) * 5 + ("deadline", "lunch")
_DURATIONS = {
    "call": ("00:15:00", "00:30:00"),
    "meeting": ("00:30:00", "01:00:00", "01:30:00"),
    "lunch": ("01:00:00", "01:30:00"),
}
_NEXT_STEP_RATE = 0.75
_NO_DEAL_RATE = 0.08
_UNDONE_RATE = 0.015
_TIMED_CALL_RATE = 0.65
_BY_MANAGER_RATE = 0.08
_NOTE_RATE = 0.3
_ON_SITE_RATE = 0.4
_DELETED_RATE = 0.008
_QUARTER_HOUR = times.HOUR // 4
_MAX_DONE_DELAY = 2 * times.HOUR
# The days until the next step of an open deal is due: some are overdue, many are due this week.
_DUE_IN_DAYS = (-12, -5, -4, -3, -1, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 18, 25)


class ActivityParticipant(NamedTuple):
    """The participation of a person in an activity."""

    activity_id: int
    person_id: int
    position: int
    is_primary: bool


class ActivityPlan(NamedTuple):
    """An activity to generate, due on ``day``."""

    added: int
    day: int
    done: bool
    owner_id: int
    deal: Deal | None
    person: Person | None
    organization: Organization | None


class Activities:
    """The values of activities by id, and their participants."""

    def __init__(self, context: DemoContext, deals: list[Deal], persons: list[Person]) -> None:
        self._context = context
        self._deals = [deal for deal in deals if not deal.values["is_deleted"]]
        self._persons = [person for person in persons if not person.values["is_deleted"]]
        self.activities: dict[int, Values] = {}
        self.participants: list[ActivityParticipant] = []

    def add(self, count: int) -> None:
        """Generates activities in the order in which they were added."""
        context, rng = self._context, self._context.rng
        waiting = [deal for deal in self._deals if deal.ended is None]
        plans = [self._plan_next_step(deal) for deal in waiting if rng.random() < _NEXT_STEP_RATE][:count]
        # Deals that take longer have more activities.
        weights = [2 + min(((deal.ended or context.now) - deal.added) / times.DAY, 90) / 15 for deal in self._deals]
        for deal in rng.choices(self._deals, weights, k=count - len(plans)) if self._deals else ():
            if self._persons and rng.random() < _NO_DEAL_RATE:
                plans.append(self._plan_for_person(context.choice(self._persons)))
            else:
                plans.append(self._plan_for_deal(deal))
        for id, plan in enumerate(sorted(plans, key=lambda plan: plan.added), 1):
            self._add(id, plan)

    def _plan_next_step(self, deal: Deal) -> ActivityPlan:
        context = self._context
        today, offset = context.now // times.DAY, context.choice(_DUE_IN_DAYS)
        # Only future days are moved to a working day: an activity of today is due today, also on a Sunday.
        day = max(times.working_day(today + offset) if offset > 0 else today + offset, deal.added // times.DAY)
        latest = min(day, today)
        earliest = (latest - int(context.rng.expovariate(1 / 5))) * times.DAY
        added = context.work_time_between(
            max(deal.added, earliest), min(latest * times.DAY + times.DAY // 2, context.now)
        )
        return ActivityPlan(added, day, False, _owner_id(deal.values), deal, deal.person, deal.organization)

    def _plan_for_deal(self, deal: Deal) -> ActivityPlan:
        added = self._context.work_time_between(deal.added, deal.ended or self._context.now)
        return ActivityPlan(*self._schedule(added), _owner_id(deal.values), deal, deal.person, deal.organization)

    def _plan_for_person(self, person: Person) -> ActivityPlan:
        added = self._context.work_time_between(person.added, self._context.now)
        return ActivityPlan(*self._schedule(added), _owner_id(person.values), None, person, person.organization)

    def _schedule(self, added: int) -> tuple[int, int, bool]:
        """Returns the time at which an activity was added, the day on which it is due, and whether it is done."""
        rng = self._context.rng
        day = times.working_day(added // times.DAY + int(rng.expovariate(1 / 3)))
        return added, day, day < self._context.now // times.DAY and rng.random() > _UNDONE_RATE

    def _add(self, id: int, plan: ActivityPlan) -> None:
        context, rng = self._context, self._context.rng
        owner = context.team.manager if rng.random() < _BY_MANAGER_RATE else plan.owner_id
        type = context.choice(_TYPES)
        timed = type in ("meeting", "lunch") or (type == "call" and rng.random() < _TIMED_CALL_RATE)
        due = max(times.random_work_time(rng, plan.day) // _QUARTER_HOUR * _QUARTER_HOUR, plan.added + 60)
        values: Values = {
            "due_date": times.format_day(plan.day),
            "due_time": times.format_time(due)[11:16] + ":00" if timed else None,
            "duration": context.choice(_DURATIONS[type]) if timed else None,
            "attendees": _attendees(plan.person) if type == "meeting" else [],
            "deal_id": plan.deal.id if plan.deal else None,
            "org_id": plan.organization.id if plan.organization else None,
            "project_id": None,
            "note": context.choice(words.ACTIVITY_NOTES) if rng.random() < _NOTE_RATE else None,
            "location": _location(plan.organization) if type == "meeting" and rng.random() < _ON_SITE_RATE else None,
            "subject": context.choice(words.ACTIVITY_SUBJECTS[type]),
            "type": type,
            "owner_id": owner,
            "person_id": plan.person.id if plan.person else None,
            "done": False,
            "marked_as_done_time": None,
            "creator_user_id": owner,
            "update_user_id": owner,
            "add_time": (added := times.format_time(plan.added)),
            "update_time": added,
            "busy": timed,
        }
        context.log.create(ACTIVITY, id, values, plan.added, owner)
        if plan.done:
            timestamp = min(due + int(rng.random() * _MAX_DONE_DELAY), context.now)
            done: Values = {"done": True, "marked_as_done_time": times.format_time(timestamp)}
            context.log.update(ACTIVITY, id, values, timestamp, owner, done)
            if plan.deal:
                context.log.touch(DEAL, plan.deal.id, plan.deal.values, timestamp, owner)
        if rng.random() < _DELETED_RATE:
            context.delete_record(ACTIVITY, id, values, owner)
        self.activities[id] = values
        self._add_participants(id, plan, type)

    def _add_participants(self, id: int, plan: ActivityPlan, type: str) -> None:
        if plan.person is None:
            return
        self.participants.append(ActivityParticipant(id, plan.person.id, 0, True))
        if type in ("meeting", "lunch") and plan.organization:
            others = [one for one in plan.organization.people if one is not plan.person and one.added <= plan.added]
            if others:
                self.participants.append(ActivityParticipant(id, self._context.choice(others).id, 1, False))


def _owner_id(values: Values) -> int:
    owner = values["owner_id"]
    assert isinstance(owner, int)
    return owner


def _attendees(person: Person | None) -> Json:
    if person is None or person.email is None:
        return []
    return [{**ATTENDEE_DEFAULTS, "email": person.email, "name": person.name, "person_id": person.id}]


def _location(organization: Organization | None) -> Json:
    return organization.values["address"] if organization else None
