"""The deals that a product is in."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.deals.deals import READ, Deal, StatusOrAll
from dealwright.contract.v1.envelopes import Page


@endpoint("GET /v1/products/{id}/deals", group="Products", scopes=READ, cost=20)
def get_products_by_id_deals(id: RecordId, page: OffsetPaging, status: StatusOrAll = "all_not_deleted") -> Page[Deal]:
    """List the deals that a product is in."""
