"""Persons: the contacts of a company, on their own or in an organization."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON, Person
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Invalid
from dealwright.crm.filters.narrowing import Narrowing, narrow
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import Criterion, lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values import contact_values
from dealwright.crm.values.formats import Values, loads
from dealwright.storage import tables
from dealwright.storage.tables import persons

_LATER_MARKETING_STATUSES = {
    "no_consent": ("subscribed", "unsubscribed", "archived"),
    "subscribed": ("unsubscribed", "archived"),
    "unsubscribed": ("archived",),
    "archived": (),
}
_NAMES = ("name", "first_name", "last_name")


def create(crm: UnitOfWork, values: Values) -> Person:
    """Adds a person; the actor owns it unless ``owner_id`` is given. Raises `Invalid`."""
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
        **_validated(crm, values, None),
    }
    return records.insert(crm, PERSON, complete)


def update(crm: UnitOfWork, id: int, values: Values) -> Person:
    """Changes a person. Raises `NotFound`, `Forbidden` and `Invalid`."""
    before = records.get(crm, PERSON, id)
    access.check_visibility_change(crm, before, values)
    return records.update(crm, PERSON, before, _validated(crm, values, before))


def delete(crm: UnitOfWork, ids: Iterable[int]) -> list[int]:
    """Deletes persons and returns their ids. Raises `NotFound`, deleting none, when one does not exist."""
    found = [records.get(crm, PERSON, id) for id in dict.fromkeys(ids)]
    access.require_bulk_permission(crm, found)
    for person in found:
        records.delete(crm, PERSON, person, is_bulk=len(found) > 1)
    return [person.id for person in found]


@lazy_criteria
def criteria(
    crm: UnitOfWork,
    *,
    org_id: int | None = None,
    deal_id: int | None = None,
    first_char: str | None = None,
    **narrowing: Unpack[Narrowing],
) -> list[Criterion]:
    """Returns the criteria of a list of persons. With ``filter_id``, owner, links and ids are ignored."""
    links: list[Criterion] = []
    if org_id is not None:
        links.append(persons.c.org_id == org_id)
    # The deal is looked up here, so not for a filter, which makes it void.
    if deal_id is not None and narrowing.get("filter_id") is None:
        links.append(_is_participant(crm, deal_id))
    return narrow(crm, PERSON, narrowing, links=links, first_char=first_char)


def _is_participant(crm: UnitOfWork, deal_id: int) -> Criterion:
    """Returns the criterion for the participants of a deal; nothing meets it when the actor may not see the deal."""
    if records.find(crm, DEAL, deal_id) is None:
        return sa.false()
    participants = tables.deal_participants.c
    return persons.c.id.in_(sa.select(participants.person_id).where(participants.deal_id == deal_id))


def _validated(crm: UnitOfWork, values: Values, before: Person | None) -> Values:
    """Returns the values to store for those given. Raises `Invalid`."""
    found: Values = dict(values)
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.require_assignable_user(crm, found["owner_id"], "owner_id")
    if "org_id" in found and (before is None or found["org_id"] != before.org_id):
        records.require_linked(crm, ORGANIZATION, found["org_id"], "org_id")
    if before is None or any(name in found for name in _NAMES):
        found |= _name_values(found, before)
    for name in ("emails", "phones", "im"):
        if name in found:
            found[name] = list(contact_values.parse_values(found[name], name))
    if "postal_address" in found:
        found["postal_address"] = contact_values.parse_address(found["postal_address"])
    found["marketing_status"] = _marketing_status(found, before)
    return found


def _name_values(values: Values, before: Person | None) -> Values:
    """Returns the three names that follow from those given. Raises `Invalid` when all are empty.

    The whole name wins, unless it is first and last name put together.
    """
    first, last = (
        str(values[name]).strip()
        if values.get(name)
        else None
        if name in values or before is None
        else getattr(before, name)
        for name in ("first_name", "last_name")
    )
    name = str(values["name"]).strip() if values.get("name") else contact_values.join_name(first, last)
    if not name:
        raise Invalid("is required", "name")
    if name != contact_values.join_name(first, last):
        first, last = contact_values.split_name(name)
    return {"name": name, "first_name": first, "last_name": last, "first_char": contact_values.first_char(name)}


def _marketing_status(values: Values, before: Person | None) -> str:
    """Returns the marketing status after a change; a status that is not allowed is ignored.

    A change requires an e-mail address, and is possible in one direction only.
    """
    status = before.marketing_status if before else "no_consent"
    emails = values.get("emails", loads(before.emails) if before else [])
    wanted = values.get("marketing_status")
    allowed = _LATER_MARKETING_STATUSES[status]
    return wanted if wanted in allowed and contact_values.has_email(emails) else status
