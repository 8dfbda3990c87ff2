"""Deals: lists, single records, changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa

from dealwright.contract.parameters import CursorPaging, OffsetPaging
from dealwright.contract.v1.deals import deals as contract
from dealwright.contract.v1.deals.deals import (
    ArchivedDealsQuery,
    BoardQuery,
    DealChanges,
    DealCollectionQuery,
    DealDetailsItem,
    DealsQuery,
    NewDeal,
    SharedDealProperties,
)
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence import smart_bcc
from dealwright.crm.deals import deals, money
from dealwright.crm.deals.model import DEAL, DEAL_PRODUCT, STAGE, Deal
from dealwright.crm.fields import custom
from dealwright.crm.fields.labels import existing_ids
from dealwright.crm.history import merge
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import USER
from dealwright.crm.values.formats import Values, add_days, loads
from dealwright.crm.work.model import ACTIVITY, Activity
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes, values
from dealwright.server.v1.deals import deal_details, deal_list
from dealwright.server.v1.embedded_records import EmbeddedRecords
from dealwright.server.v1.sorting import SortNames, linked_value, parse_sort

_NAMES = {"user_id": "owner_id"}
_COLUMNS = DEAL.table.c
_SORTABLE: SortNames = {
    "user_id": "owner_id",
    "label": "label_ids",
    "deleted": "is_deleted",
    "pipeline": "pipeline_id",
    "active": lambda _: (_COLUMNS.status == "open") & (_COLUMNS.is_deleted == sa.false()),
    "formatted_value": "value",
    "formatted_weighted_value": "weighted_value",
    "owner_name": linked_value(USER, "name", _COLUMNS.owner_id),
    "person_name": linked_value(PERSON, "name", _COLUMNS.person_id),
    "org_name": linked_value(ORGANIZATION, "name", _COLUMNS.org_id),
    "product_name": lambda _: _first_product_name(),
    "stage_order_nr": linked_value(STAGE, "order_nr", _COLUMNS.stage_id),
    **{
        f"next_activity_{name}": linked_value(ACTIVITY, name, _COLUMNS.next_activity_id)
        for name in ("subject", "type", "duration", "note")
    },
}


def _first_product_name() -> sa.ColumnElement[str]:
    """Returns the expression of the first name, by the alphabet, of a deal's products."""
    columns = DEAL_PRODUCT.table.c
    name = sa.select(sa.func.min(sa.func.lower(columns.name))).where(columns.deal_id == _COLUMNS.id)
    return name.correlate(DEAL.table).scalar_subquery()


def list_page(crm: UnitOfWork, criteria: Criteria, page: OffsetPaging, sort: str | None = None) -> Page[contract.Deal]:
    """Returns a page of the deals that meet ``criteria`` and the actor sees. Raises `Invalid` for a wrong ``sort``."""
    order = deals.Order(parse_sort(crm, DEAL, sort, _SORTABLE), sort)
    return deal_list.list_page(crm, criteria, page, order, lambda ids: _show_by_id(crm, ids))


def _show_by_id(crm: UnitOfWork, ids: Sequence[int]) -> dict[int, contract.Deal]:
    found = records.in_bulk(crm, DEAL, ids)
    references = _references(crm, list(found.values()))
    activities = _next_activities(crm, list(found.values()))
    return {id: show(crm, deal, references, activities) for id, deal in found.items()}


def list_flat_page(crm: UnitOfWork, criteria: Criteria, page: OffsetPaging) -> Page[contract.FlatDeal]:
    """Returns a page of the deals that meet ``criteria`` and the actor sees, with plain ids."""
    found = pages.select_by_offset(crm, DEAL, criteria, page)
    references = _references(crm, found.items)
    activities = _next_activities(crm, found.items)
    return envelopes.page(found, lambda deal: show_flat(crm, deal, references, activities), references.related())


def show_item(crm: UnitOfWork, deal: Deal) -> Item[contract.Deal]:
    """Returns the answer for one deal, with its related objects."""
    references = _references(crm, [deal])
    shown = show(crm, deal, references, _next_activities(crm, [deal]))
    return envelopes.item(shown, related=references.related())


def show_all_flat(crm: UnitOfWork, found: Sequence[Deal]) -> list[contract.FlatDeal]:
    """Returns deals with plain ids, as v1 writes them inside other answers."""
    references, activities = _references(crm, found), _next_activities(crm, found)
    return [show_flat(crm, deal, references, activities) for deal in found]


