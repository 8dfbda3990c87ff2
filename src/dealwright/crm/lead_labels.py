"""The labels that leads may carry."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, records
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.model.leads import LEAD, LEAD_LABEL, LeadLabel
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.storage.tables import lead_labels, leads


def listed(crm: Crm) -> list[LeadLabel]:
    """All labels, in the order in which they came."""
    return records.select(crm, LEAD_LABEL, lead_labels.c.is_deleted == sa.false())


def get(crm: Crm, id: str) -> LeadLabel:
    """One label by its UUID. Raises `NotFound`."""
    label = records.find_by(crm, LEAD_LABEL, lead_labels.c.uuid == id.lower(), lead_labels.c.is_deleted == sa.false())
    if label is None:
        raise NotFound("Lead label not found")
    return label


def linked(crm: Crm, given: Json) -> list[str]:
    """The UUIDs of the labels that a lead is to carry, each once. Raises `Invalid` for one that is no label."""
    wanted = [str(id).lower() for id in given] if isinstance(given, list) else []
    known = {label.uuid for label in listed(crm)} if wanted else set()
    for id in wanted:
        if id not in known:
            raise Invalid(f"Lead label {id} not found", "label_ids")
    return list(dict.fromkeys(wanted))


def create(crm: Crm, values: Values) -> LeadLabel:
    """Adds a label. Only admins may."""
    access.require_admin(crm)
    new: Values = {**values, "uuid": str(uuid.uuid4()), "add_time": crm.now3, "update_time": crm.now3}
    return records.reread(crm, LEAD_LABEL, records.insert(crm, LEAD_LABEL, new))


def update(crm: Crm, id: str, values: Values) -> LeadLabel:
    """Changes the name or the colour of a label. Only admins may."""
    access.require_admin(crm)
    return records.update(crm, LEAD_LABEL, get(crm, id), values)


def delete(crm: Crm, id: str) -> LeadLabel:
    """Deletes a label; leads that carry it lose it. Only admins may."""
    access.require_admin(crm)
    label = get(crm, id)
    for lead in records.select(crm, LEAD, sa.cast(leads.c.label_ids, sa.Text).contains(label.uuid)):
        kept = [other for other in loads(lead.label_ids) if other != label.uuid]
        records.update(crm, LEAD, lead, {"label_ids": kept}, is_bulk=True)
    return records.delete(crm, LEAD_LABEL, label)
