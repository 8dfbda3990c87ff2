"""Organizations: the companies one deals with."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2RecordBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.addresses import Address, NewAddress
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.queries import Label, RecordFields, RecordsQuery
from dealwright.contract.values import MAX_MEMBERS, Id, IdList, Json, Name, Rfc3339Time, ShortText, VisibleTo

READ = frozenset({"contacts:full", "contacts:read"})
WRITE = frozenset({"contacts:full"})

OrganizationOrder = Annotated[
    Literal["id", "update_time", "add_time"], Meta(description="What to sort by; `id` unless given.")
]
MoreFields = Annotated[
    list[
        Literal[
            "next_activity_id",
            "last_activity_id",
            "open_deals_count",
            "related_open_deals_count",
            "closed_deals_count",
            "related_closed_deals_count",
            "email_messages_count",
            "people_count",
            "activities_count",
            "done_activities_count",
            "undone_activities_count",
            "files_count",
            "notes_count",
            "followers_count",
            "won_deals_count",
            "related_won_deals_count",
            "lost_deals_count",
            "related_lost_deals_count",
        ]
    ],
    Meta(max_length=MAX_MEMBERS, description="What to add to every organization, comma-separated."),
]


Industry = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Revenue = Annotated[int, Meta(ge=0, le=2**53 - 1)]
EmployeeCount = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Organization(TypedDict):
    """An organization. What is not always there comes on request, by `include_fields`.

    ``industry`` is an option of the field of that name.
    """

    id: int
    name: str
    owner_id: int
    add_time: str
    update_time: str | None
    address: Address | None
    is_deleted: bool
    visible_to: VisibleTo
    label_ids: list[int]
    website: str | None
    linkedin: str | None
    industry: int | None
    annual_revenue: int | None
    employee_count: int | None
    custom_fields: dict[str, Json]
    labels: NotRequired[list[Label]]
    next_activity_id: NotRequired[int | None]
    last_activity_id: NotRequired[int | None]
    open_deals_count: NotRequired[int]
    related_open_deals_count: NotRequired[int]
    closed_deals_count: NotRequired[int]
    related_closed_deals_count: NotRequired[int]
    email_messages_count: NotRequired[int]
    people_count: NotRequired[int]
    activities_count: NotRequired[int]
    done_activities_count: NotRequired[int]
    undone_activities_count: NotRequired[int]
    files_count: NotRequired[int]
    notes_count: NotRequired[int]
    followers_count: NotRequired[int]
    won_deals_count: NotRequired[int]
    related_won_deals_count: NotRequired[int]
    lost_deals_count: NotRequired[int]
    related_lost_deals_count: NotRequired[int]


class OrganizationProperties(V2RecordBody, kw_only=True):
    """What can be written of an organization, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    owner_id: Id | UnsetType = UNSET
    add_time: Rfc3339Time | UnsetType = UNSET
    update_time: Rfc3339Time | UnsetType = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    label_ids: IdList | UnsetType | None = UNSET
    address: NewAddress | UnsetType | None = UNSET
    website: ShortText | UnsetType | None = UNSET
    linkedin: ShortText | UnsetType | None = UNSET
    industry: Industry | UnsetType | None = UNSET
    annual_revenue: Revenue | UnsetType | None = UNSET
    employee_count: EmployeeCount | UnsetType | None = UNSET


class NewOrganization(OrganizationProperties, kw_only=True):
    """An organization to create."""

    name: Name


class OrganizationChanges(OrganizationProperties, kw_only=True):
    """What to change of an organization."""


class OrganizationsQuery(RecordsQuery):
    """Which organizations to list, and in which order."""

    sort_by: OrganizationOrder = "id"


class OrganizationFields(RecordFields):
    """What to show of organizations."""

    include_fields: MoreFields | None = None


@endpoint("GET /api/v2/organizations", group="Organizations", scopes=READ, cost=10)
def get_organizations(query: OrganizationsQuery, fields: OrganizationFields, page: CursorPaging) -> Page[Organization]:
    """List organizations."""


@endpoint("POST /api/v2/organizations", group="Organizations", scopes=WRITE, cost=5)
def post_organizations(data: NewOrganization) -> Item[Organization]:
    """Create an organization."""


@endpoint("DELETE /api/v2/organizations/{id}", group="Organizations", scopes=WRITE, cost=3)
def delete_organizations_by_id(id: RecordId) -> Item[Deleted]:
    """Delete an organization; it is purged after 30 days."""


@endpoint("GET /api/v2/organizations/{id}", group="Organizations", scopes=READ, cost=1)
def get_organizations_by_id(id: RecordId, fields: OrganizationFields) -> Item[Organization]:
    """Get one organization."""


@endpoint("PATCH /api/v2/organizations/{id}", group="Organizations", scopes=WRITE, cost=5)
def patch_organizations_by_id(id: RecordId, data: OrganizationChanges) -> Item[Organization]:
    """Change an organization; only the properties given change."""
