"""Activities: calls, meetings, tasks and whatever else there is to do."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import UNSET, Meta, UnsetType

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import Query, endpoint
from dealwright.contract.parameters import CursorPaging, FilterId, Ids, OffsetPaging, RecordId, UserId
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, Page, RelatedObjects
from dealwright.contract.v1.queries import CollectionQuery
from dealwright.contract.values import (
    MAX_MEMBERS,
    DurationOrNone,
    EmailAddress,
    Flag,
    HtmlText,
    Id,
    IdList,
    LongText,
    ShortText,
    TimeOfDayOrNone,
    Uuid,
)

READ = frozenset({"activities:full", "activities:read"})
WRITE = frozenset({"activities:full"})

Subject = Annotated[str, Meta(max_length=255)]
TypeKey = Annotated[str, Meta(min_length=1, max_length=255)]

AssignedTo = Annotated[
    int, Meta(ge=0, description="Only what is assigned to this user: the caller unless given; 0 for everybody.")
]
Types = Annotated[
    list[ShortText],
    Meta(
        max_length=MAX_MEMBERS,
        description="Only activities of these types, by the `key_string` of the type, comma-separated.",
    ),
]
Done = Annotated[Flag, Meta(description="1 for activities that are done, 0 for those that are not.")]
Excluded = Annotated[IdList, Meta(description="Ids of activities to leave out, comma-separated.")]


class Participant(TypedDict):
    """A person of an activity."""

    person_id: int
    primary_flag: bool


class Attendee(TypedDict):
    """Somebody who is invited to an activity."""

    email_address: str
    name: str | None
    person_id: int | None
    user_id: int | None
    is_organizer: Flag
    status: str | None


class ActivityFile(TypedDict):
    """The newest file on an activity, such as the recording of a call."""

    id: str
    clean_name: str
    url: str


class CollectedActivity(TypedDict):
    """An activity of the collection: only what is cheap to read."""

    id: int
    company_id: int
    user_id: int
    done: bool
    type: str
    conference_meeting_client: str | None
    conference_meeting_url: str | None
    conference_meeting_id: str | None
    due_date: str | None
    due_time: str
    duration: str
    busy_flag: bool | None
    add_time: str
    marked_as_done_time: str
    subject: str
    public_description: str | None
    location: str | None
    org_id: int | None
    person_id: int | None
    deal_id: int | None
    lead_id: str | None
    project_id: int | None
    active_flag: bool
    update_time: str | None
    update_user_id: int | None
    source_timezone: str | None
    location_subpremise: str | None
    location_street_number: str | None
    location_route: str | None
    location_sublocality: str | None
    location_locality: str | None
    location_admin_area_level_1: str | None
    location_admin_area_level_2: str | None
    location_country: str | None
    location_postal_code: str | None
    location_formatted_address: str | None


class Activity(CollectedActivity):
    """An activity. ``due_time``, ``duration`` and ``marked_as_done_time`` are empty texts when there is none."""

    reference_type: str | None
    reference_id: int | None
    last_notification_time: str | None
    last_notification_user_id: int | None
    notification_language_id: int | None
    calendar_sync_include_context: str | None
    gcal_event_id: str | None
    google_calendar_id: str | None
    google_calendar_etag: str | None
    rec_rule: str | None
    rec_rule_extension: str | None
    rec_master_activity_id: int | None
    series: list[int]
    note: str | None
    created_by_user_id: int
    attendees: list[Attendee] | None
    participants: list[Participant] | None
    org_name: str | None
    person_name: str | None
    deal_title: str | None
    owner_name: str
    person_dropbox_bcc: str | None
    deal_dropbox_bcc: str | None
    assigned_to_user_id: int
    file: ActivityFile | None


class SavedActivityInfo(TypedDict):
    """Whether more is to be done with the same deal, person or organization, and the entry in their flow."""

    more_activities_scheduled_in_context: bool
    updates_story_id: NotRequired[int]


class SavedActivityItem(TypedDict):
    """An activity after it was created or changed."""

    success: Literal[True]
    data: Activity
    additional_data: SavedActivityInfo
    related_objects: NotRequired[RelatedObjects | None]


class NewParticipant(V1Body, kw_only=True):
    """A person to link an activity to."""

    person_id: Id
    primary_flag: bool | UnsetType = UNSET


class NewAttendee(V1Body, kw_only=True):
    """Somebody to invite to an activity."""

    email_address: Annotated[EmailAddress, Meta(min_length=1)]
    name: ShortText | UnsetType | None = UNSET
    person_id: Id | UnsetType | None = UNSET
    user_id: Id | UnsetType | None = UNSET
    is_organizer: bool | UnsetType = UNSET
    status: ShortText | UnsetType | None = UNSET


class ActivityProperties(V1Body, kw_only=True):
    """What can be written of an activity, whether it is created or changed."""

    due_date: date | UnsetType | None = UNSET
    # v1 writes an unset time as an empty text, and clients send it back that way.
    due_time: TimeOfDayOrNone | UnsetType | None = UNSET
    duration: DurationOrNone | UnsetType | None = UNSET
    deal_id: Id | UnsetType | None = UNSET
    lead_id: Uuid | UnsetType | None = UNSET
    person_id: Id | UnsetType | None = UNSET
    project_id: Id | UnsetType | None = UNSET
    org_id: Id | UnsetType | None = UNSET
    location: LongText | UnsetType | None = UNSET
    location_subpremise: ShortText | UnsetType | None = UNSET
    location_street_number: ShortText | UnsetType | None = UNSET
    location_route: ShortText | UnsetType | None = UNSET
    location_sublocality: ShortText | UnsetType | None = UNSET
    location_locality: ShortText | UnsetType | None = UNSET
    location_admin_area_level_1: ShortText | UnsetType | None = UNSET
    location_admin_area_level_2: ShortText | UnsetType | None = UNSET
    location_country: ShortText | UnsetType | None = UNSET
    location_postal_code: ShortText | UnsetType | None = UNSET
    location_formatted_address: LongText | UnsetType | None = UNSET
    public_description: LongText | UnsetType | None = UNSET
    note: HtmlText | UnsetType | None = UNSET
    subject: Subject | UnsetType | None = UNSET
    type: TypeKey | UnsetType = UNSET
    user_id: Id | UnsetType = UNSET
    participants: Annotated[list[NewParticipant], Meta(max_length=MAX_MEMBERS)] | UnsetType | None = UNSET
    busy_flag: bool | UnsetType | None = UNSET
    attendees: Annotated[list[NewAttendee], Meta(max_length=MAX_MEMBERS)] | UnsetType | None = UNSET
    done: bool | UnsetType = UNSET


class NewActivity(ActivityProperties, kw_only=True):
    """An activity to create: by default a call of the caller's, named after its type.

    ``participants`` beat ``person_id``, which makes a single primary participant.
    """


class ActivityChanges(ActivityProperties, kw_only=True):
    """What to change of an activity; participants and attendees are replaced as a whole."""


class ActivitiesQuery(Query):
    """Which activities to list."""

    user_id: AssignedTo | None = None
    filter_id: FilterId | None = None
    type: Types | None = None
    start_date: Annotated[date, Meta(description="Only activities due on this day or later.")] | None = None
    end_date: Annotated[date, Meta(description="Only activities due on this day or earlier.")] | None = None
    done: Done | None = None


class ActivityCollectionQuery(CollectionQuery):
    """Which activities of the whole company to list."""

    user_id: UserId | None = None
    done: Annotated[bool, Meta(description="Only activities that are done, or only those that are not.")] | None = None
    type: Types | None = None


@endpoint(
    "DELETE /v1/activities",
    group="Activities",
    scopes=WRITE,
    cost=10,
    deprecated=True,
    replaced_by="v2.delete_activities_by_id",
)
def delete_activities(ids: Ids) -> Item[DeletedMany]:
    """Delete several activities."""


@endpoint(
    "GET /v1/activities", group="Activities", scopes=READ, cost=20, deprecated=True, replaced_by="v2.get_activities"
)
def get_activities(query: ActivitiesQuery, page: OffsetPaging) -> Page[Activity]:
    """List the activities of a user: the caller's own unless asked otherwise."""


