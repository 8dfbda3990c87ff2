"""Organizations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from dealwright.contract.v1 import organizations as contract
from dealwright.contract.v1.activities import Activity
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page
from dealwright.contract.v1.organizations import (
    FollowingUser,
    NewOrganization,
    OrganizationChanges,
    OrganizationDetailsItem,
    OrganizationProperties,
)
from dealwright.crm import access, followers, organizations, pages, records, smart_bcc
from dealwright.crm.fields import custom, labels
from dealwright.crm.model.activities import ACTIVITY
from dealwright.crm.model.organizations import ORGANIZATION, Organization
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import activities, envelopes, values
from dealwright.server.v1.references import References
from dealwright.server.v1.sorting import order_of

_SORTABLE = {"label": "label_ids"}


def one(crm: Crm, organization: Organization) -> Item[contract.Organization]:
    """One organization with its related objects."""
    references = _references(crm, [organization])
    shown: contract.Organization = {**show(crm, organization, references), "edit_name": True}
    return envelopes.item(shown, related=references.related())


def show_all(crm: Crm, found: Sequence[Organization]) -> list[contract.Organization]:
    """Organizations as v1 writes them, for where they stand among other things."""
    references = _references(crm, found)
    return [show(crm, organization, references) for organization in found]


def show(crm: Crm, organization: Organization, references: References) -> contract.Organization:
    """An organization with its owner embedded, and its custom fields."""
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
        "owner_name": crm.settings.users[organization.owner_id].name,
        **custom.show_v1(crm, "organization", organization.custom_fields),
    }
    return cast("contract.Organization", shown)


def _show_properties(crm: Crm, organization: Organization) -> OrganizationProperties:
    """What both shapes of an organization have in common."""
    label_ids = labels.live(crm, "organization", loads(organization.label_ids))
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
    return cast("OrganizationProperties", shown)


def _show_collected(crm: Crm, organization: Organization) -> contract.CollectedOrganization:
    return {
        **_show_properties(crm, organization),
        "owner_id": organization.owner_id,
        "delete_time": organization.delete_time,
    }


def _activity(crm: Crm, id: int | None) -> Activity | None:
    """An activity of an organization in full; None for none."""
    found = records.many(crm, ACTIVITY, [id])
    return activities.show_one(crm, found[id]) if id else None


def _follower(crm: Crm, follower: followers.Follower) -> FollowingUser:
    user = crm.settings.users[follower.user_id]
    return {"id": follower.id, "name": user.name, "email": user.email, "user_id": user.id, "pic_hash": None}


def _references(crm: Crm, found: Sequence[Organization]) -> References:
    ids = [organization.id for organization in found]
    return References(crm, users=[organization.owner_id for organization in found], organizations=ids, has_pic=int)


def _values(crm: Crm, data: NewOrganization | OrganizationChanges, stored: str = "{}") -> Values:
    found = given(data)
    values.merge_labels(found)
    if "label_ids" in found:
        found["label_ids"] = list(labels.label_ids(crm, "organization", found["label_ids"]))
    found["custom_fields"] = custom.read_v1(crm, "organization", data.custom_fields, stored)
    return found


@implements(contract.get_organizations)
def get_organizations(
    crm: Crm,
    user_id: int | None = None,
    filter_id: int | None = None,
    first_char: str | None = None,
    start: int = 0,
    limit: int | None = None,
    sort: str | None = None,
) -> Page[contract.Organization]:
    criteria = organizations.criteria(crm, owner_id=user_id, filter_id=filter_id, first_char=first_char)
    order = order_of(ORGANIZATION, sort, _SORTABLE)
    found = pages.by_offset(crm, ORGANIZATION, criteria, order=order, start=start, limit=limit)
    references = _references(crm, found.items)
    return envelopes.page(found, lambda organization: show(crm, organization, references), references.related())


@implements(contract.get_organizations_collection)
def get_organizations_collection(
    crm: Crm,
    cursor: str | None = None,
    limit: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    owner_id: int | None = None,
    first_char: str | None = None,
) -> CursorPage[contract.CollectedOrganization]:
    access.require_global_admin(crm)
    criteria = organizations.criteria(
        crm, owner_id=owner_id, first_char=first_char, updated_since=since, updated_until=until
    )
    found = pages.by_cursor(crm, ORGANIZATION, criteria, limit=limit, cursor=cursor)
    return envelopes.cursor_page(found, lambda organization: _show_collected(crm, organization))


@implements(contract.post_organizations)
def post_organizations(crm: Crm, data: NewOrganization) -> Item[contract.Organization]:
    return one(crm, organizations.create(crm, _values(crm, data)))


@implements(contract.delete_organizations)
def delete_organizations(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(organizations.delete(crm, ids))


@implements(contract.get_organizations_by_id)
def get_organizations_by_id(crm: Crm, id: int) -> OrganizationDetailsItem:
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
                str(follower.user_id): _follower(crm, follower) for follower in followers.of(crm, "organization", id)
            },
        },
        "related_objects": references.related(),
    }


@implements(contract.put_organizations_by_id)
def put_organizations_by_id(crm: Crm, id: int, data: OrganizationChanges) -> Item[contract.Organization]:
    stored = records.get(crm, ORGANIZATION, id).custom_fields
    return one(crm, organizations.update(crm, id, _values(crm, data, stored)))


@implements(contract.delete_organizations_by_id)
def delete_organizations_by_id(crm: Crm, id: int) -> Item[Deleted]:
    organizations.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_organizations_by_id_permitted_users)
def get_organizations_by_id_permitted_users(crm: Crm, id: int) -> List[int]:
    return envelopes.whole(access.permitted_users(crm, ORGANIZATION, records.get(crm, ORGANIZATION, id, deleted=True)))
