"""Leads: what may become a deal of a person or an organization. Everybody knows a lead by its UUID."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from dealwright.crm import access, filters, lead_labels, records
from dealwright.crm.criteria import asked
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.model.leads import LEAD, Lead
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.model.persons import PERSON
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
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
"""Where leads may come from."""


def get(crm: Crm, id: str) -> Lead:
    """A lead that the actor sees. Raises `NotFound`, also for a deleted one."""
    lead = _find(crm, id)
    if lead is None:
        raise NotFound("requested lead not found", "Object was not found.")
    return lead


def linked(crm: Crm, id: object, path: str) -> Lead | None:
    """The lead that another record is to point at; None for none. Raises `Invalid` when there is no such lead."""
    if id is None:
        return None
    lead = _find(crm, str(id))
    if lead is None:
        raise Invalid("Lead not found", path)
    return lead


def by_uuid(crm: Crm, ids: Iterable[str | None]) -> dict[str, Lead]:
    """Leads by their UUIDs, whoever may see them: for what is shown inside other records."""
    wanted = sorted({id for id in ids if id is not None})
    return {lead.uuid: lead for lead in records.select(crm, LEAD, leads.c.uuid.in_(wanted))} if wanted else {}


def canonical(values: Values) -> Values:
    """The values of a record that may lie on a lead, with the lead's UUID as leads have it."""
    id = values.get("lead_id")
    return {**values, "lead_id": id.lower()} if isinstance(id, str) else values


def create(crm: Crm, values: Values) -> Lead:
    """Adds a lead of a person or an organization; the actor owns it unless another user is given. Raises `Invalid`."""
    complete: Values = {
        "uuid": str(uuid.uuid4()),
        "owner_id": crm.actor.id,
        "creator_id": crm.actor.id,
        "label_ids": [],
        "source_name": "API",
        "origin": "API",
        "visible_to": access.default_visibility(crm, "lead_default_visibility"),
        "custom_fields": {},
        "add_time": crm.now3,
        "update_time": crm.now3,
        **_checked(crm, values, None),
    }
    id = records.insert(crm, LEAD, complete)
    return records.reread(crm, LEAD, id)


def update(crm: Crm, id: str, values: Values) -> Lead:
    """Changes a lead, which must stay with a person or an organization. Raises `NotFound`, `Forbidden` and `Invalid`."""
    lead = get(crm, id)
    access.check_visibility(crm, lead, values)
    return records.update(crm, LEAD, lead, _checked(crm, values, lead))


def delete(crm: Crm, id: str) -> Lead:
    """Deletes a lead. Raises `NotFound`."""
    return records.delete(crm, LEAD, get(crm, id))


@asked
def criteria(
    crm: Crm,
    *,
    archived: bool = False,
    filter_id: int | None = None,
    owner_id: int | None = None,
    person_id: int | None = None,
    organization_id: int | None = None,
) -> list[sa.ColumnElement[bool]]:
    """What a list of leads asks for, as criteria. A filter makes the narrowing by owner and links void."""
    found = [leads.c.is_deleted == sa.false(), leads.c.is_archived == (sa.true() if archived else sa.false())]
    if filter_id is not None:
        return found + filters.criteria(crm, "lead", filter_id)
    links = (
        (leads.c.owner_id, owner_id),
        (leads.c.person_id, person_id),
        (leads.c.organization_id, organization_id),
    )
    return found + [column == value for column, value in links if value is not None]


def _find(crm: Crm, id: str) -> Lead | None:
    return records.find_by(crm, LEAD, leads.c.uuid == id.lower(), leads.c.is_deleted == sa.false())


def _checked(crm: Crm, values: Values, before: Lead | None) -> Values:
    """The values to store for those given. Raises `Invalid`."""
    found: Values = dict(values)
    if "title" in found and found["title"] is None:
        raise Invalid("is required", "title")
    if "owner_id" in found and (before is None or found["owner_id"] != before.owner_id):
        access.assignable_user(crm, found["owner_id"], "owner_id")
    links = {name: found.get(name, getattr(before, name, None)) for name in ("person_id", "organization_id")}
    if before is None or links["person_id"] != before.person_id:
        records.linked(crm, PERSON, links["person_id"], "person_id")
    if before is None or links["organization_id"] != before.organization_id:
        records.linked(crm, ORGANIZATION, links["organization_id"], "organization_id")
    if all(id is None for id in links.values()):
        raise Invalid("A lead needs a person_id or an organization_id")
    if found.get("currency") is not None and found["currency"] not in crm.settings.currency_codes:
        raise Invalid(f"Currency {found['currency']} is not known", "value.currency")
    if "label_ids" in found:
        found["label_ids"] = list(lead_labels.linked(crm, found["label_ids"]))
    return found
