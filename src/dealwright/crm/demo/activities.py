"""Invented activities: what was done about deals and persons, and what is to be done next."""

from __future__ import annotations

from typing import NamedTuple

from dealwright._json import Json
from dealwright.crm.activities import NEW_ATTENDEE
from dealwright.crm.demo import times, words
from dealwright.crm.demo.story import Deal, Organization, Person, Story
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.deals import DEAL
from dealwright.crm.values import Values

_TYPES = ("call",) * 8 + ("meeting",) * 4 + ("task",) * 4 + ("email",) * 5 + ("deadline", "lunch")
_DURATIONS = {
    "call": ("00:15:00", "00:30:00"),
    "meeting": ("00:30:00", "01:00:00", "01:30:00"),
    "lunch": ("01:00:00", "01:30:00"),
}
_WITH_NEXT_STEP = 0.75
_WITHOUT_DEAL = 0.08
_LEFT_UNDONE = 0.015
_AT_A_TIME = 0.65
_BY_MANAGER = 0.08
_WITH_NOTE = 0.3
_ON_SITE = 0.4
_DELETED = 0.008
_QUARTER = times.HOUR // 4
_DONE_WITHIN = 2 * times.HOUR
# In how many days the next step of an open deal is due: some are overdue, many are due this week.
_DUE = (-12, -5, -4, -3, -1, 0, 0, 1, 1, 2, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 18, 25)


class ActivityParticipant(NamedTuple):
    """That a person takes part in an activity."""

    activity_id: int
    person_id: int
    position: int
    is_primary: bool


class Plan(NamedTuple):
    """An activity to make up, due on a day."""

    added: int
    day: int
    done: bool
    owner_id: int
    deal: Deal | None
    person: Person | None
    organization: Organization | None


class Activities:
    """The values of activities by id, and who takes part in them."""

    def __init__(self, story: Story, deals: list[Deal], persons: list[Person]) -> None:
        self._story = story
        self._deals = [deal for deal in deals if not deal.values["is_deleted"]]
        self._persons = [person for person in persons if not person.values["is_deleted"]]
        self.activities: dict[int, Values] = {}
        self.participants: list[ActivityParticipant] = []

    def add(self, count: int) -> None:
        """Makes up activities in the order in which they were added."""
        story, chance = self._story, self._story.chance
        waiting = [deal for deal in self._deals if deal.ended is None]
        plans = [self._next_step(deal) for deal in waiting if chance.random() < _WITH_NEXT_STEP][:count]
        # More is done about what takes longer.
        weights = [2 + min(((deal.ended or story.now) - deal.added) / times.DAY, 90) / 15 for deal in self._deals]
        for deal in chance.choices(self._deals, weights, k=count - len(plans)) if self._deals else ():
            if self._persons and chance.random() < _WITHOUT_DEAL:
                plans.append(self._about_person(story.one_of(self._persons)))
            else:
                plans.append(self._about_deal(deal))
        for id, plan in enumerate(sorted(plans, key=lambda plan: plan.added), 1):
            self._add(id, plan)

    def _next_step(self, deal: Deal) -> Plan:
        story = self._story
        today, offset = story.now // times.DAY, story.one_of(_DUE)
        # What is due today is due today, also on a Sunday.
        day = max(times.working_day(today + offset) if offset > 0 else today + offset, deal.added // times.DAY)
        latest = min(day, today)
        earliest = (latest - int(story.chance.expovariate(1 / 5))) * times.DAY
        added = story.between(max(deal.added, earliest), min(latest * times.DAY + times.DAY // 2, story.now))
        return Plan(added, day, False, _owner(deal.values), deal, deal.person, deal.organization)

    def _about_deal(self, deal: Deal) -> Plan:
        added = self._story.between(deal.added, deal.ended or self._story.now)
        return Plan(*self._due(added), _owner(deal.values), deal, deal.person, deal.organization)

    def _about_person(self, person: Person) -> Plan:
        added = self._story.between(person.added, self._story.now)
        return Plan(*self._due(added), _owner(person.values), None, person, person.organization)

    def _due(self, added: int) -> tuple[int, int, bool]:
        """When an activity was added, on which day it is due, and whether it was done by now."""
        chance = self._story.chance
        day = times.working_day(added // times.DAY + int(chance.expovariate(1 / 3)))
        return added, day, day < self._story.now // times.DAY and chance.random() > _LEFT_UNDONE

    def _add(self, id: int, plan: Plan) -> None:
        story, chance = self._story, self._story.chance
        owner = story.team.manager if chance.random() < _BY_MANAGER else plan.owner_id
        type = story.one_of(_TYPES)
        timed = type in ("meeting", "lunch") or (type == "call" and chance.random() < _AT_A_TIME)
        due = max(times.at_work(chance, plan.day) // _QUARTER * _QUARTER, plan.added + 60)
        values: Values = {
            "due_date": times.day_text(plan.day),
            "due_time": times.text(due)[11:16] + ":00" if timed else None,
            "duration": story.one_of(_DURATIONS[type]) if timed else None,
            "attendees": _attendees(plan.person) if type == "meeting" else [],
            "deal_id": plan.deal.id if plan.deal else None,
            "org_id": plan.organization.id if plan.organization else None,
            "note": story.one_of(words.ACTIVITY_NOTES) if chance.random() < _WITH_NOTE else None,
            "location": _site(plan.organization) if type == "meeting" and chance.random() < _ON_SITE else None,
            "subject": story.one_of(words.ACTIVITY_SUBJECTS[type]),
            "type": type,
            "owner_id": owner,
            "person_id": plan.person.id if plan.person else None,
            "done": False,
            "marked_as_done_time": None,
            "creator_user_id": owner,
            "update_user_id": owner,
            "add_time": (added := times.text(plan.added)),
            "update_time": added,
            "busy": timed,
        }
        story.log.created(ACTIVITY, id, values, plan.added, owner)
        if plan.done:
            at = min(due + int(chance.random() * _DONE_WITHIN), story.now)
            done: Values = {"done": True, "marked_as_done_time": times.text(at)}
            story.log.changed(ACTIVITY, id, values, at, owner, done)
            if plan.deal:
                story.log.touched(DEAL, plan.deal.id, plan.deal.values, at, owner)
        if chance.random() < _DELETED:
            story.forget(ACTIVITY, id, values, owner)
        self.activities[id] = values
        self._gather(id, plan, type)

    def _gather(self, id: int, plan: Plan, type: str) -> None:
        if plan.person is None:
            return
        self.participants.append(ActivityParticipant(id, plan.person.id, 0, True))
        if type in ("meeting", "lunch") and plan.organization:
            others = [one for one in plan.organization.people if one is not plan.person and one.added <= plan.added]
            if others:
                self.participants.append(ActivityParticipant(id, self._story.one_of(others).id, 1, False))


def _owner(values: Values) -> int:
    owner = values["owner_id"]
    assert isinstance(owner, int)
    return owner


def _attendees(person: Person | None) -> Json:
    if person is None or person.email is None:
        return []
    return [{**NEW_ATTENDEE, "email": person.email, "name": person.name, "person_id": person.id}]


def _site(organization: Organization | None) -> Json:
    return organization.values["address"] if organization else None
