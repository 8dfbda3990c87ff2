"""The search for leads."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.search import ExactMatch, FoundLead, SearchPage, Term
from dealwright.contract.values import Id


@endpoint("GET /api/v2/leads/search", group="Leads", scopes={"leads:full", "leads:read", "search:read"}, cost=20)
def get_leads_search(
    term: Term,
    fields: Annotated[
        list[Literal["custom_fields", "notes", "title"]],
        Meta(description="What to look in, comma-separated; everything unless given."),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    person_id: Annotated[Id, Meta(description="Only leads of this person.")] | None = None,
    organization_id: Annotated[Id, Meta(description="Only leads of this organization.")] | None = None,
    include_fields: Annotated[
        list[Literal["lead.was_seen"]], Meta(description="What to add to every lead, comma-separated.")
    ]
    | None = None,
    limit: Limit | None = None,
    cursor: Cursor | None = None,
) -> SearchPage[FoundLead]:
    """Search leads by title, notes and custom fields."""
