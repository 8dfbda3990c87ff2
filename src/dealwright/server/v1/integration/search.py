"""The searches: for records of one kind, for items of every kind, and for the values of one field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dealwright.contract import search
from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.integration import search as contract
from dealwright.contract.v1.integration.search import FieldMatch, FieldSearchPaging, FieldSearchQuery, SearchPage
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.record_types import RecordTypeName
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.search import field_values
from dealwright.crm.search.query import Search, run_search
from dealwright.server import search_results, searches
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes

_RECORD_TYPES: Mapping[str, RecordTypeName] = {
    "dealField": "deal",
    "leadField": "lead",
    "personField": "person",
    "organizationField": "organization",
    "productField": "product",
    "projectField": "project",
}


@implements(contract.get_deals_search)
def get_deals_search(
    crm: UnitOfWork, query: search.DealSearchQuery, page: OffsetPaging
) -> SearchPage[search.FoundDeal]:
    return _page(crm, searches.build_deal_search(crm, query), page, query.include_fields)


@implements(contract.get_persons_search)
def get_persons_search(
    crm: UnitOfWork, query: search.PersonSearchQuery, page: OffsetPaging
) -> SearchPage[search.FoundPerson]:
    return _page(crm, searches.build_person_search(crm, query), page, query.include_fields)


@implements(contract.get_organizations_search)
def get_organizations_search(
    crm: UnitOfWork, query: search.OrganizationSearchQuery, page: OffsetPaging
) -> SearchPage[search.FoundOrganization]:
    return _page(crm, searches.build_organization_search(crm, query), page)


@implements(contract.get_products_search)
def get_products_search(
    crm: UnitOfWork, query: search.ProductSearchQuery, page: OffsetPaging
) -> SearchPage[search.FoundProduct]:
    return _page(crm, searches.build_product_search(crm, query), page, query.include_fields)


@implements(contract.get_leads_search)
def get_leads_search(
    crm: UnitOfWork, query: search.LeadSearchQuery, page: OffsetPaging
) -> SearchPage[search.FoundLead]:
    return _page(crm, searches.build_lead_search(crm, query), page, query.include_fields)


@implements(contract.get_item_search)
def get_item_search(crm: UnitOfWork, query: search.ItemSearchQuery, page: OffsetPaging) -> SearchPage[search.FoundItem]:
    wanted = searches.build_item_search(query)
    return _page(crm, wanted, page, query.include_fields, with_related=bool(query.search_for_related_items))


@implements(contract.get_item_search_field)
def get_item_search_field(crm: UnitOfWork, query: FieldSearchQuery, page: FieldSearchPaging) -> Page[FieldMatch]:
    match: field_values.Match = "exact" if query.exact_match else "middle"
    object = _RECORD_TYPES.get(query.field_type)
    found = field_values.find(crm, object, query.field_key, query.term, match, path="field_key")
    if not query.return_item_ids:
        found = field_values.distinct(found)

    def show(one: field_values.FoundValue) -> FieldMatch:
        value: FieldMatch = {query.field_key: one.value}
        return {"id": search_results.public_id(one.record), **value} if query.return_item_ids else value

    return envelopes.page(pages.paginate_iterable(found, page.start or 0, page.limit), show, empty=[])


def _page(
    crm: UnitOfWork,
    wanted: Search,
    page: OffsetPaging,
    include_fields: Collection[str] | None = None,
    *,
    with_related: bool = False,
) -> SearchPage[Any]:
    found = run_search(crm, wanted, page.start, pages.page_size(page.limit))
    return {
        "success": True,
        "data": search_results.show(crm, found.items, include_fields, with_related=with_related),
        "additional_data": {"pagination": envelopes.pagination(found)},
    }
