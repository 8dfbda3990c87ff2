"""The search for organizations."""

from __future__ import annotations

from typing import Literal

from dealwright.contract.v1 import organization_search as contract
from dealwright.contract.v1.search import FoundOrganization, SearchPage
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.search import finding
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import searches


@implements(contract.get_organizations_search)
def get_organizations_search(
    crm: Crm,
    term: str,
    fields: list[Literal["address", "custom_fields", "notes", "name"]] | None = None,
    exact_match: bool | None = None,
    start: int = 0,
    limit: int | None = None,
) -> SearchPage[FoundOrganization]:
    search = finding.search_in(crm, ORGANIZATION, term, fields, exact=bool(exact_match))
    return searches.page(crm, search, start, limit)
