"""Labels of leads."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.errors import Invalid, NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD, LEAD_LABEL, LeadLabel
from dealwright.crm.values.formats import Values, loads
from dealwright.storage.tables import lead_labels, leads


def list_all(crm: UnitOfWork) -> list[LeadLabel]:
    """Returns all labels, in the order in which they were added."""
    return records.select(crm, LEAD_LABEL, lead_labels.c.is_deleted == sa.false())


def get(crm: UnitOfWork, id: str) -> LeadLabel:
    """Returns a label by its UUID. Raises `NotFound`."""
    label = records.find_by(crm, LEAD_LABEL, lead_labels.c.uuid == id.lower(), lead_labels.c.is_deleted == sa.false())
    if label is None:
        raise NotFound("Lead label not found")
    return label


def validate_ids(crm: UnitOfWork, label_ids: Json) -> list[str]:
    """Returns the label UUIDs of a lead in lower case, each once. Raises `Invalid` for one that is not a label."""
    wanted = [str(id).lower() for id in label_ids] if isinstance(label_ids, list) else []
    known = {label.uuid for label in list_all(crm)} if wanted else set()
    for id in wanted:
        if id not in known:
            raise Invalid(f"Lead label {id} not found", "label_ids")
    return list(dict.fromkeys(wanted))


def create(crm: UnitOfWork, values: Values) -> LeadLabel:
    """Adds a label. Raises `Forbidden` unless the actor may modify labels."""
    access.require_permission(crm, "can_modify_labels")
    new: Values = {**values, "uuid": str(uuid.uuid4()), "add_time": crm.now_ms, "update_time": crm.now_ms}
    return records.insert(crm, LEAD_LABEL, new)


def update(crm: UnitOfWork, id: str, values: Values) -> LeadLabel:
    """Changes the name or the colour of a label. Raises `NotFound`, and `Forbidden` unless the actor may modify labels."""
    access.require_permission(crm, "can_modify_labels")
    return records.update(crm, LEAD_LABEL, get(crm, id), values)


def delete(crm: UnitOfWork, id: str) -> LeadLabel:
    """Deletes a label and takes it off all leads. Raises `NotFound`, and `Forbidden` unless the actor may modify labels."""
    access.require_permission(crm, "can_modify_labels")
    label = get(crm, id)
    for lead in records.select(crm, LEAD, sa.cast(leads.c.label_ids, sa.Text).contains(label.uuid)):
        remaining = [other for other in loads(lead.label_ids) if other != label.uuid]
        records.update(crm, LEAD, lead, {"label_ids": remaining}, is_bulk=True)
    return records.delete(crm, LEAD_LABEL, label)
