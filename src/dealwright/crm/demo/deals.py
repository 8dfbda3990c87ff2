"""Invented deals, and how they went."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

from dealwright.contract.values import Json
from dealwright.crm.demo import times, words
from dealwright.crm.demo.story import Deal, Follower, Organization, Person, Story
from dealwright.crm.demo.team import Board
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.values import Values, local_date

_RENEWALS = 0.22
_NEW_CUSTOMER = 0.45
_WITHOUT_ORGANIZATION = 0.03
_TYPICAL_VALUE = 5500
_LARGEST_VALUE = 400_000
_TYPICAL_DAYS = 34
# How many units of a currency buy what one euro buys.
_PRICES = {"EUR": 1.0, "USD": 1.1, "GBP": 0.85, "SEK": 11.0}
_WON = {"sales": 0.36, "renewals": 0.68}
_FORGOTTEN = 0.05
_REOPENED = 0.02
_ARCHIVED = 0.06
_DELETED = 0.012
_VALUE_CHANGED = 0.25
_DATE_MOVED = 0.2
_HANDED_OVER = 0.04
_SECOND_PARTICIPANT = 0.3
_FOLLOWED_BY_MANAGER = 0.25
_OWN_PROBABILITY = 0.08
_ORIGINS = ("ManuallyCreated",) * 13 + ("WebForms",) * 4 + ("Import",) + ("API",) * 2


class StageVisit(NamedTuple):
    """That a deal stood in a stage."""

    deal_id: int
    stage_id: int
    entered: int
    left: int | None


class Participant(NamedTuple):
    """That a person takes part in a deal."""

    deal_id: int
    person_id: int
    user_id: int
    since: int


class Plan(NamedTuple):
    """How a deal is to go: when it moves on to which stage, and when it ends how, should that not be still to come."""

    added: int
    ended: int | None
    status: str
    moves: list[tuple[int, int]]


class Deals:
    """All deals, with the stages they were in and who takes part."""

    def __init__(self, story: Story, organizations: list[Organization], persons: list[Person]) -> None:
        self._story = story
        self._organizations = organizations
        self._persons = persons
        self._customers: set[int] = set()
        self.deals: list[Deal] = []
        self.visits: list[StageVisit] = []
        self.participants: list[Participant] = []

    def add(self, count: int) -> None:
        """Makes up deals in the order in which they were added."""
        story = self._story
        begin = story.start + 60 * times.DAY
        for id, added in enumerate(times.busy_moments(story.chance, count, begin, story.now), 1):
            self._add(id, added)

    def _add(self, id: int, added: int) -> None:
        story, chance = self._story, self._story.chance
        organization, person = self._customer(added)
        renewal = organization is not None and organization.id in self._customers and chance.random() < _RENEWALS * 2.5
        board = story.team.renewals if renewal else story.team.sales
        value, currency = self._worth(organization, renewal)
        size = value / _PRICES[currency] / _TYPICAL_VALUE
        plan = self._plan(added, board, size, _WON["renewals" if renewal else "sales"])
        owner = organization.owner_id if organization else story.team.member(chance)
        creator = story.team.manager if chance.random() < 0.1 else owner
        origin = "ManuallyCreated" if renewal else story.one_of(_ORIGINS)
        label = chance.random()
        values: Values = {
            "creator_user_id": creator,
            "owner_id": owner,
            "currency": currency,
            "probability": int(chance.random() * 20) * 5 if chance.random() < _OWN_PROBABILITY else None,
            "origin": origin,
            "channel": story.fields.web_forms if origin == "WebForms" else None,
            "label_ids": [story.one_of(self._labels())] if label < 0.35 else [],
            "custom_fields": story.fields.values("deal", story.occasion(added, currency)),
            "add_time": times.text(added),
            "update_time": times.text(added),
            "title": _title(story, organization, person, added if renewal else None),
            "person_id": person.id if person else None,
            "org_id": organization.id if organization else None,
            "value": value,
            "expected_close_date": self._expected(plan, size),
            "stage_id": plan.moves[0][1],
            "pipeline_id": board.pipeline_id,
            "stage_change_time": None,
            "status": "open",
            "is_archived": False,
            "archive_time": None,
            "is_deleted": False,
            "delete_time": None,
            "won_time": None,
            "lost_time": None,
            "close_time": None,
            "lost_reason": None,
            "first_won_time": None,
            "local_won_date": None,
            "local_lost_date": None,
            "local_close_date": None,
            "visible_to": story.visibility(),
            "followers_count": 1,
            "participants_count": 1 if person else 0,
        }
