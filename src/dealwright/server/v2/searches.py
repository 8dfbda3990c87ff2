"""What all searches have in common: how v2 answers them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dealwright.contract.v2.search import SearchPage
from dealwright.crm import pages
from dealwright.crm.search import finding, related
from dealwright.crm.search.finding import Search
from dealwright.crm.unit import Crm
from dealwright.server import found_items


def page(
    crm: Crm,
    search: Search,
    limit: int | None,
    cursor: str | None,
    include_fields: Collection[str] | None = None,
    *,
    largest: int = pages.LARGEST_LIMIT,
    with_related: bool = False,
) -> SearchPage[Any]:
    """A page of what was found, with what belongs to it if that is wanted."""
    found = finding.page(crm, search, pages.read_start(cursor), pages.clamped(limit, largest))
    included = include_fields or ()
    answer: SearchPage[Any] = {
        "success": True,
        "data": {"items": found_items.show_all(crm, found.items, included)},
        "additional_data": {"next_cursor": pages.next_start(found)},
    }
    if with_related:
        answer["data"]["related_items"] = found_items.show_all(crm, related.to(crm, found.items), included)
    return answer
