"""Generates deals: their customers, subjects and values."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import NamedTuple

from dealwright.crm.contacts.model import ORGANIZATION
from dealwright.crm.deals.model import DEAL
from dealwright.crm.demo import deal_lifecycles, times, words
from dealwright.crm.demo.context import Deal, DemoContext, Follower, Organization, Person
from dealwright.crm.demo.deal_lifecycles import PlannedOutcome, StageVisit
from dealwright.crm.demo.products import Products
from dealwright.crm.values.formats import Values

_SET_UP_DAYS = 45
_RENEWAL_RATE = 0.22
_DAYS_UNTIL_RENEWAL = 60
_NEWEST_COUNT = 12
_NEW_CUSTOMER_RATE = 0.45
_NO_ORGANIZATION_RATE = 0.03
_EXISTING_CUSTOMER_RATE = 0.3
_TYPICAL_VALUE = 5500
_MAX_VALUE = 400_000
# The units of a currency that buy as much as one euro.
_UNITS_PER_EURO = {"EUR": 1.0, "USD": 1.1, "GBP": 0.85, "SEK": 11.0}
_SALE_WIN_RATE, _RENEWAL_WIN_RATE = 0.34, 0.62
_BY_MANAGER_RATE = 0.1
_SECOND_PARTICIPANT_RATE = 0.3
_MANAGER_FOLLOWS_RATE = 0.25
_OWN_PROBABILITY_RATE = 0.08
_LABELLED_RATE = 0.35
_ORIGINS = ("ManuallyCreated",) * 13 + ("WebForms",) * 4 + ("Import",) + ("API",) * 2


class Participant(NamedTuple):
    """The participation of a person in a deal."""

    deal_id: int
    person_id: int
    user_id: int
    since: int

    def row(self) -> dict[str, object]:
        """Returns the row to store."""
        return {
            "deal_id": self.deal_id,
            "person_id": self.person_id,
            "added_by_user_id": self.user_id,
            "add_time": times.format_time(self.since),
        }


class Deals:
    """Deals in the order in which they were added, the stages that they were in, and their participants."""

    def __init__(self, context: DemoContext, organizations: list[Organization], persons: list[Person]) -> None:
        self._context = context
        self.products = Products(context, _UNITS_PER_EURO)
        self._organizations = organizations
        self._persons_without_organization = [person for person in persons if person.organization is None]
        # Organizations with the time since when they are customers: some were before the company had a CRM.
        self._customers: list[tuple[int, Organization]] = [
            (one.added, one)
            for one in organizations
            if one.added < context.start + _SET_UP_DAYS * times.DAY and context.rng.random() < _EXISTING_CUSTOMER_RATE
        ]
        self.deals: list[Deal] = []
        self.visits: list[StageVisit] = []
        self.participants: list[Participant] = []

    def add(self, count: int) -> None:
        """Generates ``count`` deals."""
        context = self._context
        begin = context.start + _SET_UP_DAYS * times.DAY
        for id, added in enumerate(times.random_work_times(context.rng, count, begin, context.now), 1):
            self._add(id, added)
        self._label_customers()

    def _add(self, id: int, added: int) -> None:
        context, rng = self._context, self._context.rng
        customer = self._pick_customer(added)
        organization = customer or self._pick_prospect(added)
        person = self._pick_person(organization, added)
        currency = organization.city.country.currency if organization else "EUR"
        size = min(rng.lognormvariate(-0.2 if customer else 0, 0.95), _MAX_VALUE / _TYPICAL_VALUE)
        pipeline = context.team.renewals if customer else context.team.sales
        outcome = deal_lifecycles.plan_outcome(
            context, pipeline, size, _RENEWAL_WIN_RATE if customer else _SALE_WIN_RATE
        )
        owner = organization.owner_id if organization else context.team.random_member(rng)
        owner = context.team.owner_in(pipeline.pipeline_id, owner)
        creator = context.team.manager if rng.random() < _BY_MANAGER_RATE else owner
        origin = "ManuallyCreated" if customer else context.choice(_ORIGINS)
        values: Values = {
            "creator_user_id": creator,
            "owner_id": owner,
            "currency": currency,
            "probability": 5 * int(rng.random() * 20) if rng.random() < _OWN_PROBABILITY_RATE else None,
            "origin": origin,
            "channel": context.fields.web_forms if origin == "WebForms" else None,
            "label_ids": [context.choice(context.deal_labels)] if rng.random() < _LABELLED_RATE else [],
            "custom_fields": context.fields.make_values("deal", context.value_context(added, currency)),
            "add_time": times.format_time(added),
            "update_time": times.format_time(added),
            "title": _title(context, organization, person, added if customer else None),
            "person_id": person.id if person else None,
            "org_id": organization.id if organization else None,
            "value": _round_price(size * _TYPICAL_VALUE * _UNITS_PER_EURO[currency]),
            "expected_close_date": _expected_close_date(context, added, outcome),
            "stage_id": outcome.stage_ids[0],
            "pipeline_id": pipeline.pipeline_id,
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
            "visible_to": context.visibility(),
            "acv": None,
            "arr": None,
            "mrr": None,
            "products_count": 0,
            "followers_count": 1,
            "participants_count": 1 if person else 0,
        }
        context.log.create(DEAL, id, values, added, creator, "api" if origin in ("API", "WebForms") else "app")
        self.products.add_to_deal(id, values, added, creator)
        self._add_followers_and_participants(id, added, creator, person)
        self.visits += deal_lifecycles.simulate(context, id, values, added, outcome)
        won, ended = values["first_won_time"], values["close_time"]
        if isinstance(won, str) and organization:
            self._customers.append((times.parse_time(won), organization))
        self.deals.append(
            Deal(id, values, added, times.parse_time(ended) if isinstance(ended, str) else None, person, organization)
        )

    def _pick_customer(self, added: int) -> Organization | None:
        """Returns a customer whose contract is to be renewed; None when the deal is not a renewal."""
        rng = self._context.rng
        if not self._customers or rng.random() > _RENEWAL_RATE:
            return None
        since, organization = self._customers[int(rng.random() * len(self._customers))]
        return organization if since < added - _DAYS_UNTIL_RENEWAL * times.DAY else None

    def _pick_prospect(self, added: int) -> Organization | None:
        """Returns an organization to sell to, often one that has just been added; None for a deal without one."""
        rng = self._context.rng
        known = bisect_right(self._context.organizations_added, added)
        if not known or rng.random() < _NO_ORGANIZATION_RATE:
            return None
        newest = min(known, _NEWEST_COUNT) if rng.random() < _NEW_CUSTOMER_RATE else known
        return self._organizations[known - 1 - int(rng.random() * newest)]

    def _pick_person(self, organization: Organization | None, added: int) -> Person | None:
        known = [
            one
            for one in (organization.people if organization else self._persons_without_organization)
            if one.added <= added
        ]
        return self._context.choice(known) if known else None

    def _add_followers_and_participants(self, id: int, added: int, creator: int, person: Person | None) -> None:
        """Adds the followers and the participants of a deal."""
        context, rng = self._context, self._context.rng
        context.followers.append(Follower("deal", id, creator, added))
        if creator != context.team.manager and rng.random() < _MANAGER_FOLLOWS_RATE:
            context.followers.append(
                Follower("deal", id, context.team.manager, min(added + int(rng.random() * times.DAY), context.now))
            )
        if person is None:
            return
        self.participants.append(Participant(id, person.id, creator, added))
        colleagues = person.organization.people if person.organization else []
        if rng.random() < _SECOND_PARTICIPANT_RATE:
            others = [other for other in colleagues if other is not person and other.added <= added]
            if others:
                self.participants.append(Participant(id, context.choice(others).id, creator, added))

    def _label_customers(self) -> None:
        """Labels organizations that have bought something as customers."""
        context = self._context
        label = context.fields.labels["organization"]["Customer"]
        first: dict[int, tuple[int, Organization]] = {}
        for since, one in self._customers:
            first[one.id] = min(first.get(one.id, (since, one)), (since, one), key=lambda entry: entry[0])
        for since, one in first.values():
            if since > one.added:
                context.log.update(ORGANIZATION, one.id, one.values, since, one.owner_id, {"label_ids": [label]})


def _title(context: DemoContext, organization: Organization | None, person: Person | None, renewed: int | None) -> str:
    subject = context.choice(words.DEAL_SUBJECTS) if renewed is None else f"renewal {times.format_time(renewed)[:4]}"
    if organization:
        return f"{organization.name}: {subject}"
    return f"{person.name}: {subject}" if person else subject.capitalize()


def _round_price(amount: float) -> int:
    """Returns an amount rounded to two digits, 50 at least."""
    return max(int(round(amount, 1 - int(math.log10(amount)))), 50) if amount >= 1 else 50


def _expected_close_date(context: DemoContext, added: int, outcome: PlannedOutcome) -> str | None:
    if context.rng.random() < 0.1:
        return None
    return times.format_day(added // times.DAY + int(outcome.days * (0.6 + context.rng.random() * 0.8)) + 1)
