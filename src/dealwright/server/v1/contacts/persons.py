"""Persons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa

from dealwright.contract.parameters import CursorPaging, OffsetPaging
from dealwright.contract.v1.contacts import persons as contract
from dealwright.contract.v1.contacts.persons import NewPerson, PersonChanges, PersonItem
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page
from dealwright.contract.v1.queries import ContactCollectionQuery, ContactsQuery
from dealwright.crm.contacts import persons
from dealwright.crm.contacts.model import FIRST_EMAIL, FIRST_IM, FIRST_PHONE, ORGANIZATION, PERSON, Person
from dealwright.crm.correspondence import smart_bcc
from dealwright.crm.fields import custom, labels
from dealwright.crm.history import merge
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import USER
from dealwright.crm.values.formats import Values, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes, values
from dealwright.server.v1.embedded_records import EmbeddedRecords
from dealwright.server.v1.sorting import SortNames, linked_value, parse_sort

_NAMES = {"email": "emails", "phone": "phones"}


_COLUMNS = PERSON.table.c
_SORTABLE: SortNames = {
    "email": lambda _: FIRST_EMAIL,
    "primary_email": lambda _: FIRST_EMAIL,
    "phone": lambda _: FIRST_PHONE,
    "im": lambda _: FIRST_IM,
    "label": "label_ids",
    "active_flag": lambda _: sa.not_(_COLUMNS.is_deleted),
    "org_name": linked_value(ORGANIZATION, "name", _COLUMNS.org_id),
    "owner_name": linked_value(USER, "name", _COLUMNS.owner_id),
}


def list_page(
    crm: UnitOfWork, criteria: Criteria, page: OffsetPaging, sort: str | None = None
) -> Page[contract.Person]:
    """Returns the page of persons that meet ``criteria`` and the actor sees. Raises `Invalid` for a wrong ``sort``."""
    found = pages.select_by_offset(crm, PERSON, criteria, page, parse_sort(crm, PERSON, sort, _SORTABLE))
    references = _references(crm, found.items)
    return envelopes.page(found, lambda person: show(crm, person, references), references.related())


def show_item(crm: UnitOfWork, person: Person) -> Item[contract.Person]:
    """Returns the answer for one person, with its related objects."""
    references = _references(crm, [person])
    return envelopes.item(show(crm, person, references), related=references.related())


def show_all(crm: UnitOfWork, found: Sequence[Person]) -> list[contract.Person]:
    """Returns persons as v1 writes them inside other answers."""
    references = _references(crm, found)
    return [show(crm, person, references) for person in found]


def show(crm: UnitOfWork, person: Person, references: EmbeddedRecords) -> contract.Person:
    """Returns a person with the records it belongs to embedded, and its custom fields."""
    organization = references.organization(person.org_id)
    emails = loads(person.emails)
    label_ids = labels.existing_ids(crm, "person", loads(person.label_ids))
    shown: dict[str, Any] = {
        "id": person.id,
        "company_id": crm.company.id,
        "owner_id": references.user(person.owner_id),
        "org_id": organization,
        "name": person.name,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "open_deals_count": person.open_deals_count,
        "related_open_deals_count": person.related_open_deals_count,
        "closed_deals_count": person.closed_deals_count,
        "related_closed_deals_count": person.related_closed_deals_count,
        "participant_open_deals_count": person.participant_open_deals_count,
        "participant_closed_deals_count": person.participant_closed_deals_count,
        "email_messages_count": person.email_messages_count,
        "activities_count": person.activities_count,
        "done_activities_count": person.done_activities_count,
        "undone_activities_count": person.undone_activities_count,
        "files_count": person.files_count,
        "notes_count": person.notes_count,
        "followers_count": person.followers_count,
        "won_deals_count": person.won_deals_count,
        "related_won_deals_count": person.related_won_deals_count,
        "lost_deals_count": person.lost_deals_count,
        "related_lost_deals_count": person.related_lost_deals_count,
        "active_flag": not person.is_deleted,
        "phone": values.contact_values(person.phones),
        "email": values.contact_values(person.emails),
        "primary_email": next((email["value"] for email in emails if email["primary"]), None),
        "first_char": person.first_char,
        "update_time": person.update_time,
        "delete_time": person.delete_time,
        "add_time": person.add_time,
        "visible_to": str(person.visible_to),
        "marketing_status": person.marketing_status,
        "picture_id": references.picture(person.picture_id),
        # Contacts are not kept in step with any other address book.
        "sync_needed": False,
        "next_activity_date": person.next_activity_date,
        "next_activity_time": person.next_activity_time,
        "next_activity_id": person.next_activity_id,
        "last_activity_id": person.last_activity_id,
        "last_activity_date": person.last_activity_date,
        "last_incoming_mail_time": person.last_incoming_mail_time,
        "last_outgoing_mail_time": person.last_outgoing_mail_time,
        "label": label_ids[0] if label_ids else None,
        "label_ids": label_ids,
        "org_name": organization["name"] if organization else None,
        "owner_name": crm.company_data.users[person.owner_id].name,
        "cc_email": smart_bcc.address(crm),
        "notes": person.notes,
        "im": loads(person.im),
        "birthday": person.birthday,
        "job_title": person.job_title,
        **values.address("postal_address", person.postal_address),
        **custom.format_v1(crm, "person", person.custom_fields),
    }
    return cast("contract.Person", shown)


def _show_collected(crm: UnitOfWork, person: Person) -> contract.CollectedPerson:
    label_ids = labels.existing_ids(crm, "person", loads(person.label_ids))
    return {
        "id": person.id,
        "active_flag": not person.is_deleted,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "name": person.name,
        "email": values.contact_values(person.emails),
        "phone": values.contact_values(person.phones),
        "update_time": person.update_time,
        "delete_time": person.delete_time,
        "add_time": person.add_time,
        "visible_to": str(person.visible_to),  # type: ignore[typeddict-item]
        "picture_id": person.picture_id,
        "label": label_ids[0] if label_ids else None,
        "label_ids": label_ids,
        "cc_email": smart_bcc.address(crm),
    }


def _references(crm: UnitOfWork, found: Sequence[Person]) -> EmbeddedRecords:
    return EmbeddedRecords(
        crm,
        users=[person.owner_id for person in found],
        organizations=[person.org_id for person in found],
        pictures=[person.picture_id for person in found],
        has_pic=int,
    )


def _values(crm: UnitOfWork, data: NewPerson | PersonChanges, before: Person | None = None) -> Values:
    found = provided_values(data, _NAMES)
    values.parse_labels(crm, "person", found)
    values.join_address(found, "postal_address", lambda: before.postal_address if before else None)
    found["custom_fields"] = custom.parse_v1(
        crm, "person", data.custom_fields, before.custom_fields if before else "{}"
    )
    return found


@implements(contract.get_persons)
def get_persons(crm: UnitOfWork, query: ContactsQuery, page: OffsetPaging) -> Page[contract.Person]:
    criteria = persons.criteria(crm, owner_id=query.user_id, filter_id=query.filter_id, first_char=query.first_char)
    return list_page(crm, criteria, page, query.sort)


@implements(contract.get_persons_collection)
def get_persons_collection(
    crm: UnitOfWork, query: ContactCollectionQuery, page: CursorPaging
) -> CursorPage[contract.CollectedPerson]:
    access.require_global_admin(crm)
    criteria = persons.criteria(
        crm,
        owner_id=query.owner_id,
        first_char=query.first_char,
        updated_since=query.since,
        updated_until=query.until,
    )
    found = pages.select_by_cursor(crm, PERSON, criteria, page)
    return envelopes.cursor_page(found, lambda person: _show_collected(crm, person))


@implements(contract.post_persons)
def post_persons(crm: UnitOfWork, data: NewPerson) -> Item[contract.Person]:
    return show_item(crm, persons.create(crm, _values(crm, data)))


@implements(contract.delete_persons)
def delete_persons(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(persons.delete(crm, ids))


@implements(contract.get_persons_by_id)
def get_persons_by_id(crm: UnitOfWork, id: int) -> PersonItem:
    answer = show_item(crm, records.get(crm, PERSON, id, deleted=True))
    return {
        "success": True,
        "data": answer["data"],
        "additional_data": {"dropbox_email": smart_bcc.address(crm)},
        "related_objects": answer.get("related_objects"),
    }


@implements(contract.put_persons_by_id)
def put_persons_by_id(crm: UnitOfWork, id: int, data: PersonChanges) -> Item[contract.Person]:
    return show_item(crm, persons.update(crm, id, _values(crm, data, records.get(crm, PERSON, id))))


@implements(contract.delete_persons_by_id)
def delete_persons_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    persons.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_persons_by_id_permitted_users)
def get_persons_by_id_permitted_users(crm: UnitOfWork, id: int) -> List[int]:
    return envelopes.collection(access.permitted_users(crm, PERSON, records.get(crm, PERSON, id, deleted=True)))


@implements(contract.put_persons_by_id_merge)
def put_persons_by_id_merge(crm: UnitOfWork, id: int, data: contract.PersonMerge) -> Item[contract.MergedPerson]:
    person = merge.merge_persons(crm, id, data.merge_with_id)
    (shown,) = show_all(crm, [person])
    merged: dict[str, Any] = {
        **shown,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "merge_what_id": id,
    }
    return envelopes.item(cast("contract.MergedPerson", merged))
