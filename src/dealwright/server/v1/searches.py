"""What all searches have in common: how v1 answers them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from dealwright.contract.v1.search import SearchPage
from dealwright.crm import pages
from dealwright.crm.pages import OffsetPage
from dealwright.crm.search import finding, related
from dealwright.crm.search.finding import Found, Search
from dealwright.crm.unit import Crm
from dealwright.server import found_items
from dealwright.server.v1 import envelopes


def page(
    crm: Crm,
    search: Search,
    start: int,
    limit: int | None,
    include_fields: Collection[str] | None = None,
    *,
    with_related: bool = False,
) -> SearchPage[Any]:
    """A page of what was found, with what belongs to it if that is wanted."""
    found: OffsetPage[Found] = finding.page(crm, search, start, pages.clamped(limit))
    included = include_fields or ()
    answer: SearchPage[Any] = {
        "success": True,
        "data": {"items": found_items.show_all(crm, found.items, included)},
        "additional_data": {"pagination": envelopes.pagination(found)},
    }
    if with_related:
        answer["data"]["related_items"] = found_items.show_all(crm, related.to(crm, found.items), included)
    return answer
