"""The deals of a person."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.deals.deals import READ, Deal, LinkedDealsQuery
from dealwright.contract.v1.envelopes import Page


@endpoint(
    "GET /v1/persons/{id}/deals", group="Persons", scopes=READ, cost=20, deprecated=True, replaced_by="v2.get_deals"
)
def get_persons_by_id_deals(id: RecordId, query: LinkedDealsQuery, page: OffsetPaging) -> Page[Deal]:
    """List the deals of a person."""
