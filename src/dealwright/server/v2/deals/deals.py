"""Deals."""

from __future__ import annotations

from typing import Any

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.deals import deals as contract
from dealwright.contract.v2.deals.deals import DealChanges, DealFields, DealProperties, DealsQuery, NewDeal
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.crm.correspondence import smart_bcc
from dealwright.crm.deals import deals
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.errors import Invalid
from dealwright.crm.fields.labels import existing_ids
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads
from dealwright.server import fragment_cache
from dealwright.server.binding import implements
from dealwright.server.fragment_cache import EVERYTHING, Selection, select
from dealwright.server.v2 import envelopes
from dealwright.server.v2.bodies import record_values
from dealwright.server.v2.labels import show_custom_fields, show_labels
from dealwright.server.v2.queries import narrowing
from dealwright.server.v2.values import rfc3339_time

_TIMES = frozenset({"first_won_time", "last_incoming_mail_time", "last_outgoing_mail_time"})


def show(crm: UnitOfWork, deal: Deal, selection: Selection = EVERYTHING) -> contract.Deal:
    """Returns a deal as v2 writes it."""
    shown: contract.Deal = {
        "id": deal.id,
        "title": deal.title,
        "creator_user_id": deal.creator_user_id,
        "owner_id": deal.owner_id,
        "value": deal.value,
        "currency": deal.currency,
        "person_id": deal.person_id,
        "org_id": deal.org_id,
        "stage_id": deal.stage_id,
        "pipeline_id": deal.pipeline_id,
        "add_time": rfc3339_time(deal.add_time),
        "update_time": rfc3339_time(deal.update_time),
        "stage_change_time": rfc3339_time(deal.stage_change_time),
        "status": "deleted" if deal.is_deleted else deal.status,  # type: ignore[typeddict-item]
        "is_archived": deal.is_archived,
        "archive_time": rfc3339_time(deal.archive_time),
        "is_deleted": deal.is_deleted,
        "probability": deal.probability,
        "lost_reason": deal.lost_reason,
        "visible_to": deal.visible_to,  # type: ignore[typeddict-item]
        "close_time": rfc3339_time(deal.close_time),
        "won_time": rfc3339_time(deal.won_time),
        "lost_time": rfc3339_time(deal.lost_time),
        "local_won_date": deal.local_won_date,
        "local_lost_date": deal.local_lost_date,
        "local_close_date": deal.local_close_date,
        "expected_close_date": deal.expected_close_date,
        "label_ids": existing_ids(crm, "deal", loads(deal.label_ids)),
        "origin": deal.origin,
        "origin_id": deal.origin_id,
        "channel": deal.channel,
        "channel_id": deal.channel_id,
        "acv": deal.acv,
        "arr": deal.arr,
        "mrr": deal.mrr,
        "custom_fields": show_custom_fields(crm, "deal", deal.custom_fields, selection),
    }
    if selection.include_fields:
        more: dict[str, Any] = {}
        for name in selection.include_fields:
            if name == "smart_bcc_email":
                more[name] = smart_bcc.address(crm, deal.id)
            else:
                value = getattr(deal, name)
                more[name] = rfc3339_time(value) if name in _TIMES else value
        shown.update(more)  # type: ignore[typeddict-item]
    if selection.include_labels:
        shown["labels"] = show_labels(crm, "deal", shown["label_ids"])
    return shown


def _values(crm: UnitOfWork, data: DealProperties) -> Values:
    values = record_values(crm, "deal", data)
    # Part of the vendor's schema, but deals are deleted by DELETE only.
    values.pop("is_deleted", None)
    return values


def _list(
    crm: UnitOfWork, query: DealsQuery, fields: DealFields, page: CursorPaging, *, archived: bool
) -> Page[contract.Deal]:
    criteria = deals.criteria(
        crm,
        archived=archived,
        person_id=query.person_id,
        org_id=query.org_id,
        pipeline_id=query.pipeline_id,
        stage_id=query.stage_id,
        statuses=query.status,
        **narrowing(query),
    )
    found = pages.select_versions_by_cursor(crm, DEAL, criteria, page, query)
    data = fragment_cache.render_list(crm, DEAL, found.items, select(fields), show)
    return envelopes.rendered_page(data, found.next_cursor)


@implements(contract.get_deals)
def get_deals(crm: UnitOfWork, query: DealsQuery, fields: DealFields, page: CursorPaging) -> Page[contract.Deal]:
    return _list(crm, query, fields, page, archived=False)


@implements(contract.get_deals_archived)
def get_deals_archived(
    crm: UnitOfWork, query: DealsQuery, fields: DealFields, page: CursorPaging
) -> Page[contract.Deal]:
    return _list(crm, query, fields, page, archived=True)


@implements(contract.post_deals)
def post_deals(crm: UnitOfWork, data: NewDeal) -> Item[contract.Deal]:
    return envelopes.item(show(crm, deals.create(crm, _values(crm, data))))


@implements(contract.get_deals_by_id)
def get_deals_by_id(crm: UnitOfWork, id: int, fields: DealFields) -> Item[contract.Deal]:
    return envelopes.item(fragment_cache.render_one(crm, DEAL, id, select(fields), show))


@implements(contract.patch_deals_by_id)
def patch_deals_by_id(crm: UnitOfWork, id: int, data: DealChanges) -> Item[contract.Deal]:
    values = _values(crm, data)
    if values.get("status") == "deleted":
        raise Invalid("A deal is deleted with DELETE", "status")
    return envelopes.item(show(crm, deals.update(crm, id, values)))


@implements(contract.delete_deals_by_id)
def delete_deals_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    deals.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.post_deals_by_id_duplicate)
def post_deals_by_id_duplicate(crm: UnitOfWork, id: int) -> Item[contract.Deal]:
    return envelopes.item(show(crm, deals.duplicate(crm, id)))
