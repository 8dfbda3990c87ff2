"""Deals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dealwright.contract.v2 import deals as contract
from dealwright.contract.v2.deals import DealChanges, NewDeal
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.values import Direction
from dealwright.crm import deals, pages, smart_bcc
from dealwright.crm.errors import Invalid
from dealwright.crm.fields import custom
from dealwright.crm.fields.labels import label_ids, live
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.pointers import Pointer
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server import fragments
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import time, whole_seconds

_TIMES = frozenset({"first_won_time", "last_incoming_mail_time", "last_outgoing_mail_time"})


def show(
    crm: Crm, deal: Deal, include_fields: Sequence[str] | None = None, custom_fields: Sequence[str] | None = None
) -> contract.Deal:
    """A deal as v2 writes it, with the additional fields asked for and all custom fields unless some are named."""
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
        "add_time": time(deal.add_time),
        "update_time": time(deal.update_time),
        "stage_change_time": time(deal.stage_change_time),
        "status": "deleted" if deal.is_deleted else deal.status,  # type: ignore[typeddict-item]
        "is_archived": deal.is_archived,
        "archive_time": time(deal.archive_time),
        "is_deleted": deal.is_deleted,
        "probability": deal.probability,
        "lost_reason": deal.lost_reason,
        "visible_to": deal.visible_to,  # type: ignore[typeddict-item]
        "close_time": time(deal.close_time),
        "won_time": time(deal.won_time),
        "lost_time": time(deal.lost_time),
        "local_won_date": deal.local_won_date,
        "local_lost_date": deal.local_lost_date,
        "local_close_date": deal.local_close_date,
        "expected_close_date": deal.expected_close_date,
        "label_ids": live(crm, "deal", loads(deal.label_ids)),
        "origin": deal.origin,
        "origin_id": deal.origin_id,
        "channel": deal.channel,
        "channel_id": deal.channel_id,
        "acv": deal.acv,
        "arr": deal.arr,
        "mrr": deal.mrr,
        "custom_fields": custom.show_v2(crm, "deal", deal.custom_fields, custom_fields),
    }
    if include_fields:
        more: dict[str, Any] = {}
        for name in include_fields:
            if name == "smart_bcc_email":
                more[name] = smart_bcc.address(crm, deal.id)
            else:
                value = getattr(deal, name)
                more[name] = time(value) if name in _TIMES else value
        shown.update(more)  # type: ignore[typeddict-item]
    return shown


def _values(crm: Crm, data: NewDeal | DealChanges) -> Values:
    values = given(data)
    # Part of the vendor's schema, but deals are deleted by DELETE only.
    values.pop("is_deleted", None)
    if isinstance(data.custom_fields, dict):
        values["custom_fields"] = custom.read_v2(crm, "deal", data.custom_fields)
    if "label_ids" in values:
        values["label_ids"] = list(label_ids(crm, "deal", values["label_ids"]))
    return values


def _page(
    crm: Crm,
    found: pages.CursorPage[Pointer],
    include_fields: Sequence[str] | None,
    custom_fields: Sequence[str] | None,
) -> Page[contract.Deal]:
    data = fragments.listed(crm, DEAL, found.items, include_fields, custom_fields, show)
    return envelopes.page_of(data, found.next_cursor)


@implements(contract.get_deals)
def get_deals(
    crm: Crm,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
    status: list[contract.Status] | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    sort_by: str = "id",
    sort_direction: Direction = "asc",
    include_fields: Sequence[str] | None = None,
    custom_fields: list[str] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[contract.Deal]:
    criteria = deals.criteria(
        crm,
        filter_id=filter_id,
        ids=ids,
        owner_id=owner_id,
        person_id=person_id,
        org_id=org_id,
        pipeline_id=pipeline_id,
        stage_id=stage_id,
        statuses=status,
        updated_since=whole_seconds(updated_since, "updated_since"),
        updated_until=whole_seconds(updated_until, "updated_until"),
    )
    found = pages.pointers_by_cursor(
        crm, DEAL, criteria, sort_by=sort_by, direction=sort_direction, limit=limit, cursor=cursor
    )
    return _page(crm, found, include_fields, custom_fields)


@implements(contract.get_deals_archived)
def get_deals_archived(
    crm: Crm,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
    status: list[contract.Status] | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    sort_by: str = "id",
    sort_direction: Direction = "asc",
    include_fields: Sequence[str] | None = None,
    custom_fields: list[str] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[contract.Deal]:
    criteria = deals.criteria(
        crm,
        archived=True,
        filter_id=filter_id,
        ids=ids,
        owner_id=owner_id,
        person_id=person_id,
        org_id=org_id,
        pipeline_id=pipeline_id,
        stage_id=stage_id,
        statuses=status,
        updated_since=whole_seconds(updated_since, "updated_since"),
        updated_until=whole_seconds(updated_until, "updated_until"),
    )
    found = pages.pointers_by_cursor(
        crm, DEAL, criteria, sort_by=sort_by, direction=sort_direction, limit=limit, cursor=cursor
    )
    return _page(crm, found, include_fields, custom_fields)


@implements(contract.post_deals)
def post_deals(crm: Crm, data: NewDeal) -> Item[contract.Deal]:
    return envelopes.item(show(crm, deals.create(crm, _values(crm, data))))


@implements(contract.get_deals_by_id)
def get_deals_by_id(
    crm: Crm, id: int, include_fields: Sequence[str] | None = None, custom_fields: list[str] | None = None
) -> Item[contract.Deal]:
    return envelopes.item(fragments.one(crm, DEAL, id, include_fields, custom_fields, show))


@implements(contract.patch_deals_by_id)
def patch_deals_by_id(crm: Crm, id: int, data: DealChanges) -> Item[contract.Deal]:
    values = _values(crm, data)
    if values.get("status") == "deleted":
        raise Invalid("A deal is deleted with DELETE", "status")
    return envelopes.item(show(crm, deals.update(crm, id, values)))


@implements(contract.delete_deals_by_id)
def delete_deals_by_id(crm: Crm, id: int) -> Item[Deleted]:
    deals.delete(crm, [id])
    return envelopes.deleted(id)
