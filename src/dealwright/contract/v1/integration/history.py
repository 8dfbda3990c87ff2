"""What happened to deals, persons and organizations: the changelogs of their fields, and the flows of all around them."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, OffsetPaging, RecordId
from dealwright.contract.v1.envelopes import CursorPage, Page
from dealwright.contract.values import MAX_MEMBERS, Flag, Json

READ = frozenset({"recents:read"})

AllChanges = Annotated[Flag, Meta(description="1 to include the changes of custom fields.")]

FlowKind = Literal[
    "activity",
    "activityFile",
    "call",
    "change",
    "comment",
    "deal",
    "dealChange",
    "dealFollower",
    "document",
    "file",
    "follower",
    "invoice",
    "mailMessage",
    "mailMessageWithAttachment",
    "marketing_campaign_stat",
    "marketing_status_change",
    "note",
    "organizationChange",
    "organizationFollower",
    "participant",
    "personChange",
    "personFollower",
    "plannedActivity",
]
FlowKinds = Annotated[
    list[FlowKind], Meta(max_length=MAX_MEMBERS, description="Only these kinds of items, comma-separated.")
]


class Change(TypedDict):
    """One field's change in a changelog; the values are text whatever the field holds."""

    field_key: str
    old_value: str | None
    new_value: str | None
    actor_user_id: int
    time: str
    change_source: str | None
    change_source_user_agent: str | None
    is_bulk_update_flag: bool


class FlowItem(TypedDict):
    """Something that happened; ``object`` tells what kind of thing ``data`` is."""

    object: FlowKind
    timestamp: str
    data: dict[str, Json]


class FlowQuery(Query):
    """Which items of a flow to list."""

    all_changes: AllChanges | None = None
    items: FlowKinds | None = None


@endpoint("GET /v1/deals/{id}/changelog", group="Deals", scopes=READ, cost=20)
def get_deals_by_id_changelog(id: RecordId, page: CursorPaging) -> CursorPage[Change]:
    """List the changes of a deal's fields, the newest first."""


@endpoint("GET /v1/persons/{id}/changelog", group="Persons", scopes=READ, cost=20)
def get_persons_by_id_changelog(id: RecordId, page: CursorPaging) -> CursorPage[Change]:
    """List the changes of a person's fields, the newest first."""


@endpoint("GET /v1/organizations/{id}/changelog", group="Organizations", scopes=READ, cost=20)
def get_organizations_by_id_changelog(id: RecordId, page: CursorPaging) -> CursorPage[Change]:
    """List the changes of an organization's fields, the newest first."""


@endpoint("GET /v1/deals/{id}/flow", group="Deals", scopes=READ, cost=40)
def get_deals_by_id_flow(id: RecordId, query: FlowQuery, page: OffsetPaging) -> Page[FlowItem]:
    """List all that happened around a deal, the newest first."""


@endpoint("GET /v1/persons/{id}/flow", group="Persons", scopes=READ, cost=40)
def get_persons_by_id_flow(id: RecordId, query: FlowQuery, page: OffsetPaging) -> Page[FlowItem]:
    """List all that happened around a person, the newest first."""


@endpoint("GET /v1/organizations/{id}/flow", group="Organizations", scopes=READ, cost=40)
def get_organizations_by_id_flow(id: RecordId, query: FlowQuery, page: OffsetPaging) -> Page[FlowItem]:
    """List all that happened around an organization, the newest first."""
