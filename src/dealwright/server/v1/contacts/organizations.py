"""Organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import sqlalchemy as sa

from dealwright.contract.parameters import CursorPaging, OffsetPaging
from dealwright.contract.v1.contacts import organizations as contract
from dealwright.contract.v1.contacts.organizations import (
    FollowingUser,
    NewOrganization,
    OrganizationChanges,
    OrganizationDetailsItem,
    SharedOrganizationProperties,
)
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page
from dealwright.contract.v1.queries import ContactCollectionQuery, ContactsQuery
from dealwright.contract.v1.work.activities import Activity
from dealwright.crm.contacts import organizations
from dealwright.crm.contacts.model import ADDRESS_TEXT, ORGANIZATION, Organization
from dealwright.crm.correspondence import smart_bcc
from dealwright.crm.fields import custom, labels
from dealwright.crm.history import merge
from dealwright.crm.kernel import access, followers, pages, records
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.team.model import USER
from dealwright.crm.values.formats import Values, loads
from dealwright.crm.work.model import ACTIVITY
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes, values
from dealwright.server.v1.embedded_records import EmbeddedRecords
from dealwright.server.v1.sorting import SortNames, linked_value, parse_sort
from dealwright.server.v1.work import activities

_COLUMNS = ORGANIZATION.table.c
_SORTABLE: SortNames = {
    "label": "label_ids",
    "address": lambda _: ADDRESS_TEXT,
    "active_flag": lambda _: sa.not_(_COLUMNS.is_deleted),
    "owner_name": linked_value(USER, "name", _COLUMNS.owner_id),
}


def show_item(crm: UnitOfWork, organization: Organization) -> Item[contract.Organization]:
    """Returns the answer for one organization, with its related objects."""
    references = _references(crm, [organization])
    shown: contract.Organization = {**show(crm, organization, references), "edit_name": True}
    return envelopes.item(shown, related=references.related())


def show_all(crm: UnitOfWork, found: Sequence[Organization]) -> list[contract.Organization]:
    """Returns organizations as v1 writes them inside other answers."""
    references = _references(crm, found)
    return [show(crm, organization, references) for organization in found]


def show(crm: UnitOfWork, organization: Organization, references: EmbeddedRecords) -> contract.Organization:
    """Returns an organization with its owner embedded, and its custom fields."""
    shown: dict[str, Any] = {
        **_show_properties(crm, organization),
        "company_id": crm.company.id,
        "owner_id": references.user(organization.owner_id),
        "open_deals_count": organization.open_deals_count,
        "related_open_deals_count": organization.related_open_deals_count,
        "closed_deals_count": organization.closed_deals_count,
        "related_closed_deals_count": organization.related_closed_deals_count,
        "email_messages_count": organization.email_messages_count,
        "people_count": organization.people_count,
        "activities_count": organization.activities_count,
        "done_activities_count": organization.done_activities_count,
        "undone_activities_count": organization.undone_activities_count,
        "files_count": organization.files_count,
        "notes_count": organization.notes_count,
        "followers_count": organization.followers_count,
        "won_deals_count": organization.won_deals_count,
        "related_won_deals_count": organization.related_won_deals_count,
        "lost_deals_count": organization.lost_deals_count,
        "related_lost_deals_count": organization.related_lost_deals_count,
        "picture_id": None,
        "country_code": organization.country_code,
        "first_char": organization.first_char,
        "next_activity_date": organization.next_activity_date,
        "next_activity_time": organization.next_activity_time,
        "next_activity_id": organization.next_activity_id,
        "last_activity_id": organization.last_activity_id,
        "last_activity_date": organization.last_activity_date,
        "owner_name": crm.company_data.users[organization.owner_id].name,
        **custom.format_v1(crm, "organization", organization.custom_fields),
    }
    return cast("contract.Organization", shown)


def _show_properties(crm: UnitOfWork, organization: Organization) -> SharedOrganizationProperties:
    """Returns the properties that both shapes of an organization share."""
    label_ids = labels.existing_ids(crm, "organization", loads(organization.label_ids))
    shown: dict[str, Any] = {
        "id": organization.id,
        "name": organization.name,
        "active_flag": not organization.is_deleted,
        "update_time": organization.update_time,
        "add_time": organization.add_time,
        "visible_to": str(organization.visible_to),
        "label": label_ids[0] if label_ids else None,
        "label_ids": label_ids,
        **values.address("address", organization.address),
        "cc_email": smart_bcc.address(crm),
    }
    return cast("SharedOrganizationProperties", shown)


def _show_collected(crm: UnitOfWork, organization: Organization) -> contract.CollectedOrganization:
    return {
        **_show_properties(crm, organization),
        "owner_id": organization.owner_id,
        "delete_time": organization.delete_time,
    }


def _activity(crm: UnitOfWork, id: int | None) -> Activity | None:
    """Returns an activity in full; None when ``id`` is None."""
    found = records.in_bulk(crm, ACTIVITY, [id])
    return activities.show_one(crm, found[id]) if id else None


def _follower(crm: UnitOfWork, follower: followers.Follower) -> FollowingUser:
    user = crm.company_data.users[follower.user_id]
    return {"id": follower.id, "name": user.name, "email": user.email, "user_id": user.id, "pic_hash": None}


def _references(crm: UnitOfWork, found: Sequence[Organization]) -> EmbeddedRecords:
    ids = [organization.id for organization in found]
    return EmbeddedRecords(crm, users=[organization.owner_id for organization in found], organizations=ids, has_pic=int)


def _values(crm: UnitOfWork, data: NewOrganization | OrganizationChanges, before: Organization | None = None) -> Values:
    found = provided_values(data)
    values.parse_labels(crm, "organization", found)
    values.join_address(found, "address", lambda: before.address if before else None)
    found["custom_fields"] = custom.parse_v1(
        crm, "organization", data.custom_fields, before.custom_fields if before else "{}"
    )
    return found


@implements(contract.get_organizations)
def get_organizations(crm: UnitOfWork, query: ContactsQuery, page: OffsetPaging) -> Page[contract.Organization]:
    criteria = organizations.criteria(
        crm, owner_id=query.user_id, filter_id=query.filter_id, first_char=query.first_char
    )
    found = pages.select_by_offset(
        crm, ORGANIZATION, criteria, page, parse_sort(crm, ORGANIZATION, query.sort, _SORTABLE)
    )
    references = _references(crm, found.items)
    return envelopes.page(found, lambda organization: show(crm, organization, references), references.related())


@implements(contract.get_organizations_collection)
def get_organizations_collection(
    crm: UnitOfWork, query: ContactCollectionQuery, page: CursorPaging
) -> CursorPage[contract.CollectedOrganization]:
    access.require_global_admin(crm)
    criteria = organizations.criteria(
        crm,
        owner_id=query.owner_id,
        first_char=query.first_char,
        updated_since=query.since,
        updated_until=query.until,
    )
    found = pages.select_by_cursor(crm, ORGANIZATION, criteria, page)
    return envelopes.cursor_page(found, lambda organization: _show_collected(crm, organization))


@implements(contract.post_organizations)
def post_organizations(crm: UnitOfWork, data: NewOrganization) -> Item[contract.Organization]:
    return show_item(crm, organizations.create(crm, _values(crm, data)))


@implements(contract.delete_organizations)
def delete_organizations(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(organizations.delete(crm, ids))


@implements(contract.get_organizations_by_id)
def get_organizations_by_id(crm: UnitOfWork, id: int) -> OrganizationDetailsItem:
    organization = records.get(crm, ORGANIZATION, id, deleted=True)
    references = _references(crm, [organization])
    return {
        "success": True,
        "data": {
            **show(crm, organization, references),
            "edit_name": True,
            "last_activity": _activity(crm, organization.last_activity_id),
            "next_activity": _activity(crm, organization.next_activity_id),
        },
        "additional_data": {
            "dropbox_email": smart_bcc.address(crm),
            "followers": {
                str(follower.user_id): _follower(crm, follower)
                for follower in followers.for_record(crm, "organization", id)
            },
        },
        "related_objects": references.related(),
    }


@implements(contract.put_organizations_by_id)
def put_organizations_by_id(crm: UnitOfWork, id: int, data: OrganizationChanges) -> Item[contract.Organization]:
    return show_item(crm, organizations.update(crm, id, _values(crm, data, records.get(crm, ORGANIZATION, id))))


@implements(contract.delete_organizations_by_id)
def delete_organizations_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    organizations.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_organizations_by_id_permitted_users)
def get_organizations_by_id_permitted_users(crm: UnitOfWork, id: int) -> List[int]:
    return envelopes.collection(
        access.permitted_users(crm, ORGANIZATION, records.get(crm, ORGANIZATION, id, deleted=True))
    )


@implements(contract.put_organizations_by_id_merge)
def put_organizations_by_id_merge(
    crm: UnitOfWork, id: int, data: contract.OrganizationMerge
) -> Item[contract.MergedOrganization]:
    return envelopes.item({"id": merge.merge_organizations(crm, id, data.merge_with_id).id})
