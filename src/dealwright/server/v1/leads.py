"""Leads."""

from __future__ import annotations

from typing import Any, cast

from dealwright.contract.v1 import leads as contract
from dealwright.contract.v1.envelopes import Item, List, Page
from dealwright.contract.v1.leads import DeletedLead, LeadChanges, LeadWorth, NewLead
from dealwright.crm import access, leads, pages, smart_bcc
from dealwright.crm.fields import custom
from dealwright.crm.model.leads import LEAD, Lead
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes
from dealwright.server.v1.sorting import order_of
from dealwright.server.v1.values import iso_time

_SORTABLE = {"id": "uuid"}


def show(crm: Crm, lead: Lead) -> contract.Lead:
    """A lead as v1 writes it; custom fields without a value are left out."""
    custom_fields = custom.show_v1(crm, "lead", lead.custom_fields)
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
        "is_archived": lead.is_archived,
        "was_seen": lead.was_seen,
        "value": _worth(lead),
        "expected_close_date": lead.expected_close_date,
        "next_activity_id": lead.next_activity_id,
        "add_time": iso_time(lead.add_time),
        "update_time": iso_time(lead.update_time),
        "visible_to": str(lead.visible_to),
        "cc_email": smart_bcc.lead_address(crm, lead.uuid),
        **{key: value for key, value in custom_fields.items() if value is not None},
    }
    return cast("contract.Lead", shown)


def _worth(lead: Lead) -> LeadWorth | None:
    if lead.value is None or lead.currency is None:
        return None
    return {"amount": lead.value, "currency": lead.currency}


def _values(crm: Crm, data: NewLead | LeadChanges, stored: str = "{}") -> Values:
    """What a body gives; ``stored`` are the custom fields that the lead has now."""
    values = given(data)
    if "value" in values:
        worth = values.pop("value")
        amount, currency = (worth["amount"], worth["currency"]) if isinstance(worth, dict) else (None, None)
        values |= {"value": amount, "currency": currency}
    values["custom_fields"] = custom.read_v1(crm, "lead", data.custom_fields, stored)
    return values


def _page(
    crm: Crm,
    *,
    archived: bool,
    limit: int | None,
    start: int,
    owner_id: int | None,
    person_id: int | None,
    organization_id: int | None,
    filter_id: int | None,
    sort: str | None,
) -> Page[contract.Lead]:
    criteria = leads.criteria(
        crm,
        archived=archived,
        filter_id=filter_id,
        owner_id=owner_id,
        person_id=person_id,
        organization_id=organization_id,
    )
    found = pages.by_offset(crm, LEAD, criteria, order=order_of(LEAD, sort, _SORTABLE), start=start, limit=limit)
    return envelopes.page(found, lambda lead: show(crm, lead), empty=[])


@implements(contract.get_leads)
def get_leads(
    crm: Crm,
    limit: int | None = None,
    start: int = 0,
    owner_id: int | None = None,
    person_id: int | None = None,
    organization_id: int | None = None,
    filter_id: int | None = None,
    sort: str | None = None,
) -> Page[contract.Lead]:
    return _page(
        crm,
        archived=False,
        limit=limit,
        start=start,
        owner_id=owner_id,
        person_id=person_id,
        organization_id=organization_id,
        filter_id=filter_id,
        sort=sort,
    )


@implements(contract.get_leads_archived)
def get_leads_archived(
    crm: Crm,
    limit: int | None = None,
    start: int = 0,
    owner_id: int | None = None,
    person_id: int | None = None,
    organization_id: int | None = None,
    filter_id: int | None = None,
    sort: str | None = None,
) -> Page[contract.Lead]:
    return _page(
        crm,
        archived=True,
        limit=limit,
        start=start,
        owner_id=owner_id,
        person_id=person_id,
        organization_id=organization_id,
        filter_id=filter_id,
        sort=sort,
    )


@implements(contract.post_leads)
def post_leads(crm: Crm, data: NewLead) -> Item[contract.Lead]:
    return envelopes.item(show(crm, leads.create(crm, _values(crm, data))))


@implements(contract.get_leads_by_id)
def get_leads_by_id(crm: Crm, id: str) -> Item[contract.Lead]:
    return envelopes.item(show(crm, leads.get(crm, id)))


@implements(contract.patch_leads_by_id)
def patch_leads_by_id(crm: Crm, id: str, data: LeadChanges) -> Item[contract.Lead]:
    stored = leads.get(crm, id).custom_fields
    return envelopes.item(show(crm, leads.update(crm, id, _values(crm, data, stored))))


@implements(contract.delete_leads_by_id)
def delete_leads_by_id(crm: Crm, id: str) -> Item[DeletedLead]:
    return envelopes.item({"id": leads.delete(crm, id).uuid})


@implements(contract.get_leads_by_id_permitted_users)
def get_leads_by_id_permitted_users(crm: Crm, id: str) -> List[int]:
    return envelopes.whole(access.permitted_users(crm, LEAD, leads.get(crm, id)))
