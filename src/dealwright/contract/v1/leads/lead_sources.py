"""Where leads come from."""

from __future__ import annotations

from typing import TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.v1.envelopes import List
from dealwright.contract.v1.leads.leads import READ


class LeadSource(TypedDict):
    """A place where leads come from."""

    name: str


@endpoint("GET /v1/leadSources", group="LeadSources", scopes=READ, cost=2)
def get_lead_sources() -> List[LeadSource]:
    """List where leads may come from; the list is fixed."""
