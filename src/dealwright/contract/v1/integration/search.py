"""The searches: for records of one kind, for items of every kind, and for the values of one field."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypedDict, TypeVar

from msgspec import Meta

from dealwright.contract import search
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import Limit, OffsetPaging, Start
from dealwright.contract.v1.envelopes import Page, PageInfo
from dealwright.contract.values import NonEmptyShortText

T = TypeVar("T")

FieldMatch = dict[str, int | float | str | None]
"""A value that was found, under the key of its field (``name`` for instance), and the item's ``id`` when asked for."""


class SearchPage(TypedDict, Generic[T]):
    """A page of search results."""

    success: Literal[True]
    data: search.SearchResults[T]
    additional_data: PageInfo


class FieldSearchQuery(Query):
    """Which field to search, what to look for, and how to return it."""

    term: search.Term
    field_type: Annotated[
        Literal["dealField", "leadField", "personField", "organizationField", "productField", "projectField"],
        Meta(description="The kind of field to look in."),
    ]
    field_key: Annotated[NonEmptyShortText, Meta(description="The key of the field to look in.")]
    exact_match: Annotated[
        bool, Meta(description="Only values that equal the term as a whole; upper and lower case differ.")
    ] = False
    return_item_ids: (
        Annotated[bool, Meta(description="Return every item with its id, instead of every different value once.")]
        | None
    ) = None


class FieldSearchPaging(Query):
    """Which page of the values to return."""

    start: Start | None = None
    limit: Limit | None = None


@endpoint(
    "GET /v1/deals/search",
    group="Deals",
    scopes={"deals:full", "deals:read", "search:read"},
    cost=40,
    deprecated=True,
    replaced_by="v2.get_deals_search",
)
def get_deals_search(query: search.DealSearchQuery, page: OffsetPaging) -> SearchPage[search.FoundDeal]:
    """Search deals by title, notes and custom fields."""


@endpoint(
    "GET /v1/persons/search",
    group="Persons",
    scopes={"contacts:full", "contacts:read", "search:read"},
    cost=40,
    deprecated=True,
    replaced_by="v2.get_persons_search",
)
def get_persons_search(query: search.PersonSearchQuery, page: OffsetPaging) -> SearchPage[search.FoundPerson]:
    """Search persons by name, e-mail address, phone number, notes and custom fields."""


@endpoint(
    "GET /v1/organizations/search",
    group="Organizations",
    scopes={"contacts:full", "contacts:read", "search:read"},
    cost=40,
    deprecated=True,
    replaced_by="v2.get_organizations_search",
)
def get_organizations_search(
    query: search.OrganizationSearchQuery, page: OffsetPaging
) -> SearchPage[search.FoundOrganization]:
    """Search organizations by name, address, notes and custom fields."""


@endpoint(
    "GET /v1/products/search",
    group="Products",
    scopes={"products:full", "products:read", "search:read"},
    cost=40,
    deprecated=True,
    replaced_by="v2.get_products_search",
)
def get_products_search(query: search.ProductSearchQuery, page: OffsetPaging) -> SearchPage[search.FoundProduct]:
    """Search products by name, code and custom fields."""


@endpoint("GET /v1/leads/search", group="Leads", scopes={"leads:full", "leads:read", "search:read"}, cost=40)
def get_leads_search(query: search.LeadSearchQuery, page: OffsetPaging) -> SearchPage[search.FoundLead]:
    """Search leads by title, notes and custom fields."""


@endpoint(
    "GET /v1/itemSearch",
    group="ItemSearch",
    scopes={"search:read"},
    cost=40,
    deprecated=True,
    replaced_by="v2.get_item_search",
)
def get_item_search(query: search.ItemSearchQuery, page: OffsetPaging) -> SearchPage[search.FoundItem]:
    """Search deals, persons, organizations, products, leads, files, mail attachments and projects at once."""


@endpoint(
    "GET /v1/itemSearch/field",
    group="ItemSearch",
    scopes={"search:read"},
    cost=40,
    deprecated=True,
    replaced_by="v2.get_item_search_field",
)
def get_item_search_field(query: FieldSearchQuery, page: FieldSearchPaging) -> Page[FieldMatch]:
    """Search the values of one field; upper and lower case differ."""
