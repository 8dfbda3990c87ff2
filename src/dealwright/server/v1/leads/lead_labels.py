"""Labels for leads."""

from __future__ import annotations

from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.leads import lead_labels as contract
from dealwright.contract.v1.leads.lead_labels import DeletedLeadLabel, LeadLabelChanges, NewLeadLabel
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import lead_labels
from dealwright.crm.leads.model import LeadLabel
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v1 import envelopes


def show(label: LeadLabel) -> contract.LeadLabel:
    """Returns a label as v1 writes it."""
    return {
        "id": label.uuid,
        "name": label.name,
        "color": label.color,  # type: ignore[typeddict-item]
        "add_time": iso_time(label.add_time),
        "update_time": iso_time(label.update_time),
    }


@implements(contract.get_lead_labels)
def get_lead_labels(crm: UnitOfWork) -> List[contract.LeadLabel]:
    return envelopes.collection([show(label) for label in lead_labels.list_all(crm)], empty=[])


@implements(contract.post_lead_labels)
def post_lead_labels(crm: UnitOfWork, data: NewLeadLabel) -> Item[contract.LeadLabel]:
    return envelopes.item(show(lead_labels.create(crm, provided_values(data))))


@implements(contract.patch_lead_labels_by_id)
def patch_lead_labels_by_id(crm: UnitOfWork, id: str, data: LeadLabelChanges) -> Item[contract.LeadLabel]:
    return envelopes.item(show(lead_labels.update(crm, id, provided_values(data))))


@implements(contract.delete_lead_labels_by_id)
def delete_lead_labels_by_id(crm: UnitOfWork, id: str) -> Item[DeletedLeadLabel]:
    return envelopes.item({"id": lead_labels.delete(crm, id).uuid})
