"""The deals of an organization."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Sort, Start
from dealwright.contract.v1.deals import READ, Deal, StatusOrAll
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.values import Flag


@endpoint(
    "GET /v1/organizations/{id}/deals",
    group="Organizations",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_deals",
)
def get_organizations_by_id_deals(
    id: RecordId,
    start: Start = 0,
    limit: Limit | None = None,
    status: StatusOrAll = "all_not_deleted",
    sort: Sort | None = None,
    only_primary_association: Annotated[Flag, Meta(description="1 for the organization's own deals only.")]
    | None = None,
) -> Page[Deal]:
    """List the deals of an organization, those of its persons, and those that name it in a custom field."""
