"""The searches: for records of one kind, for items of every kind, and for the values of one field."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypedDict, TypeVar

from msgspec import Meta

from dealwright.contract import search
from dealwright.contract.endpoint import LargestPage, Query, endpoint
from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import CursorInfo, Page
from dealwright.contract.values import NonEmptyShortText, SearchText

T = TypeVar("T")

ItemLimit = Annotated[
    int,
    Meta(ge=1, description="How many items to return at most; 100 unless given, never over 100."),
    LargestPage(100),
]

FieldMatch = dict[str, int | float | str | None]
"""The ``id`` of an item that was found, and the value under the code of its field (``name`` for instance)."""


class SearchPage(TypedDict, Generic[T]):
    """A page of search results."""

    success: Literal[True]
    data: search.SearchResults[T]
    additional_data: CursorInfo


class ItemSearchPaging(CursorPaging):
    """Which page of the items to return."""

    limit: ItemLimit | None = None


class FieldSearchQuery(Query):
    """Which field to search, and what to look for."""

    term: Annotated[
        SearchText,
        Meta(min_length=1, description="What to look for: two characters or more, one when `match` is `exact`."),
    ]
    entity_type: Annotated[
        Literal["deal", "lead", "person", "organization", "product", "project"],
        Meta(description="The kind of item whose field to look in."),
    ]
    field: Annotated[NonEmptyShortText, Meta(description="The code of the field to look in.")]
    match: Annotated[
        Literal["exact", "beginning", "middle"],
        Meta(description="Where in the value the term must stand: be all of it, begin it, or be anywhere in it."),
    ] = "exact"


@endpoint("GET /api/v2/deals/search", group="Deals", scopes={"deals:full", "deals:read", "search:read"}, cost=20)
def get_deals_search(query: search.DealSearchQuery, page: CursorPaging) -> SearchPage[search.FoundDeal]:
    """Search deals by title, notes and custom fields."""


@endpoint(
    "GET /api/v2/persons/search", group="Persons", scopes={"contacts:full", "contacts:read", "search:read"}, cost=20
)
def get_persons_search(query: search.PersonSearchQuery, page: CursorPaging) -> SearchPage[search.FoundPerson]:
    """Search persons by name, e-mail address, phone number, notes and custom fields."""


@endpoint(
    "GET /api/v2/organizations/search",
    group="Organizations",
    scopes={"contacts:full", "contacts:read", "search:read"},
    cost=20,
)
def get_organizations_search(
    query: search.OrganizationSearchQuery, page: CursorPaging
) -> SearchPage[search.FoundOrganization]:
    """Search organizations by name, address, notes and custom fields."""


@endpoint(
    "GET /api/v2/products/search", group="Products", scopes={"products:full", "products:read", "search:read"}, cost=20
)
def get_products_search(query: search.ProductSearchQuery, page: CursorPaging) -> SearchPage[search.FoundProduct]:
    """Search products by name, code and custom fields."""


@endpoint("GET /api/v2/leads/search", group="Leads", scopes={"leads:full", "leads:read", "search:read"}, cost=20)
def get_leads_search(query: search.LeadSearchQuery, page: CursorPaging) -> SearchPage[search.FoundLead]:
    """Search leads by title, notes and custom fields."""


@endpoint(
    "GET /api/v2/projects/search",
    group="Projects",
    scopes={"projects:full", "projects:read", "search:read"},
    cost=20,
    documented=False,
)
def get_projects_search(query: search.ProjectSearchQuery, page: CursorPaging) -> SearchPage[search.FoundProject]:
    """Search projects by title, description, notes and custom fields."""


@endpoint("GET /api/v2/itemSearch", group="ItemSearch", scopes={"search:read"}, cost=20)
def get_item_search(query: search.ItemSearchQuery, page: ItemSearchPaging) -> SearchPage[search.FoundItem]:
    """Search deals, persons, organizations, products, leads, files, mail attachments and projects at once."""


@endpoint("GET /api/v2/itemSearch/field", group="ItemSearch", scopes={"search:read"}, cost=20)
def get_item_search_field(query: FieldSearchQuery, page: CursorPaging) -> Page[FieldMatch]:
    """Search the values of one field; upper and lower case differ."""
