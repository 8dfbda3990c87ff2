"""Deals: lists, single records, changes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import sqlalchemy as sa

from dealwright.contract.v1 import deals as contract
from dealwright.contract.v1.deals import DealChanges, DealDetailsItem, DealProperties, NewDeal
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page
from dealwright.contract.values import Flag
from dealwright.crm import access, deals, money, pages, records, smart_bcc
from dealwright.crm.criteria import Criteria
from dealwright.crm.fields import custom
from dealwright.crm.fields.labels import label_ids, live
from dealwright.crm.model.activities import ACTIVITY, Activity
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, add_days, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import deal_details, deal_pages, envelopes
from dealwright.server.v1.references import References
from dealwright.server.v1.sorting import order_of

_NAMES = {"user_id": "owner_id", "label": "label_ids"}
_SORTABLE = {name: name for name in Deal.__struct_fields__} | {
    "user_id": "owner_id",
    "label": "label_ids",
    "deleted": "is_deleted",
}


def page_of(
    crm: Crm,
    criteria: Criteria,
    *,
    sort: str | None = None,
    start: int = 0,
    limit: int | None = None,
) -> Page[contract.Deal]:
    """A page of the deals that fit and that the actor sees."""
    order = order_of(DEAL, sort, _SORTABLE)
    return deal_pages.of(crm, criteria, order, start, limit, lambda ids: _shown_by_id(crm, ids))


def _shown_by_id(crm: Crm, ids: Sequence[int]) -> dict[int, contract.Deal]:
    found = records.many(crm, DEAL, ids)
    references = _references(crm, list(found.values()))
    activities = _next_activities(crm, list(found.values()))
    return {id: show(crm, deal, references, activities) for id, deal in found.items()}


def flat_page_of(crm: Crm, criteria: Criteria, *, start: int = 0, limit: int | None = None) -> Page[contract.FlatDeal]:
    """A page of the deals that fit and that the actor sees, with plain ids."""
    found = pages.by_offset(crm, DEAL, criteria, start=start, limit=limit)
    references = _references(crm, found.items)
    activities = _next_activities(crm, found.items)
    return envelopes.page(found, lambda deal: show_flat(crm, deal, references, activities), references.related())


def one(crm: Crm, deal: Deal) -> Item[contract.Deal]:
    """One deal with its related objects."""
    references = _references(crm, [deal])
    shown = show(crm, deal, references, _next_activities(crm, [deal]))
    return envelopes.item(shown, related=references.related())


def show_all_flat(crm: Crm, found: Sequence[Deal]) -> list[contract.FlatDeal]:
    """Deals with plain ids, for where they stand among other things."""
    references, activities = _references(crm, found), _next_activities(crm, found)
    return [show_flat(crm, deal, references, activities) for deal in found]


def show(crm: Crm, deal: Deal, references: References, activities: dict[int, Activity]) -> contract.Deal:
    """A deal with the records it belongs to embedded."""
    shown: dict[str, Any] = {
        **show_properties(crm, deal, references, activities),
        "creator_user_id": references.user(deal.creator_user_id),
        "user_id": references.user(deal.owner_id),
        "person_id": references.person(deal.person_id),
        "org_id": references.organization(deal.org_id),
    }
    return cast("contract.Deal", shown)


def show_flat(crm: Crm, deal: Deal, references: References, activities: dict[int, Activity]) -> contract.FlatDeal:
    """A deal with plain ids."""
    shown: dict[str, Any] = {
        **show_properties(crm, deal, references, activities),
        "creator_user_id": deal.creator_user_id,
        "user_id": deal.owner_id,
        "person_id": deal.person_id,
        "org_id": deal.org_id,
    }
    return cast("contract.FlatDeal", shown)


def show_properties(crm: Crm, deal: Deal, references: References, activities: dict[int, Activity]) -> DealProperties:
    """What both shapes of a deal have in common, custom fields included."""
    stage = crm.settings.stages[deal.stage_id]
    upcoming = activities.get(deal.next_activity_id or 0)
    probability = stage.deal_probability if deal.probability is None else deal.probability
    weighted = round(deal.value * probability / 100, 2)
    rots = stage.is_deal_rot_enabled and stage.days_to_rotten and deal.status == "open" and not deal.is_deleted
    labels = live(crm, "deal", loads(deal.label_ids))
    shown: DealProperties = {
        "id": deal.id,
        "stage_id": deal.stage_id,
        "title": deal.title,
        "value": deal.value,
        "currency": deal.currency,
        "add_time": deal.add_time,
        "update_time": deal.update_time,
        "stage_change_time": deal.stage_change_time,
        "active": deal.status == "open" and not deal.is_deleted,
        "deleted": deal.is_deleted,
        "is_archived": deal.is_archived,
        "archive_time": deal.archive_time,
        "status": "deleted" if deal.is_deleted else deal.status,  # type: ignore[typeddict-item]
        "probability": deal.probability,
        "next_activity_date": deal.next_activity_date,
        "next_activity_time": deal.next_activity_time,
        "next_activity_id": deal.next_activity_id,
        "last_activity_id": deal.last_activity_id,
        "last_activity_date": deal.last_activity_date,
        "lost_reason": deal.lost_reason,
        "visible_to": str(deal.visible_to),  # type: ignore[typeddict-item]
        "close_time": deal.close_time,
        "pipeline_id": deal.pipeline_id,
        "won_time": deal.won_time,
        "first_won_time": deal.first_won_time,
        "lost_time": deal.lost_time,
        "products_count": deal.products_count,
        "files_count": deal.files_count,
        "notes_count": deal.notes_count,
        "followers_count": deal.followers_count,
        "email_messages_count": deal.email_messages_count,
        "activities_count": deal.activities_count,
        "done_activities_count": deal.done_activities_count,
        "undone_activities_count": deal.undone_activities_count,
        "participants_count": deal.participants_count,
        "expected_close_date": deal.expected_close_date,
        "last_incoming_mail_time": deal.last_incoming_mail_time,
        "last_outgoing_mail_time": deal.last_outgoing_mail_time,
        "label": ",".join(str(label) for label in labels) or None,
        "stage_order_nr": stage.order_nr,
        "person_name": references.person_name(deal.person_id),
        "org_name": references.organization_name(deal.org_id),
        "next_activity_subject": upcoming.subject if upcoming else None,
        "next_activity_type": upcoming.type if upcoming else None,
        "next_activity_duration": upcoming.duration if upcoming else None,
        "next_activity_note": upcoming.note if upcoming else None,
        "formatted_value": money.formatted(crm, deal.value, deal.currency),
        "weighted_value": weighted,
        "formatted_weighted_value": money.formatted(crm, weighted, deal.currency),
        "weighted_value_currency": deal.currency,
        "rotten_time": add_days(deal.update_time, stage.days_to_rotten or 0) if rots else None,
        "owner_name": crm.settings.users[deal.owner_id].name,
        "cc_email": smart_bcc.address(crm, deal.id),
        "org_hidden": deal.org_id is not None and references.is_hidden("organization", deal.org_id),
        "person_hidden": deal.person_id is not None and references.is_hidden("person", deal.person_id),
        "origin": deal.origin,
        "origin_id": deal.origin_id,
        "channel": deal.channel,
        "channel_id": deal.channel_id,
        "acv": deal.acv,
        "arr": deal.arr,
        "mrr": deal.mrr,
        "acv_currency": None if deal.acv is None else deal.currency,
        "arr_currency": None if deal.arr is None else deal.currency,
        "mrr_currency": None if deal.mrr is None else deal.currency,
    }
    shown.update(custom.show_v1(crm, "deal", deal.custom_fields))  # type: ignore[typeddict-item]
    return shown


def on_board(
    crm: Crm,
    *,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
    filter_id: int | None = None,
    user_id: int | None = None,
    everyone: bool = False,
) -> Criteria:
    """The criteria of the deals on a board: of everyone, else of a user, else of a filter, else the actor's own open ones."""
    if everyone:
        return deals.criteria(crm, pipeline_id=pipeline_id, stage_id=stage_id, statuses=["open"])
    if user_id is None and filter_id is not None:
        place = deals.criteria(crm, pipeline_id=pipeline_id, stage_id=stage_id)
        return [*place, *deals.criteria(crm, filter_id=filter_id)]
    owner_id = crm.actor.id if user_id is None else user_id
    return deals.criteria(crm, pipeline_id=pipeline_id, stage_id=stage_id, owner_id=owner_id, statuses=["open"])


