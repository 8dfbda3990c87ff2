"""The deals of an organization."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.deals.deals import READ, Deal, LinkedDealsQuery
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.values import Flag

OnlyPrimaryAssociation = Annotated[Flag, Meta(description="1 for the organization's own deals only.")]


class OrganizationDealsQuery(LinkedDealsQuery):
    """Which deals of an organization to list, and in which order."""

    only_primary_association: OnlyPrimaryAssociation | None = None


@endpoint(
    "GET /v1/organizations/{id}/deals",
    group="Organizations",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_deals",
)
def get_organizations_by_id_deals(id: RecordId, query: OrganizationDealsQuery, page: OffsetPaging) -> Page[Deal]:
    """List the deals of an organization, those of its persons, and those that name it in a custom field."""
