"""The search for deals."""

from __future__ import annotations

from typing import Literal

from dealwright.contract.v2 import deal_search as contract
from dealwright.contract.v2.search import FoundDeal, SearchPage
from dealwright.crm.model.deals import DEAL
from dealwright.crm.search import finding
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v2 import searches


@implements(contract.get_deals_search)
def get_deals_search(
    crm: Crm,
    term: str,
    fields: list[Literal["custom_fields", "notes", "title"]] | None = None,
    exact_match: bool | None = None,
    person_id: int | None = None,
    organization_id: int | None = None,
    status: Literal["open", "won", "lost"] | None = None,
    include_fields: list[Literal["deal.cc_email"]] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> SearchPage[FoundDeal]:
    search = finding.search_in(
        crm,
        DEAL,
        term,
        fields,
        exact=bool(exact_match),
        links={"person_id": person_id, "org_id": organization_id},
        status=status,
    )
    return searches.page(crm, search, limit, cursor, include_fields)
