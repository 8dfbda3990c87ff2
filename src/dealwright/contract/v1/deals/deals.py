"""Deals: the records themselves, in the two shapes that v1 gives them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body, V1Labels, V1RecordBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, FilterId, Ids, OffsetPaging, RecordId, Sort, UserId
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, List, Page, RelatedObjects
from dealwright.contract.v1.queries import CollectionQuery
from dealwright.contract.v1.references import DropBox, OrganizationReference, PersonReference, UserReference
from dealwright.contract.v1.work.activities import Activity
from dealwright.contract.values import Amount, Currency, Flag, Id, IsoTime, Name, Probability, ShortText, VisibleTo

READ = frozenset({"deals:full", "deals:read"})
WRITE = frozenset({"deals:full"})

Status = Literal["open", "won", "lost", "deleted"]

StatusOrAll = Annotated[
    Literal["open", "won", "lost", "deleted", "all_not_deleted"],
    Meta(description="Only deals in this status; `deleted` finds those deleted in the last 30 days."),
]
StageId = Annotated[Id, Meta(description="Only deals in this stage.")]
PipelineId = Annotated[Id, Meta(description="Only deals in this pipeline.")]
PersonId = Annotated[Id, Meta(description="Only deals with this person.")]
OrganizationId = Annotated[Id, Meta(description="Only deals with this organization.")]
ProductId = Annotated[Id, Meta(description="Only deals that this product is attached to.")]
OwnedByYou = Annotated[Flag, Meta(description="1 for the caller's own deals only; `user_id` is then ignored.")]


class CommonDealProperties(TypedDict):
    """What v1 shows of a deal wherever one stands."""

    id: int
    stage_id: int
    title: str
    value: float
    currency: str
    add_time: str
    update_time: str | None
    stage_change_time: str | None
    active: bool
    deleted: bool
    status: Status
    probability: float | None
    next_activity_date: str | None
    next_activity_time: str | None
    next_activity_id: int | None
    last_activity_id: int | None
    last_activity_date: str | None
    lost_reason: str | None
    visible_to: Literal["1", "3", "5", "7"]
    close_time: str | None
    pipeline_id: int
    won_time: str | None
    first_won_time: str | None
    lost_time: str | None
    products_count: int
    files_count: int
    notes_count: int
    followers_count: int
    email_messages_count: int
    activities_count: int
    done_activities_count: int
    undone_activities_count: int
    participants_count: int
    expected_close_date: str | None
    last_incoming_mail_time: str | None
    last_outgoing_mail_time: str | None
    label: str | None


class SharedDealProperties(CommonDealProperties):
    """What both shapes of a deal have in common where it stands alone."""

    is_archived: bool
    archive_time: str | None
    stage_order_nr: int
    person_name: str | None
    org_name: str | None
    next_activity_subject: str | None
    next_activity_type: str | None
    next_activity_duration: str | None
    next_activity_note: str | None
    formatted_value: str
    weighted_value: float
    formatted_weighted_value: str
    weighted_value_currency: str
    rotten_time: str | None
    owner_name: str
    cc_email: str
    org_hidden: bool
    person_hidden: bool
    origin: str
    origin_id: str | None
    channel: int | None
    channel_id: str | None
    acv: float | None
    arr: float | None
    mrr: float | None
    acv_currency: str | None
    arr_currency: str | None
    mrr_currency: str | None


class Deal(SharedDealProperties):
    """A deal, with the records it belongs to embedded. ``label`` holds ids of options, comma-separated."""

    creator_user_id: UserReference
    user_id: UserReference
    person_id: PersonReference | None
    org_id: OrganizationReference | None


class FlatDeal(SharedDealProperties):
    """A deal with plain ids."""

    creator_user_id: int
    user_id: int
    person_id: int | None
    org_id: int | None


class MergedDeal(FlatDeal):
    """What is left of two deals; ``merge_what_id`` is the one that went."""

    merge_what_id: int


class Span(TypedDict):
    """A length of time in calendar units, and the same in seconds."""

    y: int
    m: int
    d: int
    h: int
    i: int
    s: int
    total_seconds: int


class StayInStages(TypedDict):
    """How many seconds a deal stood in each stage (by its id) of its pipeline, and the stages' order."""

    times_in_stages: dict[str, int]
    order_of_stages: list[int]


class DealDetails(Deal):
    """A deal with what only the single record tells."""

    average_time_to_won: Span
    average_stage_progress: float
    age: Span
    stay_in_pipeline_stages: StayInStages
    last_activity: Activity | None
    next_activity: Activity | None


class DealDetailsItem(TypedDict):
    """One deal with its details."""

    success: Literal[True]
    data: DealDetails
    additional_data: DropBox
    related_objects: NotRequired[RelatedObjects | None]


class CollectedDeal(TypedDict):
    """A deal of the collection: plain ids, and only what is cheap to read."""

    id: int
    creator_user_id: int
    user_id: int
    person_id: int | None
    org_id: int | None
    stage_id: int
    title: str
    value: float
    currency: str
    add_time: str
    update_time: str | None
    status: Status
    probability: float | None
    lost_reason: str | None
    visible_to: Literal["1", "3", "5", "7"]
    close_time: str | None
    pipeline_id: int
    won_time: str | None
    lost_time: str | None
    expected_close_date: str | None
    label: str | None