def show(crm: UnitOfWork, deal: Deal, references: EmbeddedRecords, activities: dict[int, Activity]) -> contract.Deal:
    """Returns a deal with the records it belongs to embedded."""
    shown: dict[str, Any] = {
        **show_properties(crm, deal, references, activities),
        "creator_user_id": references.user(deal.creator_user_id),
        "user_id": references.user(deal.owner_id),
        "person_id": references.person(deal.person_id),
        "org_id": references.organization(deal.org_id),
    }
    return cast("contract.Deal", shown)


def show_flat(
    crm: UnitOfWork, deal: Deal, references: EmbeddedRecords, activities: dict[int, Activity]
) -> contract.FlatDeal:
    """Returns a deal with plain ids."""
    shown: dict[str, Any] = {
        **show_properties(crm, deal, references, activities),
        "creator_user_id": deal.creator_user_id,
        "user_id": deal.owner_id,
        "person_id": deal.person_id,
        "org_id": deal.org_id,
    }
    return cast("contract.FlatDeal", shown)


def show_properties(
    crm: UnitOfWork, deal: Deal, references: EmbeddedRecords, activities: dict[int, Activity]
) -> SharedDealProperties:
    """Returns the properties that both shapes of a deal share, custom fields included."""
    stage = crm.company_data.stages[deal.stage_id]
    upcoming = activities.get(deal.next_activity_id or 0)
    probability = stage.deal_probability if deal.probability is None else deal.probability
    weighted = round(deal.value * probability / 100, 2)
    rots = stage.is_deal_rot_enabled and stage.days_to_rotten and deal.status == "open" and not deal.is_deleted
    labels = existing_ids(crm, "deal", loads(deal.label_ids))
    shown: SharedDealProperties = {
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
        "formatted_value": money.format_amount(crm, deal.value, deal.currency),
        "weighted_value": weighted,
        "formatted_weighted_value": money.format_amount(crm, weighted, deal.currency),
        "weighted_value_currency": deal.currency,
        "rotten_time": add_days(deal.update_time, stage.days_to_rotten or 0) if rots else None,
        "owner_name": crm.company_data.users[deal.owner_id].name,
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
    shown.update(custom.format_v1(crm, "deal", deal.custom_fields))  # type: ignore[typeddict-item]
    return shown


def board_criteria(
    crm: UnitOfWork, query: BoardQuery, *, pipeline_id: int | None = None, stage_id: int | None = None
) -> Criteria:
    """Returns the criteria of the deals on a board.

    These are the open deals of all users, else of one user, else all that a filter finds, else the actor's open ones.
    """
    if query.everyone == 1:
        return deals.criteria(crm, pipeline_id=pipeline_id, stage_id=stage_id, statuses=["open"])
    if query.user_id is None and query.filter_id is not None:
        board = deals.criteria(crm, pipeline_id=pipeline_id, stage_id=stage_id)
        return [*board, *deals.criteria(crm, filter_id=query.filter_id)]
    owner_id = crm.actor.id if query.user_id is None else query.user_id
    return deals.criteria(crm, pipeline_id=pipeline_id, stage_id=stage_id, owner_id=owner_id, statuses=["open"])


def _references(crm: UnitOfWork, found: Sequence[Deal]) -> EmbeddedRecords:
    return EmbeddedRecords(
        crm,
        users=[id for deal in found for id in (deal.owner_id, deal.creator_user_id)],
        persons=[deal.person_id for deal in found],
        organizations=[deal.org_id for deal in found],
        stages=[deal.stage_id for deal in found],
    )


def _next_activities(crm: UnitOfWork, found: Sequence[Deal]) -> dict[int, Activity]:
    return records.in_bulk(crm, ACTIVITY, [deal.next_activity_id for deal in found])


def _values(crm: UnitOfWork, data: NewDeal | DealChanges, stored: str = "{}") -> Values:
    found = provided_values(data, _NAMES)
    values.parse_labels(crm, "deal", found)
    found["custom_fields"] = custom.parse_v1(crm, "deal", data.custom_fields, stored)
    return found


def to_statuses(status: contract.StatusOrAll) -> list[str] | None:
    """Returns the statuses that a list is narrowed to; None for all that are not deleted."""
    return None if status == "all_not_deleted" else [status]


def _owner(crm: UnitOfWork, query: DealsQuery) -> int | None:
    return crm.actor.id if query.owned_by_you == 1 else query.user_id


@implements(contract.get_deals)
def get_deals(crm: UnitOfWork, query: DealsQuery, page: OffsetPaging) -> Page[contract.Deal]:
    criteria = deals.criteria(
        crm,
        filter_id=query.filter_id,
        owner_id=_owner(crm, query),
        stage_id=query.stage_id,
        statuses=to_statuses(query.status),
    )
    return list_page(crm, criteria, page, query.sort)


@implements(contract.get_deals_archived)
def get_deals_archived(crm: UnitOfWork, query: ArchivedDealsQuery, page: OffsetPaging) -> Page[contract.Deal]:
    criteria = deals.criteria(
        crm,
        archived=True,
        filter_id=query.filter_id,
        owner_id=_owner(crm, query),
        person_id=query.person_id,
        org_id=query.org_id,
        pipeline_id=query.pipeline_id,
        stage_id=query.stage_id,
        product_id=query.product_id,
        statuses=to_statuses(query.status),
    )
    return list_page(crm, criteria, page, query.sort)


@implements(contract.get_deals_collection)
def get_deals_collection(
    crm: UnitOfWork, query: DealCollectionQuery, page: CursorPaging
) -> CursorPage[contract.CollectedDeal]:
    access.require_global_admin(crm)
    criteria = deals.criteria(
        crm,
        owner_id=query.user_id,
        stage_id=query.stage_id,
        statuses=[query.status] if query.status else None,
        updated_since=query.since,
        updated_until=query.until,
    )
    found = pages.select_by_cursor(crm, DEAL, criteria, page)
    return envelopes.cursor_page(found, lambda deal: _show_collected(crm, deal))


@implements(contract.post_deals)
def post_deals(crm: UnitOfWork, data: NewDeal) -> Item[contract.Deal]:
    return show_item(crm, deals.create(crm, _values(crm, data)))


@implements(contract.delete_deals)
def delete_deals(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(deals.delete(crm, ids))


@implements(contract.get_deals_by_id)
def get_deals_by_id(crm: UnitOfWork, id: int) -> DealDetailsItem:
    deal = records.get(crm, DEAL, id, deleted=True)
    answer = show_item(crm, deal)
    details: dict[str, Any] = {**answer["data"], **deal_details.show_details(crm, deal)}
    return {
        "success": True,
        "data": cast("contract.DealDetails", details),
        "additional_data": {"dropbox_email": smart_bcc.address(crm, deal.id)},
        "related_objects": answer.get("related_objects"),
    }


@implements(contract.put_deals_by_id)
def put_deals_by_id(crm: UnitOfWork, id: int, data: DealChanges) -> Item[contract.Deal]:
    stored = records.get(crm, DEAL, id).custom_fields
    return show_item(crm, deals.update(crm, id, _values(crm, data, stored)))


@implements(contract.delete_deals_by_id)
def delete_deals_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    deals.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.post_deals_by_id_duplicate)
def post_deals_by_id_duplicate(crm: UnitOfWork, id: int) -> Item[contract.FlatDeal]:
    copy = deals.duplicate(crm, id)
    return envelopes.item(show_all_flat(crm, [copy])[0])


@implements(contract.get_deals_by_id_permitted_users)
def get_deals_by_id_permitted_users(crm: UnitOfWork, id: int) -> List[int]:
    return envelopes.collection(access.permitted_users(crm, DEAL, records.get(crm, DEAL, id, deleted=True)))


def _show_collected(crm: UnitOfWork, deal: Deal) -> contract.CollectedDeal:
    labels = existing_ids(crm, "deal", loads(deal.label_ids))
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


@implements(contract.put_deals_by_id_merge)
def put_deals_by_id_merge(crm: UnitOfWork, id: int, data: contract.DealMerge) -> Item[contract.MergedDeal]:
    (shown,) = show_all_flat(crm, [merge.merge_deals(crm, id, data.merge_with_id)])
    merged: dict[str, Any] = {**shown, "merge_what_id": id}
    return envelopes.item(cast("contract.MergedDeal", merged))
