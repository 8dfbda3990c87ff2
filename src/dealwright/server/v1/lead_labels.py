"""Labels for leads."""

from __future__ import annotations

from dealwright.contract.v1 import lead_labels as contract
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.lead_labels import DeletedLeadLabel, LeadLabelChanges, NewLeadLabel
from dealwright.crm import lead_labels
from dealwright.crm.model.leads import LeadLabel
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes
from dealwright.server.v1.values import iso_time


def show(label: LeadLabel) -> contract.LeadLabel:
    """A label as v1 writes it."""
    return {
        "id": label.uuid,
        "name": label.name,
        "color": label.color,  # type: ignore[typeddict-item]
        "add_time": iso_time(label.add_time),
        "update_time": iso_time(label.update_time),
    }


@implements(contract.get_lead_labels)
def get_lead_labels(crm: Crm) -> List[contract.LeadLabel]:
    return envelopes.whole([show(label) for label in lead_labels.listed(crm)], empty=[])


@implements(contract.post_lead_labels)
def post_lead_labels(crm: Crm, data: NewLeadLabel) -> Item[contract.LeadLabel]:
    return envelopes.item(show(lead_labels.create(crm, given(data))))


@implements(contract.patch_lead_labels_by_id)
def patch_lead_labels_by_id(crm: Crm, id: str, data: LeadLabelChanges) -> Item[contract.LeadLabel]:
    return envelopes.item(show(lead_labels.update(crm, id, given(data))))


@implements(contract.delete_lead_labels_by_id)
def delete_lead_labels_by_id(crm: Crm, id: str) -> Item[DeletedLeadLabel]:
    return envelopes.item({"id": lead_labels.delete(crm, id).uuid})
