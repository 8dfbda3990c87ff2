"""The search for persons."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.persons import OrganizationId
from dealwright.contract.v2.search import ExactMatch, FoundPerson, SearchPage, Term


@endpoint(
    "GET /api/v2/persons/search", group="Persons", scopes={"contacts:full", "contacts:read", "search:read"}, cost=20
)
def get_persons_search(
    term: Term,
    fields: Annotated[
        list[Literal["custom_fields", "email", "notes", "phone", "name"]],
        Meta(description="What to look in, comma-separated; everything unless given."),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    organization_id: OrganizationId | None = None,
    include_fields: Annotated[
        list[Literal["person.picture"]], Meta(description="What to add to every person, comma-separated.")
    ]
    | None = None,
    limit: Limit | None = None,
    cursor: Cursor | None = None,
) -> SearchPage[FoundPerson]:
    """Search persons by name, e-mail address, phone number, notes and custom fields."""
