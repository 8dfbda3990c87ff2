"""The search for persons."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, Start
from dealwright.contract.v1.search import ExactMatch, FoundPerson, SearchPage, Term
from dealwright.contract.values import Id


@endpoint(
    "GET /v1/persons/search",
    group="Persons",
    scopes={"contacts:full", "contacts:read", "search:read"},
    cost=40,
    deprecated=True,
    replaced_by="v2.get_persons_search",
)
def get_persons_search(
    term: Term,
    fields: Annotated[
        list[Literal["custom_fields", "email", "notes", "phone", "name"]],
        Meta(description="What to look in, comma-separated; everything unless given."),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    organization_id: Annotated[Id, Meta(description="Only persons of this organization.")] | None = None,
    include_fields: Annotated[
        list[Literal["person.picture"]], Meta(description="What to add to every person, comma-separated.")
    ]
    | None = None,
    start: Start = 0,
    limit: Limit | None = None,
) -> SearchPage[FoundPerson]:
    """Search persons by name, e-mail address, phone number, notes and custom fields."""
