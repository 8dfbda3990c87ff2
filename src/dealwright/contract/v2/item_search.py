"""The search over records of every kind, and over the values of one field."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.envelopes import Page
from dealwright.contract.v2.search import ExactMatch, FoundItem, SearchPage, Term

SCOPES = frozenset({"search:read"})

ItemLimit = Annotated[
    int, Meta(ge=1, description="How many items to return at most; 100 unless given, never over 100.")
]
FieldTerm = Annotated[
    str,
    Meta(min_length=1, description="What to look for: two characters or more, one when `match` is `exact`."),
]

FieldMatch = dict[str, int | float | str | None]
"""The ``id`` of an item that was found, and the value under the code of its field (``name`` for instance)."""


@endpoint("GET /api/v2/itemSearch", group="ItemSearch", scopes=SCOPES, cost=20)
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
    limit: ItemLimit | None = None,
    cursor: Cursor | None = None,
) -> SearchPage[FoundItem]:
    """Search deals, persons, organizations, products, leads, files, mail attachments and projects at once."""


@endpoint("GET /api/v2/itemSearch/field", group="ItemSearch", scopes=SCOPES, cost=20)
def get_item_search_field(
    term: FieldTerm,
    entity_type: Annotated[
        Literal["deal", "lead", "person", "organization", "product", "project"],
        Meta(description="The kind of item whose field to look in."),
    ],
    field: Annotated[str, Meta(min_length=1, description="The code of the field to look in.")],
    match: Annotated[
        Literal["exact", "beginning", "middle"],
        Meta(description="Where in the value the term must stand: be all of it, begin it, or be anywhere in it."),
    ] = "exact",
    limit: Limit | None = None,
    cursor: Cursor | None = None,
) -> Page[FieldMatch]:
    """Search the values of one field; upper and lower case differ."""
