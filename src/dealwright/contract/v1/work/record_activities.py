"""Activities of a deal, a person or an organization."""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import PageInfo, RelatedObjects
from dealwright.contract.v1.references import ActivityShare
from dealwright.contract.v1.work.activities import READ, Activity, Done, Excluded


class ActivitiesInfo(PageInfo):
    """Where the page lies, and how the activities are spread over users (by id)."""

    activity_distribution: dict[str, ActivityShare]


class ActivitiesPage(TypedDict):
    """A page of the activities of a record."""

    success: Literal[True]
    data: list[Activity] | None
    additional_data: ActivitiesInfo
    related_objects: NotRequired[RelatedObjects | None]


class RecordActivitiesQuery(Query):
    """Which activities of a record to list."""

    done: Done | None = None
    exclude: Excluded | None = None


@endpoint(
    "GET /v1/deals/{id}/activities",
    group="Deals",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_activities",
)
def get_deals_by_id_activities(id: RecordId, query: RecordActivitiesQuery, page: OffsetPaging) -> ActivitiesPage:
    """List the activities of a deal."""


@endpoint(
    "GET /v1/persons/{id}/activities",
    group="Persons",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_activities",
)
def get_persons_by_id_activities(id: RecordId, query: RecordActivitiesQuery, page: OffsetPaging) -> ActivitiesPage:
    """List the activities of a person."""


@endpoint(
    "GET /v1/organizations/{id}/activities",
    group="Organizations",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_activities",
)
def get_organizations_by_id_activities(
    id: RecordId, query: RecordActivitiesQuery, page: OffsetPaging
) -> ActivitiesPage:
    """List the activities of an organization."""
