"""The search for persons."""

from __future__ import annotations

from typing import Literal

from dealwright.contract.v2 import person_search as contract
from dealwright.contract.v2.search import FoundPerson, SearchPage
from dealwright.crm.model.persons import PERSON
from dealwright.crm.search import finding
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v2 import searches


@implements(contract.get_persons_search)
def get_persons_search(
    crm: Crm,
    term: str,
    fields: list[Literal["custom_fields", "email", "notes", "phone", "name"]] | None = None,
    exact_match: bool | None = None,
    organization_id: int | None = None,
    include_fields: list[Literal["person.picture"]] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> SearchPage[FoundPerson]:
    search = finding.search_in(crm, PERSON, term, fields, exact=bool(exact_match), links={"org_id": organization_id})
    return searches.page(crm, search, limit, cursor, include_fields)
