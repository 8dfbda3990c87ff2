"""The search over records of every kind, and over the values of one field."""

from __future__ import annotations

from typing import Literal

from dealwright.contract.v2 import item_search as contract
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.item_search import FieldMatch
from dealwright.contract.v2.search import FoundItem, SearchPage
from dealwright.crm import pages
from dealwright.crm.search import field_values, finding
from dealwright.crm.unit import Crm
from dealwright.server import found_items
from dealwright.server.binding import implements
from dealwright.server.v2 import envelopes, searches

_LARGEST_LIMIT = 100


@implements(contract.get_item_search)
def get_item_search(
    crm: Crm,
    term: str,
    item_types: list[Literal["deal", "person", "organization", "product", "lead", "file", "mail_attachment", "project"]]
    | None = None,
    fields: list[Literal["address", "code", "custom_fields", "email", "name", "notes", "phone", "title", "description"]]
    | None = None,
    search_for_related_items: bool | None = None,
    exact_match: bool | None = None,
    include_fields: list[Literal["deal.cc_email", "person.picture", "product.price"]] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> SearchPage[FoundItem]:
    search = finding.search(term, item_types, fields, exact=bool(exact_match))
    return searches.page(
        crm,
        search,
        limit,
        cursor,
        include_fields,
        largest=_LARGEST_LIMIT,
        with_related=bool(search_for_related_items),
    )


@implements(contract.get_item_search_field)
def get_item_search_field(
    crm: Crm,
    term: str,
    entity_type: Literal["deal", "lead", "person", "organization", "product", "project"],
    field: str,
    match: Literal["exact", "beginning", "middle"] = "exact",
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[FieldMatch]:
    found = field_values.find(crm, entity_type, field, term, match, path="field")
    page = pages.slice_of_stream(found, pages.read_start(cursor), limit)
    data: list[FieldMatch] = [{"id": found_items.id_of(one.record), field: one.value} for one in page.items]
    return envelopes.page_of(data, pages.next_start(page))
