"""Persons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from dealwright.contract.v1 import persons as contract
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page
from dealwright.contract.v1.persons import NewPerson, PersonChanges, PersonItem
from dealwright.crm import access, pages, persons, records, smart_bcc
from dealwright.crm.criteria import Criteria
from dealwright.crm.fields import custom, labels
from dealwright.crm.model.persons import PERSON, Person
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes, values
from dealwright.server.v1.references import References
from dealwright.server.v1.sorting import order_of

_NAMES = {"email": "emails", "phone": "phones"}
_SORTABLE = {**_NAMES, "label": "label_ids"}


def page_of(
    crm: Crm,
    criteria: Criteria,
    *,
    sort: str | None = None,
    start: int = 0,
    limit: int | None = None,
) -> Page[contract.Person]:
    """A page of the persons that fit and that the actor sees."""
    found = pages.by_offset(crm, PERSON, criteria, order=order_of(PERSON, sort, _SORTABLE), start=start, limit=limit)
    references = _references(crm, found.items)
    return envelopes.page(found, lambda person: show(crm, person, references), references.related())


def one(crm: Crm, person: Person) -> Item[contract.Person]:
    """One person with its related objects."""
    references = _references(crm, [person])
    return envelopes.item(show(crm, person, references), related=references.related())


def show_all(crm: Crm, found: Sequence[Person]) -> list[contract.Person]:
    """Persons as v1 writes them, for where they stand among other things."""
    references = _references(crm, found)
    return [show(crm, person, references) for person in found]


def show(crm: Crm, person: Person, references: References) -> contract.Person:
    """A person with the records it belongs to embedded, and its custom fields."""
    organization = references.organization(person.org_id)
    emails = loads(person.emails)
    label_ids = labels.live(crm, "person", loads(person.label_ids))
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
        "phone": values.contacts(person.phones),
        "email": values.contacts(person.emails),
        "primary_email": next((email["value"] for email in emails if email["primary"]), None),
        "first_char": person.first_char,
        "update_time": person.update_time,
        "delete_time": person.delete_time,
        "add_time": person.add_time,
        "visible_to": str(person.visible_to),
        "marketing_status": person.marketing_status,
        "picture_id": references.picture(person.picture_id),
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
        "owner_name": crm.settings.users[person.owner_id].name,
        "cc_email": smart_bcc.address(crm),
        "notes": person.notes,
        "im": loads(person.im),
        "birthday": person.birthday,
        "job_title": person.job_title,
        **values.address("postal_address", person.postal_address),
        **custom.show_v1(crm, "person", person.custom_fields),
    }
    return cast("contract.Person", shown)


def _show_collected(crm: Crm, person: Person) -> contract.CollectedPerson:
    label_ids = labels.live(crm, "person", loads(person.label_ids))
    return {
        "id": person.id,
        "active_flag": not person.is_deleted,
        "owner_id": person.owner_id,
        "org_id": person.org_id,
        "name": person.name,
        "email": values.contacts(person.emails),
        "phone": values.contacts(person.phones),
        "update_time": person.update_time,
        "delete_time": person.delete_time,
        "add_time": person.add_time,
        "visible_to": str(person.visible_to),  # type: ignore[typeddict-item]
        "picture_id": person.picture_id,
        "label": label_ids[0] if label_ids else None,
        "label_ids": label_ids,
        "cc_email": smart_bcc.address(crm),
    }


def _references(crm: Crm, found: Sequence[Person]) -> References:
    return References(
        crm,
        users=[person.owner_id for person in found],
        organizations=[person.org_id for person in found],
        pictures=[person.picture_id for person in found],
        has_pic=int,
    )


def _values(crm: Crm, data: NewPerson | PersonChanges, stored: str = "{}") -> Values:
    found = given(data, _NAMES)
    values.merge_labels(found)
    if "label_ids" in found:
        found["label_ids"] = list(labels.label_ids(crm, "person", found["label_ids"]))
    found["custom_fields"] = custom.read_v1(crm, "person", data.custom_fields, stored)
    return found


@implements(contract.get_persons)
def get_persons(
    crm: Crm,
    user_id: int | None = None,
    filter_id: int | None = None,
    first_char: str | None = None,
    start: int = 0,
    limit: int | None = None,
    sort: str | None = None,
) -> Page[contract.Person]:
    criteria = persons.criteria(crm, owner_id=user_id, filter_id=filter_id, first_char=first_char)
    return page_of(crm, criteria, sort=sort, start=start, limit=limit)


@implements(contract.get_persons_collection)
def get_persons_collection(
    crm: Crm,
    cursor: str | None = None,
    limit: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    owner_id: int | None = None,
    first_char: str | None = None,
) -> CursorPage[contract.CollectedPerson]:
    access.require_global_admin(crm)
    criteria = persons.criteria(crm, owner_id=owner_id, first_char=first_char, updated_since=since, updated_until=until)
    found = pages.by_cursor(crm, PERSON, criteria, limit=limit, cursor=cursor)
    return envelopes.cursor_page(found, lambda person: _show_collected(crm, person))


@implements(contract.post_persons)
def post_persons(crm: Crm, data: NewPerson) -> Item[contract.Person]:
    return one(crm, persons.create(crm, _values(crm, data)))


@implements(contract.delete_persons)
def delete_persons(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(persons.delete(crm, ids))


@implements(contract.get_persons_by_id)
def get_persons_by_id(crm: Crm, id: int) -> PersonItem:
    answer = one(crm, records.get(crm, PERSON, id, deleted=True))
    return {
        "success": True,
        "data": answer["data"],
        "additional_data": {"dropbox_email": smart_bcc.address(crm)},
        "related_objects": answer.get("related_objects"),
    }


@implements(contract.put_persons_by_id)
def put_persons_by_id(crm: Crm, id: int, data: PersonChanges) -> Item[contract.Person]:
    stored = records.get(crm, PERSON, id).custom_fields
    return one(crm, persons.update(crm, id, _values(crm, data, stored)))


@implements(contract.delete_persons_by_id)
def delete_persons_by_id(crm: Crm, id: int) -> Item[Deleted]:
    persons.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_persons_by_id_permitted_users)
def get_persons_by_id_permitted_users(crm: Crm, id: int) -> List[int]:
    return envelopes.whole(access.permitted_users(crm, PERSON, records.get(crm, PERSON, id, deleted=True)))
