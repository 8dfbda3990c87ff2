"""Deals: the records themselves."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2RecordBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.queries import Label, RecordFields, RecordsQuery
from dealwright.contract.values import (
    MAX_MEMBERS,
    Amount,
    Currency,
    Id,
    IdList,
    Json,
    Name,
    Probability,
    Rfc3339Time,
    ShortText,
    UtcTime,
    VisibleTo,
)

READ = frozenset({"deals:full", "deals:read"})
WRITE = frozenset({"deals:full"})

Status = Literal["open", "won", "lost", "deleted"]

PersonId = Annotated[Id, Meta(description="Only deals with this person.")]
OrganizationId = Annotated[Id, Meta(description="Only deals with this organization.")]
PipelineId = Annotated[Id, Meta(description="Only deals in this pipeline.")]
StageId = Annotated[Id, Meta(description="Only deals in this stage.")]
Statuses = Annotated[
    list[Status],
    Meta(
        min_length=1,
        max_length=MAX_MEMBERS,
        description="Only deals in these statuses, comma-separated; `deleted` finds those deleted in the last 30 days. "
        "All that are not deleted unless given.",
    ),
]
DealOrder = Annotated[Literal["id", "update_time", "add_time"], Meta(description="What to sort by; `id` unless given.")]
MoreFields = Annotated[
    list[
        Literal[
            "next_activity_id",
            "last_activity_id",
            "first_won_time",
            "products_count",
            "files_count",
            "notes_count",
            "followers_count",
            "email_messages_count",
            "activities_count",
            "done_activities_count",
            "undone_activities_count",
            "participants_count",
            "last_incoming_mail_time",
            "last_outgoing_mail_time",
            "smart_bcc_email",
            "source_lead_id",
        ]
    ],
    Meta(max_length=MAX_MEMBERS, description="What to add to every deal, comma-separated."),
]


class Deal(TypedDict):
    """A deal. What is not always there comes on request, by `include_fields`."""

    id: int
    title: str
    creator_user_id: int
    owner_id: int
    value: float
    currency: str
    person_id: int | None
    org_id: int | None
    stage_id: int
    pipeline_id: int
    add_time: str
    update_time: str | None
    stage_change_time: str | None
    status: Status
    is_archived: bool
    archive_time: str | None
    is_deleted: bool
    probability: float | None
    lost_reason: str | None
    visible_to: VisibleTo
    close_time: str | None
    won_time: str | None
    lost_time: str | None
    local_won_date: str | None
    local_lost_date: str | None
    local_close_date: str | None
    expected_close_date: str | None
    label_ids: list[int]
    origin: str
    origin_id: str | None
    channel: int | None
    channel_id: str | None
    acv: float | None
    arr: float | None
    mrr: float | None
    custom_fields: dict[str, Json]
    labels: NotRequired[list[Label]]
    next_activity_id: NotRequired[int | None]
    last_activity_id: NotRequired[int | None]
    first_won_time: NotRequired[str | None]
    products_count: NotRequired[int]
    files_count: NotRequired[int]
    notes_count: NotRequired[int]
    followers_count: NotRequired[int]
    email_messages_count: NotRequired[int]
    activities_count: NotRequired[int]
    done_activities_count: NotRequired[int]
    undone_activities_count: NotRequired[int]
    participants_count: NotRequired[int]
    last_incoming_mail_time: NotRequired[str | None]
    last_outgoing_mail_time: NotRequired[str | None]
    smart_bcc_email: NotRequired[str]
    source_lead_id: NotRequired[str | None]


class DealProperties(V2RecordBody, kw_only=True):
    """What can be written of a deal, whether it is created or changed."""

    title: Name | UnsetType = UNSET
    owner_id: Id | UnsetType = UNSET
    person_id: Id | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    pipeline_id: Id | UnsetType = UNSET
    stage_id: Id | UnsetType = UNSET
    value: Amount | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    is_deleted: bool | UnsetType = UNSET
    is_archived: bool | UnsetType = UNSET
    archive_time: UtcTime | UnsetType | None = UNSET
    status: Literal["open", "won", "lost"] | UnsetType = UNSET
    probability: Probability | UnsetType | None = UNSET
    lost_reason: ShortText | UnsetType | None = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    close_time: Rfc3339Time | UnsetType | None = UNSET
    won_time: Rfc3339Time | UnsetType | None = UNSET
    lost_time: Rfc3339Time | UnsetType | None = UNSET
    expected_close_date: date | UnsetType | None = UNSET
    label_ids: IdList | UnsetType = UNSET


class NewDeal(DealProperties, kw_only=True):
    """A deal to create; it starts in the first stage of its pipeline unless a stage is given."""

    title: Name


class DealChanges(DealProperties, kw_only=True):
    """What to change of a deal. ``is_deleted`` is accepted, but deletes nothing."""


class DealsQuery(RecordsQuery):
    """Which deals to list, and in which order."""

    person_id: PersonId | None = None
    org_id: OrganizationId | None = None
    pipeline_id: PipelineId | None = None
    stage_id: StageId | None = None
    status: Statuses | None = None
    sort_by: DealOrder = "id"


class DealFields(RecordFields):
    """What to show of deals."""

    include_fields: MoreFields | None = None


@endpoint("GET /api/v2/deals", group="Deals", scopes=READ, cost=10)
def get_deals(query: DealsQuery, fields: DealFields, page: CursorPaging) -> Page[Deal]:
    """List deals that are not archived."""


@endpoint("POST /api/v2/deals", group="Deals", scopes=WRITE, cost=5)
def post_deals(data: NewDeal) -> Item[Deal]:
    """Create a deal."""


@endpoint("GET /api/v2/deals/archived", group="Deals", scopes=READ, cost=20)
def get_deals_archived(query: DealsQuery, fields: DealFields, page: CursorPaging) -> Page[Deal]:
    """List archived deals."""


@endpoint("DELETE /api/v2/deals/{id}", group="Deals", scopes=WRITE, cost=3)
def delete_deals_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a deal; it is purged after 30 days."""


@endpoint("GET /api/v2/deals/{id}", group="Deals", scopes=READ, cost=1)
def get_deals_by_id(id: RecordId, fields: DealFields) -> Item[Deal]:
    """Get one deal."""


@endpoint("PATCH /api/v2/deals/{id}", group="Deals", scopes=WRITE, cost=5)
def patch_deals_by_id(id: RecordId, data: DealChanges) -> Item[Deal]:
    """Change a deal; only the properties given change."""


@endpoint("POST /api/v2/deals/{id}/duplicate", group="Deals", scopes=WRITE, cost=5, documented=False)
def post_deals_by_id_duplicate(id: RecordId) -> Item[Deal]:
    """Make a copy of a deal, without its activities, notes, files and followers.

    No document of the vendor has it in this version of the API; n8n asks for it.
    """
