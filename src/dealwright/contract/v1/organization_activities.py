"""The activities of an organization."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Start
from dealwright.contract.v1.activities import READ, Done, Excluded
from dealwright.contract.v1.deal_activities import ActivitiesPage


@endpoint(
    "GET /v1/organizations/{id}/activities",
    group="Organizations",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_activities",
)
def get_organizations_by_id_activities(
    id: RecordId,
    start: Start = 0,
    limit: Limit | None = None,
    done: Done | None = None,
    exclude: Excluded | None = None,
) -> ActivitiesPage:
    """List the activities of an organization."""
