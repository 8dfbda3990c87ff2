"""Builds the searches of both versions of the API from their query parameters."""

from __future__ import annotations

from typing import Literal

from dealwright.contract.search import (
    DealSearchQuery,
    ItemSearchQuery,
    LeadSearchQuery,
    OrganizationSearchQuery,
    PersonSearchQuery,
    ProductSearchQuery,
    ProjectSearchQuery,
)
from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence import files
from dealwright.crm.deals.model import DEAL
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads.model import LEAD
from dealwright.crm.products.model import PRODUCT
from dealwright.crm.search.query import Search, build_search, build_search_in, narrow
from dealwright.crm.work import project_links
from dealwright.crm.work.model import PROJECT

_FILE: Literal["file"] = "file"
_MAIL_ATTACHMENT = "mail_attachment"


def build_deal_search(crm: UnitOfWork, query: DealSearchQuery) -> Search:
    """Returns the search for deals that is asked for. Raises `Invalid` for a term that is too short."""
    links = {"person_id": query.person_id, "org_id": query.organization_id}
    return build_search_in(
        crm, DEAL, query.term, query.fields, exact=bool(query.exact_match), links=links, status=query.status
    )


def build_person_search(crm: UnitOfWork, query: PersonSearchQuery) -> Search:
    """Returns the search for persons that is asked for. Raises `Invalid` for a term that is too short."""
    links = {"org_id": query.organization_id}
    return build_search_in(crm, PERSON, query.term, query.fields, exact=bool(query.exact_match), links=links)


def build_organization_search(crm: UnitOfWork, query: OrganizationSearchQuery) -> Search:
    """Returns the search for organizations that is asked for. Raises `Invalid` for a term that is too short."""
    return build_search_in(crm, ORGANIZATION, query.term, query.fields, exact=bool(query.exact_match))


def build_product_search(crm: UnitOfWork, query: ProductSearchQuery) -> Search:
    """Returns the search for products that is asked for. Raises `Invalid` for a term that is too short."""
    return build_search_in(crm, PRODUCT, query.term, query.fields, exact=bool(query.exact_match))


def build_lead_search(crm: UnitOfWork, query: LeadSearchQuery) -> Search:
    """Returns the search for leads that is asked for. Raises `Invalid` for a term that is too short."""
    links = {"person_id": query.person_id, "organization_id": query.organization_id}
    return build_search_in(crm, LEAD, query.term, query.fields, exact=bool(query.exact_match), links=links)


def build_project_search(crm: UnitOfWork, query: ProjectSearchQuery) -> Search:
    """Returns the search for projects that is asked for. Raises `Invalid` for a term that is too short."""
    found = build_search_in(crm, PROJECT, query.term, query.fields, exact=bool(query.exact_match))
    links = (("person_ids", query.person_id), ("org_ids", query.organization_id))
    linked = [project_links.through(name, id).to_criterion() for name, id in links if id is not None]
    return narrow(crm, PROJECT, found, linked) if linked else found


def build_item_search(query: ItemSearchQuery) -> Search:
    """Returns the search for items of several kinds that is asked for. Raises `Invalid` for a term that is too short."""
    asked = query.item_types
    objects = None if asked is None else {_FILE if one == _MAIL_ATTACHMENT else one for one in asked}
    found = build_search(query.term, objects, query.fields, exact=bool(query.exact_match))
    # Files that came with mail are a kind of their own.
    kinds = {_FILE, _MAIL_ATTACHMENT}.intersection(asked or ())
    if len(kinds) != 1:
        return found
    return found._replace(restrictions={_FILE: [files.came_with_mail(_MAIL_ATTACHMENT in kinds)]})
