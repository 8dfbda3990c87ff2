"""The search over records of every kind, and over the values of one field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from dealwright.contract.v1 import item_search as contract
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.item_search import FieldMatch
from dealwright.contract.v1.search import FoundItem, SearchPage
from dealwright.crm import pages
from dealwright.crm.kinds import Object
from dealwright.crm.search import field_values, finding
from dealwright.crm.unit import Crm
from dealwright.server import found_items
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes, searches

_OBJECTS: Mapping[str, Object] = {
    "dealField": "deal",
    "leadField": "lead",
    "personField": "person",
    "organizationField": "organization",
    "productField": "product",
}


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
    start: int = 0,
    limit: int | None = None,
) -> SearchPage[FoundItem]:
    search = finding.search(term, item_types, fields, exact=bool(exact_match))
    return searches.page(crm, search, start, limit, include_fields, with_related=bool(search_for_related_items))


@implements(contract.get_item_search_field)
def get_item_search_field(
    crm: Crm,
    term: str,
    field_type: Literal["dealField", "leadField", "personField", "organizationField", "productField", "projectField"],
    field_key: str,
    exact_match: bool = False,
    return_item_ids: bool | None = None,
    start: int | None = None,
    limit: int | None = None,
) -> Page[FieldMatch]:
    match: field_values.Match = "exact" if exact_match else "middle"
    found = field_values.find(crm, _OBJECTS.get(field_type), field_key, term, match, path="field_key")
    if not return_item_ids:
        found = field_values.distinct(found)

    def show(one: field_values.FoundValue) -> FieldMatch:
        value: FieldMatch = {field_key: one.value}
        return {"id": found_items.id_of(one.record), **value} if return_item_ids else value

    return envelopes.page(pages.slice_of_stream(found, start or 0, limit), show, empty=[])
