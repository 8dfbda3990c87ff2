"""Persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dealwright.contract.v2 import persons as contract
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.persons import NewPerson, PersonChanges
from dealwright.contract.values import Direction
from dealwright.crm import pages, persons
from dealwright.crm.fields import custom, labels
from dealwright.crm.model.persons import PERSON, Person
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server import fragments
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import address, time, whole_seconds

_TIMES = frozenset({"last_incoming_mail_time", "last_outgoing_mail_time"})


def show(
    crm: Crm, person: Person, include_fields: Sequence[str] | None = None, custom_fields: Sequence[str] | None = None
) -> contract.Person:
    """A person as v2 writes it, with the additional fields asked for and all custom fields unless some are named."""
    shown: contract.Person = {
        "id": person.id,
        "name": person.name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "add_time": time(person.add_time),
        "update_time": time(person.update_time),
        "emails": loads(person.emails),
        "phones": loads(person.phones),
        "is_deleted": person.is_deleted,
        "visible_to": person.visible_to,  # type: ignore[typeddict-item]
        "label_ids": labels.live(crm, "person", loads(person.label_ids)),
        "picture_id": person.picture_id,
        "postal_address": address(person.postal_address),
        "notes": person.notes,
        "im": loads(person.im),
        "birthday": person.birthday,
        "job_title": person.job_title,
        "custom_fields": custom.show_v2(crm, "person", person.custom_fields, custom_fields),
    }
    more: dict[str, Any] = {
        name: time(getattr(person, name)) if name in _TIMES else getattr(person, name) for name in include_fields or ()
    }
    shown.update(more)  # type: ignore[typeddict-item]
    return shown


def _values(crm: Crm, data: NewPerson | PersonChanges) -> Values:
    values = given(data)
    if isinstance(data.custom_fields, dict):
        values["custom_fields"] = custom.read_v2(crm, "person", data.custom_fields)
    if "label_ids" in values:
        values["label_ids"] = list(labels.label_ids(crm, "person", values["label_ids"]))
    return values


@implements(contract.get_persons)
def get_persons(
    crm: Crm,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    org_id: int | None = None,
    deal_id: int | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    sort_by: str = "id",
    sort_direction: Direction = "asc",
    include_fields: Sequence[str] | None = None,
    custom_fields: list[str] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[contract.Person]:
    criteria = persons.criteria(
        crm,
        filter_id=filter_id,
        ids=ids,
        owner_id=owner_id,
        org_id=org_id,
        deal_id=deal_id,
        updated_since=whole_seconds(updated_since, "updated_since"),
        updated_until=whole_seconds(updated_until, "updated_until"),
    )
    found = pages.pointers_by_cursor(
        crm, PERSON, criteria, sort_by=sort_by, direction=sort_direction, limit=limit, cursor=cursor
    )
    data = fragments.listed(crm, PERSON, found.items, include_fields, custom_fields, show)
    return envelopes.page_of(data, found.next_cursor)


@implements(contract.post_persons)
def post_persons(crm: Crm, data: NewPerson) -> Item[contract.Person]:
    return envelopes.item(show(crm, persons.create(crm, _values(crm, data))))


@implements(contract.get_persons_by_id)
def get_persons_by_id(
    crm: Crm, id: int, include_fields: Sequence[str] | None = None, custom_fields: list[str] | None = None
) -> Item[contract.Person]:
    return envelopes.item(fragments.one(crm, PERSON, id, include_fields, custom_fields, show))


@implements(contract.patch_persons_by_id)
def patch_persons_by_id(crm: Crm, id: int, data: PersonChanges) -> Item[contract.Person]:
    return envelopes.item(show(crm, persons.update(crm, id, _values(crm, data))))


@implements(contract.delete_persons_by_id)
def delete_persons_by_id(crm: Crm, id: int) -> Item[Deleted]:
    persons.delete(crm, [id])
    return envelopes.deleted(id)