def _references(crm: Crm, found: Sequence[Deal]) -> References:
    return References(
        crm,
        users=[id for deal in found for id in (deal.owner_id, deal.creator_user_id)],
        persons=[deal.person_id for deal in found],
        organizations=[deal.org_id for deal in found],
        stages=[deal.stage_id for deal in found],
    )


def _next_activities(crm: Crm, found: Sequence[Deal]) -> dict[int, Activity]:
    return records.many(crm, ACTIVITY, [deal.next_activity_id for deal in found])


def _values(crm: Crm, data: NewDeal | DealChanges, stored: str = "{}") -> Values:
    values = given(data, _NAMES)
    values["custom_fields"] = custom.read_v1(crm, "deal", data.custom_fields, stored)
    if "label_ids" in values:
        values["label_ids"] = list(label_ids(crm, "deal", values["label_ids"]))
    return values


def _owner(crm: Crm, user_id: int | None, owned_by_you: Flag | None) -> int | None:
    return crm.actor.id if owned_by_you == 1 else user_id


def _statuses(status: contract.StatusOrAll) -> list[str] | None:
    return None if status == "all_not_deleted" else [status]


@implements(contract.get_deals)
def get_deals(
    crm: Crm,
    user_id: int | None = None,
    filter_id: int | None = None,
    stage_id: int | None = None,
    status: contract.StatusOrAll = "all_not_deleted",
    start: int = 0,
    limit: int | None = None,
    sort: str | None = None,
    owned_by_you: Flag | None = None,
) -> Page[contract.Deal]:
    criteria = deals.criteria(
        crm,
        filter_id=filter_id,
        owner_id=_owner(crm, user_id, owned_by_you),
        stage_id=stage_id,
        statuses=_statuses(status),
    )
    return page_of(crm, criteria, sort=sort, start=start, limit=limit)


