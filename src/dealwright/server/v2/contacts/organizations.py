"""Organizations."""

from __future__ import annotations

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
from dealwright.crm.fields import labels
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import loads
from dealwright.server import fragment_cache
from dealwright.server.binding import implements
from dealwright.server.fragment_cache import EVERYTHING, Selection, select
from dealwright.server.v2 import envelopes
from dealwright.server.v2.bodies import record_values
from dealwright.server.v2.labels import show_custom_fields, show_labels
from dealwright.server.v2.queries import narrowing
from dealwright.server.v2.values import address, rfc3339_time


def show(crm: UnitOfWork, organization: Organization, selection: Selection = EVERYTHING) -> contract.Organization:
    """Returns an organization as v2 writes it."""
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
        "website": organization.website,
        "linkedin": organization.linkedin,
        "industry": organization.industry,
        "annual_revenue": None if organization.annual_revenue is None else int(organization.annual_revenue),
        "employee_count": organization.employee_count,
        "custom_fields": show_custom_fields(crm, "organization", organization.custom_fields, selection),
    }
    more: dict[str, Any] = {name: getattr(organization, name) for name in selection.include_fields}
    shown.update(more)  # type: ignore[typeddict-item]
    if selection.include_labels:
        shown["labels"] = show_labels(crm, "organization", shown["label_ids"])
    return shown


@implements(contract.get_organizations)
def get_organizations(
    crm: UnitOfWork, query: OrganizationsQuery, fields: OrganizationFields, page: CursorPaging
) -> Page[contract.Organization]:
    criteria = organizations.criteria(crm, **narrowing(query))
    found = pages.select_versions_by_cursor(crm, ORGANIZATION, criteria, page, query)
    data = fragment_cache.render_list(crm, ORGANIZATION, found.items, select(fields), show)
    return envelopes.rendered_page(data, found.next_cursor)


@implements(contract.post_organizations)
def post_organizations(crm: UnitOfWork, data: NewOrganization) -> Item[contract.Organization]:
    return envelopes.item(show(crm, organizations.create(crm, record_values(crm, "organization", data))))


@implements(contract.get_organizations_by_id)
def get_organizations_by_id(crm: UnitOfWork, id: int, fields: OrganizationFields) -> Item[contract.Organization]:
    return envelopes.item(fragment_cache.render_one(crm, ORGANIZATION, id, select(fields), show))


@implements(contract.patch_organizations_by_id)
def patch_organizations_by_id(crm: UnitOfWork, id: int, data: OrganizationChanges) -> Item[contract.Organization]:
    return envelopes.item(show(crm, organizations.update(crm, id, record_values(crm, "organization", data))))


@implements(contract.delete_organizations_by_id)
def delete_organizations_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    organizations.delete(crm, [id])
    return envelopes.deleted(id)
