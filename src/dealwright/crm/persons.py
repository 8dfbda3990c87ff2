"""Persons: the contacts of a company, on their own or in an organization."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from dealwright.crm import access, contacts, counters, deals, filters, pages, participants, records
from dealwright.crm.criteria import asked
from dealwright.crm.errors import Invalid
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON, Person
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.storage import tables
from dealwright.storage.tables import persons

_LATER_MARKETING_STATUSES = {
    "no_consent": ("subscribed", "unsubscribed", "archived"),
    "subscribed": ("unsubscribed", "archived"),
    "unsubscribed": ("archived",),
    "archived": (),
}
_NAMES = ("name", "first_name", "last_name")


def create(crm: Crm, values: Values) -> Person:
    """Adds a person; the actor owns it unless another user is given. Raises `Invalid`."""
    complete: Values = {
        "owner_id": crm.actor.id,
        "org_id": None,
        "visible_to": access.default_visibility(crm, "person_default_visibility"),
        "label_ids": [],
        "custom_fields": {},
        "emails": [],
        "phones": [],
        "im": [],
        "doi_status": 0,
        "add_time": crm.now,
        "update_time": crm.now,
        **_checked(crm, values, None),
    }
    id = records.insert(crm, PERSON, complete)
    person = records.reread(crm, PERSON, id)
    counters.recount_people(crm, [person.org_id])
    return person


def update(crm: Crm, id: int, values: Values) -> Person:
    """Changes a person. Raises `NotFound` and `Invalid`."""
    before = records.get(crm, PERSON, id)
    access.check_visibility(crm, before, values)
    person = records.update(crm, PERSON, before, _checked(crm, values, before))
    if person.org_id != before.org_id:
        org_ids = [before.org_id, person.org_id]
        counters.recount_people(crm, org_ids)
        counters.recount_deals(crm, org_ids=org_ids)
    return person


def delete(crm: Crm, ids: Iterable[int]) -> list[int]:
    """Deletes persons; the ids of those deleted. Raises `NotFound`, and deletes none, when one is not there."""
    found = [records.get(crm, PERSON, id) for id in dict.fromkeys(ids)]
    for person in found:
        records.delete(crm, PERSON, person, is_bulk=len(found) > 1)
    counters.recount_people(crm, [person.org_id for person in found])
    return [person.id for person in found]


@asked
def criteria(
    crm: Crm,
    *,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    org_id: int | None = None,
    deal_id: int | None = None,
    first_char: str | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
) -> list[sa.ColumnElement[bool]]:
    """What a list of persons asks for, as criteria. A filter makes the narrowing by owner, links and ids void."""
    found = [persons.c.is_deleted == sa.false()]
    if filter_id is not None:
        found += filters.criteria(crm, "person", filter_id)
    else:
        if ids is not None:
            found.append(persons.c.id.in_(ids))
        links = ((persons.c.owner_id, owner_id), (persons.c.org_id, org_id))
        found += [column == value for column, value in links if value is not None]
        if deal_id is not None:
            found.append(_taking_part(crm, deal_id))
    if first_char is not None:
        found.append(persons.c.first_char == contacts.first_char(first_char))
    return found + pages.updated(PERSON, updated_since, updated_until)


def deals_of(crm: Crm, id: int, statuses: Iterable[str] | None) -> list[sa.ColumnElement[bool]]:
    """What a list of a person's deals asks for: its own, and those that it takes part in."""
    related = sa.or_(tables.deals.c.person_id == id, tables.deals.c.id.in_(participants.deals_with(id)))
    return [*deals.criteria(crm, statuses=statuses), related]


def _taking_part(crm: Crm, deal_id: int) -> sa.ColumnElement[bool]:
    """The persons of a deal that the actor sees; no one for any other."""
    if records.find(crm, DEAL, deal_id) is None:
        return sa.false()
    return persons.c.id.in_(participants.persons_in(deal_id))


def _checked(crm: Crm, values: Values, before: Person | None) -> Values:
    """The values to store for those given. Raises `Invalid`."""
    found: Values = dict(values)
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.assignable_user(crm, found["owner_id"], "owner_id")
    if "org_id" in found and (before is None or found["org_id"] != before.org_id):
        records.linked(crm, ORGANIZATION, found["org_id"], "org_id")
    if before is None or any(name in found for name in _NAMES):
        found |= _names(found, before)
    for name in ("emails", "phones", "im"):
        if name in found:
            found[name] = list(contacts.values(found[name], name))
    if "postal_address" in found:
        found["postal_address"] = contacts.address(found["postal_address"])
    found["marketing_status"] = _marketing_status(found, before)
    return found


def _names(given: Values, before: Person | None) -> Values:
    """The three names that follow from those given: the whole name wins, unless first and last make it up."""
    first, last = (
        str(given[name]).strip()
        if given.get(name)
        else None
        if name in given or before is None
        else getattr(before, name)
        for name in ("first_name", "last_name")
    )
    name = str(given["name"]).strip() if given.get("name") else contacts.joined_name(first, last)
    if not name:
        raise Invalid("is required", "name")
    if name != contacts.joined_name(first, last):
        first, last = contacts.split_name(name)
    return {"name": name, "first_name": first, "last_name": last, "first_char": contacts.first_char(name)}


def _marketing_status(given: Values, before: Person | None) -> str:
    """The marketing status after a change. One that is not allowed is passed over.

    It needs an e-mail address, and it changes in one direction only.
    """
    status = before.marketing_status if before else "no_consent"
    emails = given.get("emails", loads(before.emails) if before else [])
    wanted = given.get("marketing_status")
    allowed = _LATER_MARKETING_STATUSES[status]
    return wanted if wanted in allowed and contacts.has_email(emails) else status
