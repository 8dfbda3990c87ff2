"""Organizations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.contacts import organizations as contract
from dealwright.contract.v2.contacts.organizations import (
    NewOrganization,
    OrganizationChanges,
    OrganizationFields,
    OrganizationsQuery,
)
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.crm.contacts import organizations
from dealwright.crm.contacts.model import ORGANIZATION, Organization
from dealwright.crm.fields import custom, labels
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.server import fragment_cache
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes
from dealwright.server.v2.bodies import record_values
from dealwright.server.v2.queries import narrowing
from dealwright.server.v2.values import address, rfc3339_time


def show(
    crm: UnitOfWork,
    organization: Organization,
    include_fields: Sequence[str] | None = None,
    custom_fields: Sequence[str] | None = None,
) -> contract.Organization:
    """Returns an organization as v2 writes it, with the additional fields ``include_fields``.

    ``custom_fields`` are the keys of those to show; all are shown when it is None.
    """
    shown: contract.Organization = {
        "id": organization.id,
        "name": organization.name,
        "owner_id": organization.owner_id,
        "add_time": rfc3339_time(organization.add_time),
        "update_time": rfc3339_time(organization.update_time),
        "address": address(organization.address),
        "is_deleted": organization.is_deleted,
        "visible_to": organization.visible_to,  # type: ignore[typeddict-item]
        "label_ids": labels.existing_ids(crm, "organization", loads(organization.label_ids)),
        "custom_fields": custom.format_v2(crm, "organization", organization.custom_fields, custom_fields),
    }
    more: dict[str, Any] = {name: getattr(organization, name) for name in include_fields or ()}
    shown.update(more)  # type: ignore[typeddict-item]
    return shown


@implements(contract.get_organizations)
def get_organizations(
    crm: UnitOfWork, query: OrganizationsQuery, fields: OrganizationFields, page: CursorPaging
) -> Page[contract.Organization]:
    criteria = organizations.criteria(crm, **narrowing(query))
    found = pages.select_versions_by_cursor(crm, ORGANIZATION, criteria, page, query)
    data = fragment_cache.render_list(crm, ORGANIZATION, found.items, fields.include_fields, fields.custom_fields, show)
    return envelopes.rendered_page(data, found.next_cursor)


@implements(contract.post_organizations)
def post_organizations(crm: UnitOfWork, data: NewOrganization) -> Item[contract.Organization]:
    return envelopes.item(show(crm, organizations.create(crm, record_values(crm, "organization", data))))


@implements(contract.get_organizations_by_id)
def get_organizations_by_id(crm: UnitOfWork, id: int, fields: OrganizationFields) -> Item[contract.Organization]:
    return envelopes.item(
        fragment_cache.render_one(crm, ORGANIZATION, id, fields.include_fields, fields.custom_fields, show)
    )


@implements(contract.patch_organizations_by_id)
def patch_organizations_by_id(crm: UnitOfWork, id: int, data: OrganizationChanges) -> Item[contract.Organization]:
    return envelopes.item(show(crm, organizations.update(crm, id, record_values(crm, "organization", data))))


@implements(contract.delete_organizations_by_id)
def delete_organizations_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    organizations.delete(crm, [id])
    return envelopes.deleted(id)
