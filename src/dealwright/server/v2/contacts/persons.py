"""Persons."""

from __future__ import annotations

from typing import Any

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.contacts import persons as contract
from dealwright.contract.v2.contacts.persons import NewPerson, PersonChanges, PersonFields, PersonsQuery
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.crm.contacts import persons
from dealwright.crm.contacts.model import PERSON, Person
from dealwright.crm.fields import labels
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.server import fragment_cache
from dealwright.server.binding import implements
from dealwright.server.fragment_cache import EVERYTHING, Selection, select
from dealwright.server.v2 import envelopes
from dealwright.server.v2.bodies import record_values
from dealwright.server.v2.labels import show_custom_fields, show_labels
from dealwright.server.v2.queries import narrowing
from dealwright.server.v2.values import address, rfc3339_time

_TIMES = frozenset({"last_incoming_mail_time", "last_outgoing_mail_time"})


def show(crm: UnitOfWork, person: Person, selection: Selection = EVERYTHING) -> contract.Person:
    """Returns a person as v2 writes it."""
    shown: contract.Person = {
        "id": person.id,
        "name": person.name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "add_time": rfc3339_time(person.add_time),
        "update_time": rfc3339_time(person.update_time),
        "emails": loads(person.emails),
        "phones": loads(person.phones),
        "is_deleted": person.is_deleted,
        "visible_to": person.visible_to,  # type: ignore[typeddict-item]
        "label_ids": labels.existing_ids(crm, "person", loads(person.label_ids)),
        "picture_id": person.picture_id,
        "postal_address": address(person.postal_address),
        "notes": person.notes,
        "im": loads(person.im),
        "birthday": person.birthday,
        "job_title": person.job_title,
        "custom_fields": show_custom_fields(crm, "person", person.custom_fields, selection),
    }
    more: dict[str, Any] = {
        name: rfc3339_time(getattr(person, name)) if name in _TIMES else getattr(person, name)
        for name in selection.include_fields
    }
    shown.update(more)  # type: ignore[typeddict-item]
    if selection.include_labels:
        shown["labels"] = show_labels(crm, "person", shown["label_ids"])
    return shown


@implements(contract.get_persons)
def get_persons(
    crm: UnitOfWork, query: PersonsQuery, fields: PersonFields, page: CursorPaging
) -> Page[contract.Person]:
    criteria = persons.criteria(crm, org_id=query.org_id, deal_id=query.deal_id, **narrowing(query))
    found = pages.select_versions_by_cursor(crm, PERSON, criteria, page, query)
    data = fragment_cache.render_list(crm, PERSON, found.items, select(fields), show)
    return envelopes.rendered_page(data, found.next_cursor)


@implements(contract.post_persons)
def post_persons(crm: UnitOfWork, data: NewPerson) -> Item[contract.Person]:
    return envelopes.item(show(crm, persons.create(crm, record_values(crm, "person", data))))


@implements(contract.get_persons_by_id)
def get_persons_by_id(crm: UnitOfWork, id: int, fields: PersonFields) -> Item[contract.Person]:
    return envelopes.item(fragment_cache.render_one(crm, PERSON, id, select(fields), show))


@implements(contract.patch_persons_by_id)
def patch_persons_by_id(crm: UnitOfWork, id: int, data: PersonChanges) -> Item[contract.Person]:
    return envelopes.item(show(crm, persons.update(crm, id, record_values(crm, "person", data))))


@implements(contract.delete_persons_by_id)
def delete_persons_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    persons.delete(crm, [id])
    return envelopes.deleted(id)
