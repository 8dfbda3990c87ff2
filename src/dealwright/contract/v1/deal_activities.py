"""The activities of a deal, and the page that activities of deals, persons and organizations come in."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Start
from dealwright.contract.v1.activities import READ, Activity, Done, Excluded
from dealwright.contract.v1.envelopes import PageInfo, RelatedObjects
from dealwright.contract.v1.references import ActivityShare


class ActivitiesInfo(PageInfo):
    """Where the page lies, and how the activities are spread over users (by id)."""

    activity_distribution: dict[str, ActivityShare]


class ActivitiesPage(TypedDict):
    """A page of the activities of a record."""

    success: Literal[True]
    data: list[Activity] | None
    additional_data: ActivitiesInfo
    related_objects: NotRequired[RelatedObjects | None]


@endpoint(
    "GET /v1/deals/{id}/activities",
    group="Deals",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_activities",
)
def get_deals_by_id_activities(
    id: RecordId,
    start: Start = 0,
    limit: Limit | None = None,
    done: Done | None = None,
    exclude: Excluded | None = None,
) -> ActivitiesPage:
    """List the activities of a deal."""
