"""Leads."""

from __future__ import annotations

from typing import Any, cast

from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Item, List, Page
from dealwright.contract.v1.leads import leads as contract
from dealwright.contract.v1.leads.leads import DeletedLead, LeadChanges, LeadsQuery, LeadWorth, NewLead
from dealwright.crm.correspondence import smart_bcc
from dealwright.crm.fields import custom
from dealwright.crm.kernel import access, pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.leads.model import LEAD, Lead
from dealwright.crm.values.formats import Values, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.times import iso_time
from dealwright.server.v1 import envelopes
from dealwright.server.v1.sorting import parse_sort

_SORTABLE = {"id": "uuid"}


def show(crm: UnitOfWork, lead: Lead) -> contract.Lead:
    """Returns a lead as v1 writes it; custom fields without a value are left out."""
    custom_fields = custom.format_v1(crm, "lead", lead.custom_fields)
    shown: dict[str, Any] = {
        "id": lead.uuid,
        "title": lead.title,
        "owner_id": lead.owner_id,
        "creator_id": lead.creator_id,
        "label_ids": loads(lead.label_ids),
        "person_id": lead.person_id,
        "organization_id": lead.organization_id,
        "source_name": lead.source_name,
        "origin": lead.origin,
        "origin_id": lead.origin_id,
        "channel": lead.channel,
        "channel_id": lead.channel_id,
        "source_deal_id": lead.source_deal_id,
        "is_archived": lead.is_archived,
        "was_seen": lead.was_seen,
        "value": _show_value(lead),
        "expected_close_date": lead.expected_close_date,
        "next_activity_id": lead.next_activity_id,
        "add_time": iso_time(lead.add_time),
        "update_time": iso_time(lead.update_time),
        "visible_to": str(lead.visible_to),
        "cc_email": smart_bcc.lead_address(crm, lead.uuid),
        **{key: value for key, value in custom_fields.items() if value is not None},
    }
    return cast("contract.Lead", shown)


def _show_value(lead: Lead) -> LeadWorth | None:
    if lead.value is None or lead.currency is None:
        return None
    return {"amount": lead.value, "currency": lead.currency}


def _values(crm: UnitOfWork, data: NewLead | LeadChanges, stored: str = "{}") -> Values:
    """Returns the values of a body; ``stored`` are the custom fields that the lead has now. Raises `Invalid`."""
    values = provided_values(data)
    if "value" in values:
        worth = values.pop("value")
        amount, currency = (worth["amount"], worth["currency"]) if isinstance(worth, dict) else (None, None)
        values |= {"value": amount, "currency": currency}
    values["custom_fields"] = custom.parse_v1(crm, "lead", data.custom_fields, stored)
    return values


def _list(crm: UnitOfWork, query: LeadsQuery, page: OffsetPaging, *, archived: bool) -> Page[contract.Lead]:
    criteria = leads.criteria(
        crm,
        archived=archived,
        filter_id=query.filter_id,
        owner_id=query.owner_id,
        person_id=query.person_id,
        organization_id=query.organization_id,
        updated_since=query.updated_since,
    )
    found = pages.select_by_offset(crm, LEAD, criteria, page, parse_sort(crm, LEAD, query.sort, _SORTABLE))
    return envelopes.page(found, lambda lead: show(crm, lead), empty=[])


@implements(contract.get_leads)
def get_leads(crm: UnitOfWork, query: LeadsQuery, page: OffsetPaging) -> Page[contract.Lead]:
    return _list(crm, query, page, archived=False)


@implements(contract.get_leads_archived)
def get_leads_archived(crm: UnitOfWork, query: LeadsQuery, page: OffsetPaging) -> Page[contract.Lead]:
    return _list(crm, query, page, archived=True)


@implements(contract.post_leads)
def post_leads(crm: UnitOfWork, data: NewLead) -> Item[contract.Lead]:
    return envelopes.item(show(crm, leads.create(crm, _values(crm, data))))


@implements(contract.get_leads_by_id)
def get_leads_by_id(crm: UnitOfWork, id: str) -> Item[contract.Lead]:
    return envelopes.item(show(crm, leads.get(crm, id)))


@implements(contract.patch_leads_by_id)
def patch_leads_by_id(crm: UnitOfWork, id: str, data: LeadChanges) -> Item[contract.Lead]:
    stored = leads.get(crm, id).custom_fields
    return envelopes.item(show(crm, leads.update(crm, id, _values(crm, data, stored))))


@implements(contract.put_leads_by_id)
def put_leads_by_id(crm: UnitOfWork, id: str, data: LeadChanges) -> Item[contract.Lead]:
    return patch_leads_by_id(crm, id, data)


@implements(contract.delete_leads_by_id)
def delete_leads_by_id(crm: UnitOfWork, id: str) -> Item[DeletedLead]:
    return envelopes.item({"id": leads.delete(crm, id).uuid})


@implements(contract.get_leads_by_id_permitted_users)
def get_leads_by_id_permitted_users(crm: UnitOfWork, id: str) -> List[int]:
    return envelopes.collection(access.permitted_users(crm, LEAD, leads.get(crm, id)))