class DealProperties(V1RecordBody, kw_only=True):
    """What can be written of a deal, whether it is created or changed."""

    title: Name | UnsetType = UNSET
    value: Amount | UnsetType | None = UNSET
    label: V1Labels | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET
    user_id: Id | UnsetType = UNSET
    person_id: Id | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    pipeline_id: Id | UnsetType = UNSET
    stage_id: Id | UnsetType = UNSET
    is_archived: bool | UnsetType = UNSET
    archive_time: IsoTime | UnsetType | None = UNSET
    status: Status | UnsetType = UNSET
    channel: int | UnsetType | None = UNSET
    channel_id: ShortText | UnsetType | None = UNSET
    won_time: IsoTime | UnsetType | None = UNSET
    lost_time: IsoTime | UnsetType | None = UNSET
    close_time: IsoTime | UnsetType | None = UNSET
    expected_close_date: date | UnsetType | None = UNSET
    probability: Probability | UnsetType | None = UNSET
    lost_reason: ShortText | UnsetType | None = UNSET
    visible_to: VisibleTo | UnsetType = UNSET


class NewDeal(DealProperties, kw_only=True):
    """A deal to create; it starts in the first stage of its pipeline unless a stage is given."""

    title: Name
    origin_id: ShortText | UnsetType | None = UNSET
    add_time: IsoTime | UnsetType = UNSET


class DealChanges(DealProperties, kw_only=True):
    """What to change of a deal."""


class DealMerge(V1Body, kw_only=True):
    """The deal that stays."""

    merge_with_id: Id


class DealsQuery(Query):
    """Which deals to list, and in which order."""

    user_id: UserId | None = None
    filter_id: FilterId | None = None
    stage_id: StageId | None = None
    status: StatusOrAll = "all_not_deleted"
    sort: Sort | None = None
    owned_by_you: OwnedByYou | None = None


class ArchivedDealsQuery(DealsQuery):
    """Which archived deals to list, and in which order."""

    person_id: PersonId | None = None
    org_id: OrganizationId | None = None
    product_id: ProductId | None = None
    pipeline_id: PipelineId | None = None


class DealCollectionQuery(CollectionQuery):
    """Which deals of the whole company to list."""

    user_id: UserId | None = None
    stage_id: StageId | None = None
    status: Annotated[Status, Meta(description="Only deals in this status.")] | None = None


class LinkedDealsQuery(Query):
    """Which deals of a person or an organization to list, and in which order."""

    status: StatusOrAll = "all_not_deleted"
    sort: Sort | None = None


class BoardQuery(Query):
    """Whose deals on a board to list."""

    filter_id: FilterId | None = None
    user_id: UserId | None = None
    everyone: Annotated[Flag, Meta(description="1 for the deals of all users, whatever else is asked.")] | None = None


@endpoint("GET /v1/deals", group="Deals", scopes=READ, cost=20, deprecated=True, replaced_by="v2.get_deals")
def get_deals(query: DealsQuery, page: OffsetPaging) -> Page[Deal]:
    """List deals that are not archived."""


@endpoint(
    "POST /v1/deals", group="Deals", scopes=WRITE, cost=10, status=201, deprecated=True, replaced_by="v2.post_deals"
)
def post_deals(data: NewDeal) -> Item[Deal]:
    """Create a deal."""


@endpoint(
    "DELETE /v1/deals", group="Deals", scopes=WRITE, cost=10, deprecated=True, replaced_by="v2.delete_deals_by_id"
)
def delete_deals(ids: Ids) -> Item[DeletedMany]:
    """Delete several deals."""


@endpoint(
    "GET /v1/deals/archived",
    group="Deals",
    scopes=READ,
    cost=40,
    deprecated=True,
    replaced_by="v2.get_deals_archived",
)
def get_deals_archived(query: ArchivedDealsQuery, page: OffsetPaging) -> Page[Deal]:
    """List archived deals."""


@endpoint("GET /v1/deals/collection", group="Deals", scopes=READ, cost=10, deprecated=True, replaced_by="v2.get_deals")
def get_deals_collection(query: DealCollectionQuery, page: CursorPaging) -> CursorPage[CollectedDeal]:
    """List the deals of the whole company, in a short form; for global admins only."""


@endpoint("GET /v1/deals/{id}", group="Deals", scopes=READ, cost=2, deprecated=True, replaced_by="v2.get_deals_by_id")
def get_deals_by_id(id: RecordId) -> DealDetailsItem:
    """Get one deal, with its age, its time in each stage and its next and last activity."""


@endpoint(
    "PUT /v1/deals/{id}", group="Deals", scopes=WRITE, cost=10, deprecated=True, replaced_by="v2.patch_deals_by_id"
)
def put_deals_by_id(id: RecordId, data: DealChanges) -> Item[Deal]:
    """Change a deal; only the properties given change."""


@endpoint(
    "DELETE /v1/deals/{id}", group="Deals", scopes=WRITE, cost=6, deprecated=True, replaced_by="v2.delete_deals_by_id"
)
def delete_deals_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a deal; it is purged after 30 days."""


@endpoint("POST /v1/deals/{id}/duplicate", group="Deals", scopes=WRITE, cost=10)
def post_deals_by_id_duplicate(id: RecordId) -> Item[FlatDeal]:
    """Make a copy of a deal, without its activities, notes, files and followers."""


@endpoint("PUT /v1/deals/{id}/merge", group="Deals", scopes=WRITE, cost=40)
def put_deals_by_id_merge(id: RecordId, data: DealMerge) -> Item[MergedDeal]:
    """Merge a deal into another one, which stays.

    Where both have a value, that of the deal that stays wins. This cannot be undone.
    """


@endpoint("GET /v1/deals/{id}/permittedUsers", group="Deals", scopes=READ, cost=10)
def get_deals_by_id_permitted_users(id: RecordId) -> List[int]:
    """List the ids of the users who may see a deal."""