@implements(contract.get_deals_archived)
def get_deals_archived(
    crm: Crm,
    user_id: int | None = None,
    filter_id: int | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
    product_id: int | None = None,
    pipeline_id: int | None = None,
    stage_id: int | None = None,
    status: contract.StatusOrAll = "all_not_deleted",
    start: int = 0,
    limit: int | None = None,
    sort: str | None = None,
    owned_by_you: Flag | None = None,
) -> Page[contract.Deal]:
    criteria: Criteria = deals.criteria(
        crm,
        archived=True,
        filter_id=filter_id,
        owner_id=_owner(crm, user_id, owned_by_you),
        person_id=person_id,
        org_id=org_id,
        pipeline_id=pipeline_id,
        stage_id=stage_id,
        statuses=_statuses(status),
    )
    if product_id is not None:
        # Products cannot be attached to deals yet, so no deal has one.
        criteria = [*criteria, sa.false()]
    return page_of(crm, criteria, sort=sort, start=start, limit=limit)


@implements(contract.get_deals_collection)
def get_deals_collection(
    crm: Crm,
    cursor: str | None = None,
    limit: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    user_id: int | None = None,
    stage_id: int | None = None,
    status: contract.Status | None = None,
) -> CursorPage[contract.CollectedDeal]:
    access.require_global_admin(crm)
    criteria = deals.criteria(
        crm,
        owner_id=user_id,
        stage_id=stage_id,
        statuses=[status] if status else None,
        updated_since=since,
        updated_until=until,
    )
    return envelopes.cursor_page(
        pages.by_cursor(crm, DEAL, criteria, limit=limit, cursor=cursor), lambda deal: _show_collected(crm, deal)
    )


@implements(contract.post_deals)
def post_deals(crm: Crm, data: NewDeal) -> Item[contract.Deal]:
    return one(crm, deals.create(crm, _values(crm, data)))


@implements(contract.delete_deals)
def delete_deals(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(deals.delete(crm, ids))


@implements(contract.get_deals_by_id)
def get_deals_by_id(crm: Crm, id: int) -> DealDetailsItem:
    deal = records.get(crm, DEAL, id, deleted=True)
    answer = one(crm, deal)
    details: dict[str, Any] = {**answer["data"], **deal_details.of(crm, deal)}
    return {
        "success": True,
        "data": cast("contract.DealDetails", details),
        "additional_data": {"dropbox_email": smart_bcc.address(crm, deal.id)},
        "related_objects": answer.get("related_objects"),
    }


@implements(contract.put_deals_by_id)
def put_deals_by_id(crm: Crm, id: int, data: DealChanges) -> Item[contract.Deal]:
    stored = records.get(crm, DEAL, id).custom_fields
    return one(crm, deals.update(crm, id, _values(crm, data, stored)))


@implements(contract.delete_deals_by_id)
def delete_deals_by_id(crm: Crm, id: int) -> Item[Deleted]:
    deals.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.post_deals_by_id_duplicate)
def post_deals_by_id_duplicate(crm: Crm, id: int) -> Item[contract.FlatDeal]:
    copy = deals.duplicate(crm, id)
    return envelopes.item(show_all_flat(crm, [copy])[0])


@implements(contract.get_deals_by_id_permitted_users)
def get_deals_by_id_permitted_users(crm: Crm, id: int) -> List[int]:
    return envelopes.whole(access.permitted_users(crm, DEAL, records.get(crm, DEAL, id, deleted=True)))


def _show_collected(crm: Crm, deal: Deal) -> contract.CollectedDeal:
    labels = live(crm, "deal", loads(deal.label_ids))
    return {
        "id": deal.id,
        "creator_user_id": deal.creator_user_id,
        "user_id": deal.owner_id,
        "person_id": deal.person_id,
        "org_id": deal.org_id,
        "stage_id": deal.stage_id,
        "title": deal.title,
        "value": deal.value,
        "currency": deal.currency,
        "add_time": deal.add_time,
        "update_time": deal.update_time,
        "status": "deleted" if deal.is_deleted else deal.status,  # type: ignore[typeddict-item]
        "probability": deal.probability,
        "lost_reason": deal.lost_reason,
        "visible_to": str(deal.visible_to),  # type: ignore[typeddict-item]
        "close_time": deal.close_time,
        "pipeline_id": deal.pipeline_id,
        "won_time": deal.won_time,
        "lost_time": deal.lost_time,
        "expected_close_date": deal.expected_close_date,
        "label": ",".join(str(label) for label in labels) or None,
    }
