"""The search for organizations."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.search import ExactMatch, FoundOrganization, SearchPage, Term


@endpoint(
    "GET /api/v2/organizations/search",
    group="Organizations",
    scopes={"contacts:full", "contacts:read", "search:read"},
    cost=20,
)
def get_organizations_search(
    term: Term,
    fields: Annotated[
        list[Literal["address", "custom_fields", "notes", "name"]],
        Meta(description="What to look in, comma-separated; everything unless given."),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    limit: Limit | None = None,
    cursor: Cursor | None = None,
) -> SearchPage[FoundOrganization]:
    """Search organizations by name, address, notes and custom fields."""
