"""The search for products."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit
from dealwright.contract.v2.search import ExactMatch, FoundProduct, SearchPage, Term


@endpoint(
    "GET /api/v2/products/search", group="Products", scopes={"products:full", "products:read", "search:read"}, cost=20
)
def get_products_search(
    term: Term,
    fields: Annotated[
        list[Literal["code", "custom_fields", "name"]],
        Meta(description="What to look in, comma-separated; everything unless given."),
    ]
    | None = None,
    exact_match: ExactMatch | None = None,
    include_fields: Annotated[
        list[Literal["product.price"]], Meta(description="What to add to every product, comma-separated.")
    ]
    | None = None,
    limit: Limit | None = None,
    cursor: Cursor | None = None,
) -> SearchPage[FoundProduct]:
    """Search products by name, code and custom fields."""
