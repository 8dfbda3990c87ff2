"""Leads: possible deals with a person or an organization. The API knows a lead by its UUID."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from dealwright.crm import filters
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.criteria import lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import lead_labels
from dealwright.crm.leads.model import LEAD, Lead
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import leads

SOURCES = (
    "Manually created",
    "Deal",
    "Web forms",
    "Prospector",
    "Leadbooster",
    "Live chat",
    "Import",
    "Website visitors",
    "Workflow automation",
    "API",
)
"""The sources that a lead may come from."""


def get(crm: UnitOfWork, id: str) -> Lead:
    """Returns a lead that the actor may see. Raises `NotFound`, also for a deleted one."""
    lead = _find(crm, id)
    if lead is None:
        raise NotFound("requested lead not found", "Object was not found.")
    return lead


def require_linked(crm: UnitOfWork, id: object, path: str) -> Lead | None:
    """Returns the lead that another record links to; None when ``id`` is None. Raises `Invalid` when there is none."""
    if id is None:
        return None
    lead = _find(crm, str(id))
    if lead is None:
        raise Invalid("Lead not found", path)
    return lead


def in_bulk(crm: UnitOfWork, ids: Iterable[str | None]) -> dict[str, Lead]:
    """Returns leads by their UUIDs, without an access check: for what is shown inside other records."""
    wanted = sorted({id for id in ids if id is not None})
    return {lead.uuid: lead for lead in records.select(crm, LEAD, leads.c.uuid.in_(wanted))} if wanted else {}


def normalize_lead_id(values: Values) -> Values:
    """Returns the values of a record with the UUID of its lead, if it has one, in lower case, as leads store it."""
    id = values.get("lead_id")
    return {**values, "lead_id": id.lower()} if isinstance(id, str) else values


def create(crm: UnitOfWork, values: Values) -> Lead:
    """Adds a lead of a person or an organization; the actor owns it unless ``owner_id`` is given. Raises `Invalid`."""
    complete: Values = {
        "uuid": str(uuid.uuid4()),
        "owner_id": crm.actor.id,
        "creator_id": crm.actor.id,
        "label_ids": [],
        "source_name": "API",
        "origin": "API",
        "visible_to": access.default_visibility(crm, "lead_default_visibility"),
        "custom_fields": {},
        "add_time": crm.now_ms,
        "update_time": crm.now_ms,
        **_validated(crm, values, None),
    }
    return records.insert(crm, LEAD, complete)


def update(crm: UnitOfWork, id: str, values: Values) -> Lead:
    """Changes a lead, which must keep a person or an organization. Raises `NotFound`, `Forbidden` and `Invalid`."""
    lead = get(crm, id)
    access.check_visibility_change(crm, lead, values)
    return records.update(crm, LEAD, lead, _validated(crm, values, lead))


def delete(crm: UnitOfWork, id: str) -> Lead:
    """Deletes a lead. Raises `NotFound`."""
    return records.delete(crm, LEAD, get(crm, id))


@lazy_criteria
def criteria(
    crm: UnitOfWork,
    *,
    archived: bool = False,
    filter_id: int | None = None,
    owner_id: int | None = None,
    person_id: int | None = None,
    organization_id: int | None = None,
    updated_since: datetime | None = None,
) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of a list of leads. With ``filter_id``, owner and links are ignored."""
    found = [leads.c.is_deleted == sa.false(), leads.c.is_archived == (sa.true() if archived else sa.false())]
    found += pages.updated_between(LEAD, updated_since, None)
    if filter_id is not None:
        return found + filters.criteria(crm, "lead", filter_id)
    links = (
        (leads.c.owner_id, owner_id),
        (leads.c.person_id, person_id),
        (leads.c.organization_id, organization_id),
    )
    return found + [column == value for column, value in links if value is not None]


def _find(crm: UnitOfWork, id: str) -> Lead | None:
    return records.find_by(crm, LEAD, leads.c.uuid == id.lower(), leads.c.is_deleted == sa.false())


def _validated(crm: UnitOfWork, values: Values, before: Lead | None) -> Values:
    """Returns the values to store for those given. Raises `Invalid`."""
    found: Values = dict(values)
    if "title" in found and found["title"] is None:
        raise Invalid("is required", "title")
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.require_assignable_user(crm, found["owner_id"], "owner_id")
    links = {name: found.get(name, getattr(before, name, None)) for name in ("person_id", "organization_id")}
    if before is None or links["person_id"] != before.person_id:
        records.require_linked(crm, PERSON, links["person_id"], "person_id")
    if before is None or links["organization_id"] != before.organization_id:
        records.require_linked(crm, ORGANIZATION, links["organization_id"], "organization_id")
    if all(id is None for id in links.values()):
        raise Invalid("A lead needs a person_id or an organization_id")
    if found.get("currency") is not None and found["currency"] not in crm.company_data.currency_codes:
        raise Invalid(f"Currency {found['currency']} is not known", "value.currency")
    if "label_ids" in found:
        found["label_ids"] = list(lead_labels.validate_ids(crm, found["label_ids"]))
    return found
