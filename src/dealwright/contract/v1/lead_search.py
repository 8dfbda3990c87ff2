"""The search for leads."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, Start
from dealwright.contract.v1.leads import OrganizationId, PersonId
from dealwright.contract.v1.search import ExactMatch, FoundLead, SearchPage, Term


@endpoint("GET /v1/leads/search", group="Leads", scopes={"leads:full", "leads:read", "search:read"}, cost=40)
def get_leads_search(
    term: Term,
    fields: Annotated[
        list[Literal["custom_fields", "notes", "title"]],
        Meta(description="What to look in, comma-separated; everything unless given."),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    person_id: PersonId | None = None,
    organization_id: OrganizationId | None = None,
    include_fields: Annotated[
        list[Literal["lead.was_seen"]], Meta(description="What to add to every lead, comma-separated.")
    ]
    | None = None,
    start: Start = 0,
    limit: Limit | None = None,
) -> SearchPage[FoundLead]:
    """Search leads by title, notes and custom fields."""
