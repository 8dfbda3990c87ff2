"""The deals of a person."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Sort, Start
from dealwright.contract.v1.deals import READ, Deal, StatusOrAll
from dealwright.contract.v1.envelopes import Page


@endpoint(
    "GET /v1/persons/{id}/deals", group="Persons", scopes=READ, cost=20, deprecated=True, replaced_by="v2.get_deals"
)
def get_persons_by_id_deals(
    id: RecordId,
    start: Start = 0,
    limit: Limit | None = None,
    status: StatusOrAll = "all_not_deleted",
    sort: Sort | None = None,
) -> Page[Deal]:
    """List the deals of a person."""
