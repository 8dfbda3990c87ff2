"""Generates leads: contacts who have asked for something, and of whom no deal is made yet."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from dealwright.crm.demo import times, words
from dealwright.crm.demo.context import DemoContext, Lead, Person
from dealwright.crm.leads.model import LEAD
from dealwright.crm.values.formats import Values

_DAYS = 60
_ARCHIVED_RATE = 0.2
_SEEN_DAYS = 5
_SOURCES = (
    (("Manually created", "ManuallyCreated"),) * 3 + (("Web forms", "WebForms"),) * 3 + (("Live chat", "LiveChat"),)
)


class Leads:
    """Leads in the order in which they were added."""

    def __init__(self, context: DemoContext) -> None:
        self._context = context
        self.leads: list[Lead] = []

    def add(self, count: int, persons: Sequence[Person]) -> None:
        """Generates leads of the last weeks, for persons with an address and an organization."""
        context = self._context
        able = [one for one in persons if one.email and one.organization and not one.values["is_deleted"]]
        chosen = context.rng.sample(able, min(count, len(able)))
        plans = [
            (context.work_time_between(max(person.added, context.now - _DAYS * times.DAY), context.now), person.id)
            for person in chosen
        ]
        by_id = {person.id: person for person in chosen}
        for id, (added, person_id) in enumerate(sorted(plans), 1):
            self._add(id, added, by_id[person_id])

    def _add(self, id: int, added: int, person: Person) -> None:
        context, rng = self._context, self._context.rng
        organization = person.organization
        assert organization is not None
        source, origin = context.choice(_SOURCES)
        values: Values = {
            "uuid": str(UUID(int=rng.getrandbits(128), version=4)),
            "title": f"{organization.name}: {context.choice(words.LEAD_SUBJECTS)}",
            "owner_id": organization.owner_id,
            "creator_id": organization.owner_id,
            "label_ids": [],
            "person_id": person.id,
            "organization_id": organization.id,
            "value": None,
            "currency": None,
            "expected_close_date": None,
            "source_name": source,
            "origin": origin,
            "is_archived": False,
            "was_seen": added < context.now - _SEEN_DAYS * times.DAY,
            "visible_to": context.visibility(),
            "add_time": times.format_time_ms(added),
            "update_time": times.format_time_ms(added),
            "custom_fields": {},
        }
        context.log.create(LEAD, id, values, added, organization.owner_id)
        archived = context.later_work_time(added, 5 + rng.random() * 20, after=added)
        if archived < context.now and rng.random() < _ARCHIVED_RATE:
            context.log.update(LEAD, id, values, archived, organization.owner_id, {"is_archived": True})
        values["update_time"] = times.with_milliseconds(str(values["update_time"]))
        self.leads.append(Lead(id, values, added, person))
