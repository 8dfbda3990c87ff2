"""The searches: for records of one kind, for items of every kind, and for the values of one field."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dealwright.contract import search
from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.integration import search as contract
from dealwright.contract.v2.integration.search import FieldMatch, FieldSearchQuery, ItemSearchPaging, SearchPage
from dealwright.crm.kernel import pages
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.search import field_values
from dealwright.crm.search.query import Search, run_search
from dealwright.server import search_results, searches
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes

_MAX_ITEMS = 100


@implements(contract.get_deals_search)
def get_deals_search(
    crm: UnitOfWork, query: search.DealSearchQuery, page: CursorPaging
) -> SearchPage[search.FoundDeal]:
    return _page(crm, searches.build_deal_search(crm, query), page, query.include_fields)


@implements(contract.get_persons_search)
def get_persons_search(
    crm: UnitOfWork, query: search.PersonSearchQuery, page: CursorPaging
) -> SearchPage[search.FoundPerson]:
    return _page(crm, searches.build_person_search(crm, query), page, query.include_fields)


@implements(contract.get_organizations_search)
def get_organizations_search(
    crm: UnitOfWork, query: search.OrganizationSearchQuery, page: CursorPaging
) -> SearchPage[search.FoundOrganization]:
    return _page(crm, searches.build_organization_search(crm, query), page)


@implements(contract.get_products_search)
def get_products_search(
    crm: UnitOfWork, query: search.ProductSearchQuery, page: CursorPaging
) -> SearchPage[search.FoundProduct]:
    return _page(crm, searches.build_product_search(crm, query), page, query.include_fields)


@implements(contract.get_leads_search)
def get_leads_search(
    crm: UnitOfWork, query: search.LeadSearchQuery, page: CursorPaging
) -> SearchPage[search.FoundLead]:
    return _page(crm, searches.build_lead_search(crm, query), page, query.include_fields)


@implements(contract.get_projects_search)
def get_projects_search(
    crm: UnitOfWork, query: search.ProjectSearchQuery, page: CursorPaging
) -> SearchPage[search.FoundProject]:
    return _page(crm, searches.build_project_search(crm, query), page)


@implements(contract.get_item_search)
def get_item_search(
    crm: UnitOfWork, query: search.ItemSearchQuery, page: ItemSearchPaging
) -> SearchPage[search.FoundItem]:
    return _page(
        crm,
        searches.build_item_search(query),
        page,
        query.include_fields,
        max_limit=_MAX_ITEMS,
        with_related=bool(query.search_for_related_items),
    )


@implements(contract.get_item_search_field)
def get_item_search_field(crm: UnitOfWork, query: FieldSearchQuery, page: CursorPaging) -> Page[FieldMatch]:
    values = field_values.find(crm, query.entity_type, query.field, query.term, query.match, path="field")
    found = pages.paginate_iterable(values, pages.decode_offset_cursor(page.cursor), page.limit)
    data: list[FieldMatch] = [
        {"id": search_results.public_id(one.record), query.field: one.value} for one in found.items
    ]
    return envelopes.rendered_page(data, pages.encode_offset_cursor(found))


def _page(
    crm: UnitOfWork,
    wanted: Search,
    page: CursorPaging,
    include_fields: Collection[str] | None = None,
    *,
    max_limit: int = pages.MAX_LIMIT,
    with_related: bool = False,
) -> SearchPage[Any]:
    start = pages.decode_offset_cursor(page.cursor)
    found = run_search(crm, wanted, start, pages.page_size(page.limit, max_limit))
    return {
        "success": True,
        "data": search_results.show(crm, found.items, include_fields, with_related=with_related),
        "additional_data": {"next_cursor": pages.encode_offset_cursor(found)},
    }
