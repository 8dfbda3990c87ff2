"""The search for deals."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.deals import OrganizationId, PersonId
from dealwright.contract.v2.search import ExactMatch, FoundDeal, SearchPage, Term


@endpoint("GET /api/v2/deals/search", group="Deals", scopes={"deals:full", "deals:read", "search:read"}, cost=20)
def get_deals_search(
    term: Term,
    fields: Annotated[
        list[Literal["custom_fields", "notes", "title"]],
        Meta(description="What to look in, comma-separated; everything unless given."),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    person_id: PersonId | None = None,
    organization_id: OrganizationId | None = None,
    status: Annotated[Literal["open", "won", "lost"], Meta(description="Only deals in this status.")] | None = None,
    include_fields: Annotated[
        list[Literal["deal.cc_email"]], Meta(description="What to add to every deal, comma-separated.")
    ]
    | None = None,
    limit: Limit | None = None,
    cursor: Cursor | None = None,
) -> SearchPage[FoundDeal]:
    """Search deals by title, notes and custom fields."""
