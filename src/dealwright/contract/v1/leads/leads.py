"""Leads: what may become a deal."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body, V1RecordBody
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import FilterId, OffsetPaging, OwnerId, RecordUuid, Since
from dealwright.contract.v1.envelopes import Item, List, Page
from dealwright.contract.values import MAX_MEMBERS, Currency, Id, Name, ShortText, SortText, Uuid, VisibleTo

READ = frozenset({"leads:full", "leads:read"})
WRITE = frozenset({"leads:full"})

PersonId = Annotated[Id, Meta(description="Only leads of this person.")]
OrganizationId = Annotated[Id, Meta(description="Only leads of this organization.")]
LeadOrder = Annotated[
    SortText,
    Meta(
        description="What to sort by, as `field ASC, other_field DESC`: `id`, `title`, `owner_id`, `creator_id`, "
        "`was_seen`, `expected_close_date`, `next_activity_id`, `add_time` or `update_time`; the oldest first unless given."
    ),
]


class LeadWorth(TypedDict):
    """What a lead may be worth."""

    amount: float
    currency: str


class Lead(TypedDict):
    """A lead; custom fields are there only when they hold something."""

    id: str
    title: str
    owner_id: int
    creator_id: int
    label_ids: list[str]
    person_id: int | None
    organization_id: int | None
    source_name: str
    origin: str
    origin_id: str | None
    channel: int | None
    channel_id: str | None
    source_deal_id: int | None
    is_archived: bool
    was_seen: bool
    value: LeadWorth | None
    expected_close_date: str | None
    next_activity_id: int | None
    add_time: str
    update_time: str
    visible_to: Literal["1", "3", "5", "7"]
    cc_email: str


class DeletedLead(TypedDict):
    """What a delete leaves: the id."""

    id: str


class LeadValue(V1Body, kw_only=True):
    """What a lead may be worth: both are needed."""

    amount: float
    currency: Currency


class LeadProperties(V1RecordBody, kw_only=True):
    """What can be written of a lead, whether it is created or changed."""

    title: Name | UnsetType | None = UNSET
    owner_id: Id | UnsetType = UNSET
    label_ids: Annotated[list[Uuid], Meta(max_length=MAX_MEMBERS)] | UnsetType = UNSET
    person_id: Id | UnsetType | None = UNSET
    organization_id: Id | UnsetType | None = UNSET
    value: LeadValue | UnsetType | None = UNSET
    expected_close_date: date | UnsetType | None = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    was_seen: bool | UnsetType = UNSET
    channel: int | UnsetType | None = UNSET
    channel_id: ShortText | UnsetType | None = UNSET


class NewLead(LeadProperties, kw_only=True):
    """A lead to create; it needs a person or an organization."""

    title: Name
    origin_id: ShortText | UnsetType | None = UNSET


class LeadChanges(LeadProperties, kw_only=True):
    """What to change of a lead; a person or an organization must remain."""

    is_archived: bool | UnsetType = UNSET


class LeadsQuery(Query):
    """Which leads to list, and in which order."""

    owner_id: OwnerId | None = None
    person_id: PersonId | None = None
    organization_id: OrganizationId | None = None
    filter_id: FilterId | None = None
    updated_since: Since | None = None
    sort: LeadOrder | None = None


@endpoint("GET /v1/leads", group="Leads", scopes=READ, cost=20)
def get_leads(query: LeadsQuery, page: OffsetPaging) -> Page[Lead]:
    """List leads that are not archived."""


@endpoint("POST /v1/leads", group="Leads", scopes=WRITE, cost=10, status=201)
def post_leads(data: NewLead) -> Item[Lead]:
    """Create a lead."""


@endpoint("GET /v1/leads/archived", group="Leads", scopes=READ, cost=40)
def get_leads_archived(query: LeadsQuery, page: OffsetPaging) -> Page[Lead]:
    """List archived leads."""


@endpoint("GET /v1/leads/{id}", group="Leads", scopes=READ, cost=2)
def get_leads_by_id(id: RecordUuid) -> Item[Lead]:
    """Get one lead."""


@endpoint("PATCH /v1/leads/{id}", group="Leads", scopes=WRITE, cost=10)
def patch_leads_by_id(id: RecordUuid, data: LeadChanges) -> Item[Lead]:
    """Change a lead; only the properties given change."""


@endpoint("PUT /v1/leads/{id}", group="Leads", scopes=WRITE, cost=10, documented=False)
def put_leads_by_id(id: RecordUuid, data: LeadChanges) -> Item[Lead]:
    """Change a lead; only the properties given change.

    The vendor's documents have PATCH only; n8n sends PUT, as for all else in v1.
    """


@endpoint("DELETE /v1/leads/{id}", group="Leads", scopes=WRITE, cost=6)
def delete_leads_by_id(id: RecordUuid) -> Item[DeletedLead]:
    """Delete a lead."""


@endpoint("GET /v1/leads/{id}/permittedUsers", group="Leads", scopes=READ, cost=10)
def get_leads_by_id_permitted_users(id: RecordUuid) -> List[int]:
    """List the ids of the users who may see a lead."""