@endpoint(
    "POST /v1/activities",
    group="Activities",
    scopes=WRITE,
    cost=10,
    status=201,
    deprecated=True,
    replaced_by="v2.post_activities",
)
def post_activities(data: NewActivity) -> SavedActivityItem:
    """Create an activity."""


@endpoint(
    "GET /v1/activities/collection",
    group="Activities",
    scopes=READ,
    cost=10,
    deprecated=True,
    replaced_by="v2.get_activities",
)
def get_activities_collection(query: ActivityCollectionQuery, page: CursorPaging) -> CursorPage[CollectedActivity]:
    """List the activities of the whole company, in a short form; for global admins only."""


@endpoint(
    "DELETE /v1/activities/{id}",
    group="Activities",
    scopes=WRITE,
    cost=6,
    deprecated=True,
    replaced_by="v2.delete_activities_by_id",
)
def delete_activities_by_id(id: RecordId) -> Item[Deleted]:
    """Delete an activity; it is purged after 30 days."""


@endpoint(
    "GET /v1/activities/{id}",
    group="Activities",
    scopes=READ,
    cost=2,
    deprecated=True,
    replaced_by="v2.get_activities_by_id",
)
def get_activities_by_id(id: RecordId) -> Item[Activity]:
    """Get one activity."""


@endpoint(
    "PUT /v1/activities/{id}",
    group="Activities",
    scopes=WRITE,
    cost=10,
    deprecated=True,
    replaced_by="v2.patch_activities_by_id",
)
def put_activities_by_id(id: RecordId, data: ActivityChanges) -> SavedActivityItem:
    """Change an activity; only the properties given change."""
