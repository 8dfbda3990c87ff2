"""Activities: calls, meetings, tasks and whatever else there is to do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V2Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, RecordId
from dealwright.contract.v2.addresses import Address, NewAddress
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.queries import RecordsQuery
from dealwright.contract.values import (
    MAX_MEMBERS,
    Duration,
    EmailAddress,
    HtmlText,
    Id,
    LongText,
    ShortText,
    TimeOfDay,
    Uuid,
)

READ = frozenset({"activities:full", "activities:read"})
WRITE = frozenset({"activities:full"})

Subject = Annotated[str, Meta(max_length=255)]
TypeKey = Annotated[str, Meta(min_length=1, max_length=255)]

DealId = Annotated[Id, Meta(description="Only activities of this deal.")]
LeadId = Annotated[Uuid, Meta(description="Only activities of this lead.")]
PersonId = Annotated[Id, Meta(description="Only activities whose primary participant is this person.")]
OrganizationId = Annotated[Id, Meta(description="Only activities of this organization.")]
Done = Annotated[bool, Meta(description="Only activities that are done, or only those that are not.")]
ActivityOrder = Annotated[
    Literal["id", "update_time", "add_time", "due_date"], Meta(description="What to sort by; `id` unless given.")
]
MoreFields = Annotated[
    list[Literal["attendees"]],
    Meta(max_length=MAX_MEMBERS, description="What to add to every activity, comma-separated."),
]


class Participant(TypedDict):
    """A person of an activity."""

    person_id: int
    primary: bool


class Attendee(TypedDict):
    """Somebody who is invited to an activity."""

    email: str
    name: str | None
    status: str | None
    is_organizer: bool
    person_id: int | None
    user_id: int | None


class Activity(TypedDict):
    """An activity. ``attendees`` are there on request, by `include_fields`."""

    id: int
    subject: str
    type: str
    owner_id: int
    creator_user_id: int
    is_deleted: bool
    add_time: str
    update_time: str | None
    deal_id: int | None
    lead_id: str | None
    person_id: int | None
    org_id: int | None
    project_id: int | None
    due_date: str | None
    due_time: str | None
    duration: str | None
    busy: bool
    done: bool
    marked_as_done_time: str | None
    location: Address | None
    participants: list[Participant]
    attendees: NotRequired[list[Attendee]]
    conference_meeting_client: str | None
    conference_meeting_url: str | None
    conference_meeting_id: str | None
    public_description: str | None
    priority: int | None
    note: str | None


class NewParticipant(V2Body, kw_only=True):
    """A person to link an activity to."""

    person_id: Id
    primary: bool | UnsetType = UNSET


class NewAttendee(V2Body, kw_only=True):
    """Somebody to invite to an activity."""

    email: Annotated[EmailAddress, Meta(min_length=1)]
    name: ShortText | UnsetType | None = UNSET
    status: ShortText | UnsetType | None = UNSET
    is_organizer: bool | UnsetType = UNSET
    person_id: Id | UnsetType | None = UNSET
    user_id: Id | UnsetType | None = UNSET


class ActivityProperties(V2Body, kw_only=True):
    """What can be written of an activity, whether it is created or changed."""

    subject: Subject | UnsetType = UNSET
    type: TypeKey | UnsetType = UNSET
    owner_id: Id | UnsetType = UNSET
    deal_id: Id | UnsetType | None = UNSET
    lead_id: Uuid | UnsetType | None = UNSET
    person_id: Id | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    project_id: Id | UnsetType | None = UNSET
    due_date: date | UnsetType | None = UNSET
    due_time: TimeOfDay | UnsetType | None = UNSET
    duration: Duration | UnsetType | None = UNSET
    busy: bool | UnsetType | None = UNSET
    done: bool | UnsetType = UNSET
    location: NewAddress | UnsetType | None = UNSET
    participants: Annotated[list[NewParticipant], Meta(max_length=MAX_MEMBERS)] | UnsetType | None = UNSET
    attendees: Annotated[list[NewAttendee], Meta(max_length=MAX_MEMBERS)] | UnsetType | None = UNSET
    public_description: LongText | UnsetType | None = UNSET
    priority: int | UnsetType | None = UNSET
    note: HtmlText | UnsetType | None = UNSET


class NewActivity(ActivityProperties, kw_only=True):
    """An activity to create: by default a call of the caller's, named after its type.

    ``person_id`` cannot be set: it is the primary one of the ``participants``.
    """


class ActivityChanges(ActivityProperties, kw_only=True):
    """What to change of an activity; participants and attendees are replaced as a whole.

    ``person_id`` cannot be set: it is the primary one of the ``participants``.
    """


class ActivitiesQuery(RecordsQuery):
    """Which activities to list, and in which order."""

    deal_id: DealId | None = None
    lead_id: LeadId | None = None
    person_id: PersonId | None = None
    org_id: OrganizationId | None = None
    done: Done | None = None
    sort_by: ActivityOrder = "id"


class ActivityFields(Query):
    """What to show of activities."""

    include_fields: MoreFields | None = None


@endpoint("GET /api/v2/activities", group="Activities", scopes=READ, cost=10)
def get_activities(query: ActivitiesQuery, fields: ActivityFields, page: CursorPaging) -> Page[Activity]:
    """List the activities of all users."""


@endpoint("POST /api/v2/activities", group="Activities", scopes=WRITE, cost=5)
def post_activities(data: NewActivity) -> Item[Activity]:
    """Create an activity."""


@endpoint("DELETE /api/v2/activities/{id}", group="Activities", scopes=WRITE, cost=3)
def delete_activities_by_id(id: RecordId) -> Item[Deleted]:
    """Delete an activity; it is purged after 30 days."""


@endpoint("GET /api/v2/activities/{id}", group="Activities", scopes=READ, cost=1)
def get_activities_by_id(id: RecordId, fields: ActivityFields) -> Item[Activity]:
    """Get one activity."""


@endpoint("PATCH /api/v2/activities/{id}", group="Activities", scopes=WRITE, cost=5)
def patch_activities_by_id(id: RecordId, data: ActivityChanges) -> Item[Activity]:
    """Change an activity; only the properties given change."""
