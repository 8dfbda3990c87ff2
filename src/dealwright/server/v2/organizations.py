"""Organizations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dealwright.contract.v2 import organizations as contract
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.organizations import NewOrganization, OrganizationChanges
from dealwright.contract.values import Direction
from dealwright.crm import organizations, pages
from dealwright.crm.fields import custom, labels
from dealwright.crm.model.organizations import ORGANIZATION, Organization
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server import fragments
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import address, time, whole_seconds


def show(
    crm: Crm,
    organization: Organization,
    include_fields: Sequence[str] | None = None,
    custom_fields: Sequence[str] | None = None,
) -> contract.Organization:
    """An organization as v2 writes it, with the additional fields asked for and all custom fields unless some are named."""
    shown: contract.Organization = {
        "id": organization.id,
        "name": organization.name,
        "owner_id": organization.owner_id,
        "add_time": time(organization.add_time),
        "update_time": time(organization.update_time),
        "address": address(organization.address),
        "is_deleted": organization.is_deleted,
        "visible_to": organization.visible_to,  # type: ignore[typeddict-item]
        "label_ids": labels.live(crm, "organization", loads(organization.label_ids)),
        "custom_fields": custom.show_v2(crm, "organization", organization.custom_fields, custom_fields),
    }
    more: dict[str, Any] = {name: getattr(organization, name) for name in include_fields or ()}
    shown.update(more)  # type: ignore[typeddict-item]
    return shown


def _values(crm: Crm, data: NewOrganization | OrganizationChanges) -> Values:
    values = given(data)
    if isinstance(data.custom_fields, dict):
        values["custom_fields"] = custom.read_v2(crm, "organization", data.custom_fields)
    if "label_ids" in values:
        values["label_ids"] = list(labels.label_ids(crm, "organization", values["label_ids"]))
    return values


@implements(contract.get_organizations)
def get_organizations(
    crm: Crm,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    sort_by: str = "id",
    sort_direction: Direction = "asc",
    include_fields: Sequence[str] | None = None,
    custom_fields: list[str] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[contract.Organization]:
    criteria = organizations.criteria(
        crm,
        filter_id=filter_id,
        ids=ids,
        owner_id=owner_id,
        updated_since=whole_seconds(updated_since, "updated_since"),
        updated_until=whole_seconds(updated_until, "updated_until"),
    )
    found = pages.pointers_by_cursor(
        crm, ORGANIZATION, criteria, sort_by=sort_by, direction=sort_direction, limit=limit, cursor=cursor
    )
    data = fragments.listed(crm, ORGANIZATION, found.items, include_fields, custom_fields, show)
    return envelopes.page_of(data, found.next_cursor)


@implements(contract.post_organizations)
def post_organizations(crm: Crm, data: NewOrganization) -> Item[contract.Organization]:
    return envelopes.item(show(crm, organizations.create(crm, _values(crm, data))))


@implements(contract.get_organizations_by_id)
def get_organizations_by_id(
    crm: Crm, id: int, include_fields: Sequence[str] | None = None, custom_fields: list[str] | None = None
) -> Item[contract.Organization]:
    return envelopes.item(fragments.one(crm, ORGANIZATION, id, include_fields, custom_fields, show))


@implements(contract.patch_organizations_by_id)
def patch_organizations_by_id(crm: Crm, id: int, data: OrganizationChanges) -> Item[contract.Organization]:
    return envelopes.item(show(crm, organizations.update(crm, id, _values(crm, data))))


@implements(contract.delete_organizations_by_id)
def delete_organizations_by_id(crm: Crm, id: int) -> Item[Deleted]:
    organizations.delete(crm, [id])
    return envelopes.deleted(id)
