"""What changed lately, in records of all kinds."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import OffsetPaging
from dealwright.contract.v1.envelopes import PageInfo, RelatedObjects
from dealwright.contract.values import MAX_MEMBERS, IsoTime, Json

RecentKind = Literal[
    "activity",
    "activityType",
    "deal",
    "file",
    "filter",
    "note",
    "person",
    "organization",
    "pipeline",
    "product",
    "stage",
    "user",
]


RecentData = dict[str, Json] | list[dict[str, Json]]


class Recent(TypedDict):
    """A record that changed: ``item`` is its kind and ``data`` the record as it is now, null when it was deleted.

    The data of a user is a list with that user in it.
    """

    item: RecentKind
    id: int
    data: RecentData | None


class RecentsInfo(PageInfo):
    """Where the page lies, the moment asked for and that of the last change on the page."""

    since_timestamp: str
    last_timestamp_on_page: str | None


class RecentsPage(TypedDict):
    """A page of records that changed."""

    success: Literal[True]
    data: list[Recent] | None
    additional_data: RecentsInfo
    related_objects: NotRequired[RelatedObjects | None]


class RecentsQuery(Query):
    """Which records to list."""

    since_timestamp: Annotated[
        IsoTime, Meta(description="The moment after which records changed, `YYYY-MM-DD HH:MM:SS` in UTC.")
    ]
    items: (
        Annotated[
            list[RecentKind], Meta(max_length=MAX_MEMBERS, description="Only records of these kinds, comma-separated.")
        ]
        | None
    ) = None


@endpoint("GET /v1/recents", group="Recents", scopes={"recents:read", "search:read"}, cost=20)
def get_recents(query: RecentsQuery, page: OffsetPaging) -> RecentsPage:
    """List the records that changed since a moment, in the order of their changes."""
