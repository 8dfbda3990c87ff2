"""Invented deals: with whom, about what, and for how much."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

from dealwright.crm.demo import courses, times, words
from dealwright.crm.demo.courses import Outlook, StageVisit
from dealwright.crm.demo.story import Deal, Follower, Organization, Person, Story
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.values import Values

_SET_UP_DAYS = 45
_RENEWALS = 0.22
_RENEWED_AFTER_DAYS = 60
_NEWEST = 12
_NEW_CUSTOMER = 0.45
_WITHOUT_ORGANIZATION = 0.03
_CUSTOMER_FROM_BEFORE = 0.3
_TYPICAL_VALUE = 5500
_LARGEST_VALUE = 400_000
# How many units of a currency buy what one euro buys.
_PRICES = {"EUR": 1.0, "USD": 1.1, "GBP": 0.85, "SEK": 11.0}
_ODDS_OF_SALE, _ODDS_OF_RENEWAL = 0.34, 0.62
_BY_MANAGER = 0.1
_SECOND_PARTICIPANT = 0.3
_FOLLOWED_BY_MANAGER = 0.25
_OWN_PROBABILITY = 0.08
_LABELLED = 0.35
_ORIGINS = ("ManuallyCreated",) * 13 + ("WebForms",) * 4 + ("Import",) + ("API",) * 2


class Participant(NamedTuple):
    """That a person takes part in a deal."""

    deal_id: int
    person_id: int
    user_id: int
    since: int

    def row(self) -> dict[str, object]:
        """The row to store."""
        return {
            "deal_id": self.deal_id,
            "person_id": self.person_id,
            "added_by_user_id": self.user_id,
            "add_time": times.text(self.since),
        }


class Deals:
    """Deals in the order in which they were added, the stages that they were in, and who takes part."""

    def __init__(self, story: Story, organizations: list[Organization], persons: list[Person]) -> None:
        self._story = story
        self._organizations = organizations
        self._alone = [person for person in persons if person.organization is None]
        # Since when organizations are customers: some were it before the company had a CRM.
        self._customers: list[tuple[int, Organization]] = [
            (one.added, one)
            for one in organizations
            if one.added < story.start + _SET_UP_DAYS * times.DAY and story.chance.random() < _CUSTOMER_FROM_BEFORE
        ]
        self.deals: list[Deal] = []
        self.visits: list[StageVisit] = []
        self.participants: list[Participant] = []

    def add(self, count: int) -> None:
        """Makes up some deals."""
        story = self._story
        begin = story.start + _SET_UP_DAYS * times.DAY
        for id, added in enumerate(times.busy_moments(story.chance, count, begin, story.now), 1):
            self._add(id, added)
        self._label_customers()

    def _add(self, id: int, added: int) -> None:
        story, chance = self._story, self._story.chance
        customer = self._customer(added)
        organization = customer or self._prospect(added)
        person = self._person(organization, added)
        currency = organization.city.country.currency if organization else "EUR"
        size = min(chance.lognormvariate(-0.2 if customer else 0, 0.95), _LARGEST_VALUE / _TYPICAL_VALUE)
        board = story.team.renewals if customer else story.team.sales
        planned = courses.outlook(story, board, size, _ODDS_OF_RENEWAL if customer else _ODDS_OF_SALE)
        owner = organization.owner_id if organization else story.team.member(chance)
        creator = story.team.manager if chance.random() < _BY_MANAGER else owner
        origin = "ManuallyCreated" if customer else story.one_of(_ORIGINS)
        values: Values = {
            "creator_user_id": creator,
            "owner_id": owner,
            "currency": currency,
            "probability": 5 * int(chance.random() * 20) if chance.random() < _OWN_PROBABILITY else None,
            "origin": origin,
            "channel": story.fields.web_forms if origin == "WebForms" else None,
            "label_ids": [story.one_of(story.deal_labels)] if chance.random() < _LABELLED else [],
            "custom_fields": story.fields.values("deal", story.occasion(added, currency)),
            "add_time": times.text(added),
            "update_time": times.text(added),
            "title": _title(story, organization, person, added if customer else None),
            "person_id": person.id if person else None,
            "org_id": organization.id if organization else None,
            "value": _rounded(size * _TYPICAL_VALUE * _PRICES[currency]),
            "expected_close_date": _expected(story, added, planned),
            "stage_id": planned.stage_ids[0],
            "pipeline_id": board.pipeline_id,
            "stage_change_time": None,
            "status": "open",
            "is_archived": False,
            "archive_time": None,
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
        story.log.created(DEAL, id, values, added, creator, "api" if origin in ("API", "WebForms") else "app")
        self._gather(id, added, creator, person)
        self.visits += courses.run(story, id, values, added, planned)
        won, ended = values["first_won_time"], values["close_time"]
        if isinstance(won, str) and organization:
            self._customers.append((times.parsed(won), organization))
        self.deals.append(
            Deal(id, values, added, times.parsed(ended) if isinstance(ended, str) else None, person, organization)
        )

    def _customer(self, added: int) -> Organization | None:
        """A customer whose contract is to be renewed."""
        chance = self._story.chance
        if not self._customers or chance.random() > _RENEWALS:
            return None
        since, organization = self._customers[int(chance.random() * len(self._customers))]
        return organization if since < added - _RENEWED_AFTER_DAYS * times.DAY else None

    def _prospect(self, added: int) -> Organization | None:
        """An organization to sell to, often one that has just been added."""
        chance = self._story.chance
        known = bisect_right(self._story.organizations_added, added)
        if not known or chance.random() < _WITHOUT_ORGANIZATION:
            return None
        newest = min(known, _NEWEST) if chance.random() < _NEW_CUSTOMER else known
        return self._organizations[known - 1 - int(chance.random() * newest)]

    def _person(self, organization: Organization | None, added: int) -> Person | None:
        known = [one for one in (organization.people if organization else self._alone) if one.added <= added]
        return self._story.one_of(known) if known else None

    def _gather(self, id: int, added: int, creator: int, person: Person | None) -> None:
        """Those who follow the deal, and those who take part."""
        story, chance = self._story, self._story.chance
        story.followers.append(Follower("deal", id, creator, added))
        if creator != story.team.manager and chance.random() < _FOLLOWED_BY_MANAGER:
            story.followers.append(
                Follower("deal", id, story.team.manager, min(added + int(chance.random() * times.DAY), story.now))
            )
        if person is None:
            return
        self.participants.append(Participant(id, person.id, creator, added))
        colleagues = person.organization.people if person.organization else []
        if chance.random() < _SECOND_PARTICIPANT:
            others = [other for other in colleagues if other is not person and other.added <= added]
            if others:
                self.participants.append(Participant(id, story.one_of(others).id, creator, added))

    def _label_customers(self) -> None:
        """Who has bought something is a customer."""
        story = self._story
        label = story.fields.labels["organization"]["Customer"]
        first: dict[int, tuple[int, Organization]] = {}
        for since, one in self._customers:
            first[one.id] = min(first.get(one.id, (since, one)), (since, one), key=lambda entry: entry[0])
        for since, one in first.values():
            if since > one.added:
                story.log.changed(ORGANIZATION, one.id, one.values, since, one.owner_id, {"label_ids": [label]})


def _title(story: Story, organization: Organization | None, person: Person | None, renewed: int | None) -> str:
    subject = story.one_of(words.DEAL_SUBJECTS) if renewed is None else f"renewal {times.text(renewed)[:4]}"
    if organization:
        return f"{organization.name}: {subject}"
    return f"{person.name}: {subject}" if person else subject.capitalize()


def _rounded(amount: float) -> int:
    """An amount as people offer it."""
    return max(int(round(amount, 1 - int(math.log10(amount)))), 50) if amount >= 1 else 50


def _expected(story: Story, added: int, planned: Outlook) -> str | None:
    if story.chance.random() < 0.1:
        return None
    return times.day_text(added // times.DAY + int(planned.days * (0.6 + story.chance.random() * 0.8)) + 1)
