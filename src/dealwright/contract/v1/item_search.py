"""The search over records of every kind, and over the values of one field."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, Start
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.search import ExactMatch, FoundItem, SearchPage, Term

SCOPES = frozenset({"search:read"})

FieldMatch = dict[str, int | float | str | None]
"""A value that was found, under the key of its field (``name`` for instance), and the item's ``id`` when asked for."""


@endpoint(
    "GET /v1/itemSearch", group="ItemSearch", scopes=SCOPES, cost=40, deprecated=True, replaced_by="v2.get_item_search"
)
def get_item_search(
    term: Term,
    item_types: Annotated[
        list[Literal["deal", "person", "organization", "product", "lead", "file", "mail_attachment", "project"]],
        Meta(description="What to look for, comma-separated; everything unless given."),
    ]
    | None = None,
    fields: Annotated[
        list[Literal["address", "code", "custom_fields", "email", "name", "notes", "phone", "title", "description"]],
        Meta(description="What to look in, comma-separated; everything that the kind of item has unless given."),
    ]
    | None = None,
    search_for_related_items: Annotated[
        bool,
        Meta(
            description="Add the newest leads and deals of every person and organization found, "
            "and the newest persons of every organization, 100 of each at most."
        ),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    include_fields: Annotated[
        list[Literal["deal.cc_email", "person.picture", "product.price"]],
        Meta(description="What to add to the items of a kind, comma-separated."),
    ]
    | None = None,
    start: Start = 0,
    limit: Limit | None = None,
) -> SearchPage[FoundItem]:
    """Search deals, persons, organizations, products, leads, files, mail attachments and projects at once."""


@endpoint(
    "GET /v1/itemSearch/field",
    group="ItemSearch",
    scopes=SCOPES,
    cost=40,
    deprecated=True,
    replaced_by="v2.get_item_search_field",
)
def get_item_search_field(
    term: Term,
    field_type: Annotated[
        Literal["dealField", "leadField", "personField", "organizationField", "productField", "projectField"],
        Meta(description="The kind of field to look in."),
    ],
    field_key: Annotated[str, Meta(min_length=1, description="The key of the field to look in.")],
    exact_match: Annotated[
        bool, Meta(description="Only values that equal the term as a whole; upper and lower case differ.")
    ] = False,
    return_item_ids: Annotated[
        bool, Meta(description="Return every item with its id, instead of every different value once.")
    ]
    | None = None,
    start: Start | None = None,
    limit: Limit | None = None,
) -> Page[FieldMatch]:
    """Search the values of one field; upper and lower case differ."""
