"""The labels that leads may carry."""

from __future__ import annotations

from typing import TypedDict

from msgspec import UNSET, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordUuid
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.leads.leads import READ, WRITE
from dealwright.contract.values import Color, Name


class LeadLabel(TypedDict):
    """A label for leads."""

    id: str
    name: str
    color: Color
    add_time: str
    update_time: str


class DeletedLeadLabel(TypedDict):
    """What a delete leaves: the id."""

    id: str


class NewLeadLabel(V1Body, kw_only=True):
    """A label to create."""

    name: Name
    color: Color


class LeadLabelChanges(V1Body, kw_only=True):
    """What to change of a label."""

    name: Name | UnsetType = UNSET
    color: Color | UnsetType = UNSET


@endpoint("GET /v1/leadLabels", group="LeadLabels", scopes=READ, cost=10)
def get_lead_labels() -> List[LeadLabel]:
    """List the labels for leads."""


@endpoint("POST /v1/leadLabels", group="LeadLabels", scopes=WRITE, cost=10)
def post_lead_labels(data: NewLeadLabel) -> Item[LeadLabel]:
    """Create a label for leads."""


@endpoint("PATCH /v1/leadLabels/{id}", group="LeadLabels", scopes=WRITE, cost=10)
def patch_lead_labels_by_id(id: RecordUuid, data: LeadLabelChanges) -> Item[LeadLabel]:
    """Change the name or the colour of a label for leads."""


@endpoint("DELETE /v1/leadLabels/{id}", group="LeadLabels", scopes=WRITE, cost=6)
def delete_lead_labels_by_id(id: RecordUuid) -> Item[DeletedLeadLabel]:
    """Delete a label for leads; leads that carry it lose it."""
