"""The search for leads."""

from __future__ import annotations

from typing import Literal

from dealwright.contract.v1 import lead_search as contract
from dealwright.contract.v1.search import FoundLead, SearchPage
from dealwright.crm.model.leads import LEAD
from dealwright.crm.search import finding
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import searches


@implements(contract.get_leads_search)
def get_leads_search(
    crm: Crm,
    term: str,
    fields: list[Literal["custom_fields", "notes", "title"]] | None = None,
    exact_match: bool | None = None,
    person_id: int | None = None,
    organization_id: int | None = None,
    include_fields: list[Literal["lead.was_seen"]] | None = None,
    start: int = 0,
    limit: int | None = None,
) -> SearchPage[FoundLead]:
    search = finding.search_in(
        crm,
        LEAD,
        term,
        fields,
        exact=bool(exact_match),
        links={"person_id": person_id, "organization_id": organization_id},
    )
    return searches.page(crm, search, start, limit, include_fields)
