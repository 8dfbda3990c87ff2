"""Persons: the people one deals with."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body, V2RecordBody
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.addresses import Address, NewAddress
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.queries import Label, RecordFields, RecordsQuery
from dealwright.contract.values import (
    MAX_CONTACT_VALUES,
    MAX_MEMBERS,
    HtmlText,
    Id,
    IdList,
    Json,
    Name,
    PartOfName,
    Rfc3339Time,
    ShortText,
    VisibleTo,
)

READ = frozenset({"contacts:full", "contacts:read"})
WRITE = frozenset({"contacts:full"})

MarketingStatus = Literal["no_consent", "unsubscribed", "subscribed", "archived"]

OrganizationId = Annotated[Id, Meta(description="Only persons of this organization.")]
DealId = Annotated[Id, Meta(description="Only persons of this deal.")]
PersonOrder = Annotated[
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
            "participant_open_deals_count",
            "participant_closed_deals_count",
            "email_messages_count",
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
            "last_incoming_mail_time",
            "last_outgoing_mail_time",
            "marketing_status",
            "doi_status",
        ]
    ],
    Meta(max_length=MAX_MEMBERS, description="What to add to every person, comma-separated."),
]


class ContactValue(TypedDict):
    """An e-mail address, a phone number or the name in a messenger."""

    value: str
    primary: bool
    label: str


class Person(TypedDict):
    """A person.

    ``postal_address``, ``notes``, ``im``, ``birthday`` and ``job_title`` are there once the company has set up the
    synchronization of contacts, the counts and what follows them on request, by `include_fields`.
    """

    id: int
    name: str
    first_name: str | None
    last_name: str | None
    owner_id: int
    org_id: int | None
    add_time: str
    update_time: str | None
    emails: list[ContactValue]
    phones: list[ContactValue]
    is_deleted: bool
    visible_to: VisibleTo
    label_ids: list[int]
    picture_id: int | None
    custom_fields: dict[str, Json]
    labels: NotRequired[list[Label]]
    postal_address: NotRequired[Address | None]
    notes: NotRequired[str | None]
    im: NotRequired[list[ContactValue]]
    birthday: NotRequired[str | None]
    job_title: NotRequired[str | None]
    next_activity_id: NotRequired[int | None]
    last_activity_id: NotRequired[int | None]
    open_deals_count: NotRequired[int]
    related_open_deals_count: NotRequired[int]
    closed_deals_count: NotRequired[int]
    related_closed_deals_count: NotRequired[int]
    participant_open_deals_count: NotRequired[int]
    participant_closed_deals_count: NotRequired[int]
    email_messages_count: NotRequired[int]
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
    last_incoming_mail_time: NotRequired[str | None]
    last_outgoing_mail_time: NotRequired[str | None]
    marketing_status: NotRequired[MarketingStatus]
    doi_status: NotRequired[int | str | None]


class NewContactValue(V2Body, kw_only=True):
    """An e-mail address, a phone number or the like; the first is the primary one unless another is."""

    value: ShortText
    primary: bool | UnsetType = UNSET
    label: ShortText | UnsetType | None = UNSET


ContactValues = Annotated[list[NewContactValue], Meta(max_length=MAX_CONTACT_VALUES)]
"""Several addresses or numbers."""


class PersonProperties(V2RecordBody, kw_only=True):
    """What can be written of a person, whether it is created or changed."""

    name: Name | UnsetType = UNSET
    first_name: PartOfName | UnsetType | None = UNSET
    last_name: PartOfName | UnsetType | None = UNSET
    owner_id: Id | UnsetType = UNSET
    org_id: Id | UnsetType | None = UNSET
    add_time: Rfc3339Time | UnsetType = UNSET
    update_time: Rfc3339Time | UnsetType = UNSET
    emails: ContactValues | UnsetType | None = UNSET
    phones: ContactValues | UnsetType | None = UNSET
    visible_to: VisibleTo | UnsetType = UNSET
    label_ids: IdList | UnsetType | None = UNSET
    marketing_status: MarketingStatus | UnsetType = UNSET
    postal_address: NewAddress | UnsetType | None = UNSET
    notes: HtmlText | UnsetType | None = UNSET
    im: ContactValues | UnsetType | None = UNSET
    birthday: date | UnsetType | None = UNSET
    job_title: ShortText | UnsetType | None = UNSET


class NewPerson(PersonProperties, kw_only=True):
    """A person to create.

    It needs a name: as a whole, or as ``first_name`` and ``last_name``, of which one may be empty.
    """


class PersonChanges(PersonProperties, kw_only=True):
    """What to change of a person; addresses and numbers are replaced as a whole."""


class PersonsQuery(RecordsQuery):
    """Which persons to list, and in which order."""

    org_id: OrganizationId | None = None
    deal_id: DealId | None = None
    sort_by: PersonOrder = "id"


class PersonFields(RecordFields):
    """What to show of persons."""

    include_fields: MoreFields | None = None


@endpoint("GET /api/v2/persons", group="Persons", scopes=READ, cost=10)
def get_persons(query: PersonsQuery, fields: PersonFields, page: CursorPaging) -> Page[Person]:
    """List persons."""


@endpoint("POST /api/v2/persons", group="Persons", scopes=WRITE, cost=5)
def post_persons(data: NewPerson) -> Item[Person]:
    """Create a person."""


@endpoint("DELETE /api/v2/persons/{id}", group="Persons", scopes=WRITE, cost=3)
def delete_persons_by_id(id: RecordId) -> Item[Deleted]:
    """Delete a person; it is purged after 30 days."""


@endpoint("GET /api/v2/persons/{id}", group="Persons", scopes=READ, cost=1)
def get_persons_by_id(id: RecordId, fields: PersonFields) -> Item[Person]:
    """Get one person."""


@endpoint("PATCH /api/v2/persons/{id}", group="Persons", scopes=WRITE, cost=5)
def patch_persons_by_id(id: RecordId, data: PersonChanges) -> Item[Person]:
    """Change a person; only the properties given change."""
