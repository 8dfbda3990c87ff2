"""Activities: lists, single records, changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dealwright.contract.parameters import CursorPaging, OffsetPaging
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.references import ActivityShare
from dealwright.contract.v1.work import activities as contract
from dealwright.contract.v1.work.activities import (
    ActivitiesQuery,
    ActivityChanges,
    ActivityCollectionQuery,
    NewActivity,
    SavedActivityItem,
)
from dealwright.contract.v1.work.record_activities import ActivitiesPage
from dealwright.crm.correspondence import smart_bcc
from dealwright.crm.kernel import access, changes, pages, records
from dealwright.crm.kernel.criteria import Criteria
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads
from dealwright.crm.work import activities, activity_participants
from dealwright.crm.work.activities import ActivityValues
from dealwright.crm.work.activity_distribution import ActivityCount
from dealwright.crm.work.activity_participants import Participant
from dealwright.crm.work.model import ACTIVITY, Activity
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v1 import envelopes
from dealwright.server.v1.embedded_records import EmbeddedRecords
from dealwright.server.v1.values import address, join_address

_NAMES = {"user_id": "owner_id", "busy_flag": "busy"}

Participants = Mapping[int, Sequence[Participant]]
"""The participants of activities, by the id of the activity."""


def list_page(
    crm: UnitOfWork, criteria: Criteria, page: OffsetPaging, counts: Sequence[ActivityCount]
) -> ActivitiesPage:
    """Returns a page of the activities of a record, and the distribution of all of them over users."""
    found = _page(crm, criteria, page)
    return {
        "success": True,
        "data": found["data"],
        "additional_data": {**found["additional_data"], "activity_distribution": _distribution(crm, counts)},
        "related_objects": found["related_objects"],
    }


def show_one(crm: UnitOfWork, activity: Activity) -> contract.Activity:
    """Returns an activity as v1 writes it inside another answer."""
    return show_all(crm, [activity])[0]


def show_all(
    crm: UnitOfWork, found: Sequence[Activity], participants: Participants | None = None
) -> list[contract.Activity]:
    """Returns activities as v1 writes them inside other answers. Their participants are read unless given."""
    known = (
        activity_participants.for_activities(crm, [activity.id for activity in found])
        if participants is None
        else participants
    )
    references = _references(crm, found, known)
    return [show(crm, activity, references, known) for activity in found]


def show(
    crm: UnitOfWork, activity: Activity, references: EmbeddedRecords, participants: Participants
) -> contract.Activity:
    """Returns an activity as v1 writes it. Unset times are empty texts, other unset properties are null."""
    person_id, deal_id = activity.person_id, activity.deal_id
    return {
        **show_collected(crm, activity),
        "reference_type": None,
        "reference_id": None,
        "last_notification_time": None,
        "last_notification_user_id": None,
        "notification_language_id": crm.company_data.users[activity.owner_id].lang,
        "calendar_sync_include_context": None,
        "gcal_event_id": None,
        "google_calendar_id": None,
        "google_calendar_etag": None,
        "rec_rule": None,
        "rec_rule_extension": None,
        "rec_master_activity_id": None,
        "series": [],
        "note": activity.note,
        "created_by_user_id": activity.creator_user_id,
        "attendees": [_show_attendee(attendee) for attendee in loads(activity.attendees)] or None,
        "participants": [
            {"person_id": participant.person_id, "primary_flag": participant.is_primary}
            for participant in participants.get(activity.id, [])
        ]
        or None,
        "org_name": references.organization_name(activity.org_id),
        "person_name": references.person_name(person_id),
        "deal_title": references.deal_title(deal_id),
        "owner_name": crm.company_data.users[activity.owner_id].name,
        "person_dropbox_bcc": smart_bcc.address(crm) if person_id else None,
        "deal_dropbox_bcc": smart_bcc.address(crm, deal_id) if deal_id else None,
        "assigned_to_user_id": activity.owner_id,
        "file": references.activity_file(activity.id),
    }


def show_collected(crm: UnitOfWork, activity: Activity) -> contract.CollectedActivity:
    """Returns an activity as the collection of activities shows it."""
    location = address("location", activity.location)
    return {
        "id": activity.id,
        "company_id": crm.company.id,
        "user_id": activity.owner_id,
        "done": activity.done,
        "type": activity.type,
        "conference_meeting_client": activity.conference_meeting_client,
        "conference_meeting_url": activity.conference_meeting_url,
        "conference_meeting_id": activity.conference_meeting_id,
        "due_date": activity.due_date,
        "due_time": _without_seconds(activity.due_time),
        "duration": _without_seconds(activity.duration),
        "busy_flag": activity.busy,
        "add_time": activity.add_time,
        "marked_as_done_time": activity.marked_as_done_time or "",
        "subject": activity.subject,
        "public_description": activity.public_description,
        "location": location["location"],
        "org_id": activity.org_id,
        "person_id": activity.person_id,
        "deal_id": activity.deal_id,
        "lead_id": activity.lead_id,
        "project_id": activity.project_id,
        "active_flag": not activity.is_deleted,
        "update_time": activity.update_time,
        "update_user_id": activity.update_user_id,
        "source_timezone": None,
        "location_subpremise": location["location_subpremise"],
        "location_street_number": location["location_street_number"],
        "location_route": location["location_route"],
        "location_sublocality": location["location_sublocality"],
        "location_locality": location["location_locality"],
        "location_admin_area_level_1": location["location_admin_area_level_1"],
        "location_admin_area_level_2": location["location_admin_area_level_2"],
        "location_country": location["location_country"],
        "location_postal_code": location["location_postal_code"],
        "location_formatted_address": location["location_formatted_address"],
    }


@implements(contract.delete_activities)
def delete_activities(crm: UnitOfWork, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(activities.delete(crm, ids))


@implements(contract.get_activities)
def get_activities(crm: UnitOfWork, query: ActivitiesQuery, page: OffsetPaging) -> Page[contract.Activity]:
    # A filter finds the activities of all users, unless a user is given too.
    owner_id = crm.actor.id if query.user_id is None and query.filter_id is None else query.user_id or None
    criteria: Criteria = activities.criteria(
        crm,
        owner_id=owner_id,
        types=query.type,
        due_from=query.start_date,
        due_until=query.end_date,
        done=None if query.done is None else query.done == 1,
    )
    if query.filter_id is not None:
        criteria = [*criteria, *activities.criteria(crm, filter_id=query.filter_id)]
    return _page(crm, criteria, page)


def _prepare_new(_preparation: Preparation, data: NewActivity) -> ActivityValues:
    return activities.prepare(_values(data))


def _prepare_changes(_preparation: Preparation, id: int, data: ActivityChanges) -> ActivityValues:
    return activities.prepare(_values(data))


@implements(contract.post_activities, prepare=_prepare_new)
def post_activities(crm: UnitOfWork, values: ActivityValues, data: NewActivity) -> SavedActivityItem:
    return _show_saved(crm, activities.create(crm, _with_location(crm, values)))


@implements(contract.get_activities_collection)
def get_activities_collection(
    crm: UnitOfWork, query: ActivityCollectionQuery, page: CursorPaging
) -> CursorPage[contract.CollectedActivity]:
    access.require_global_admin(crm)
    criteria = activities.criteria(
        crm,
        owner_id=query.user_id,
        types=query.type,
        done=query.done,
        updated_since=query.since,
        updated_until=query.until,
    )
    found = pages.select_by_cursor(crm, ACTIVITY, criteria, page)
    return envelopes.cursor_page(found, lambda activity: show_collected(crm, activity))


@implements(contract.delete_activities_by_id)
def delete_activities_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    activities.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_activities_by_id)
def get_activities_by_id(crm: UnitOfWork, id: int) -> Item[contract.Activity]:
    activity = records.get(crm, ACTIVITY, id, deleted=True)
    participants = activity_participants.for_activities(crm, [id])
    references = _references(crm, [activity], participants)
    return envelopes.item(show(crm, activity, references, participants), related=references.related())


@implements(contract.put_activities_by_id, prepare=_prepare_changes)
def put_activities_by_id(crm: UnitOfWork, values: ActivityValues, id: int, data: ActivityChanges) -> SavedActivityItem:
    return _show_saved(crm, activities.update(crm, id, _with_location(crm, values, id)))


def _page(crm: UnitOfWork, criteria: Criteria, page: OffsetPaging) -> Page[contract.Activity]:
    found = pages.select_by_offset(crm, ACTIVITY, criteria, page)
    participants = activity_participants.for_activities(crm, [activity.id for activity in found.items])
    references = _references(crm, found.items, participants)
    return envelopes.page(found, lambda activity: show(crm, activity, references, participants), references.related())


def _show_saved(crm: UnitOfWork, activity: Activity) -> SavedActivityItem:
    participants = activity_participants.for_activities(crm, [activity.id])
    references = _references(crm, [activity], participants)
    return {
        "success": True,
        "data": show(crm, activity, references, participants),
        "additional_data": {
            "more_activities_scheduled_in_context": activities.has_more_scheduled(crm, activity),
            "updates_story_id": changes.latest_id(crm, "activity", activity.id),
        },
        "related_objects": references.related(),
    }


def _references(crm: UnitOfWork, found: Sequence[Activity], participants: Participants) -> EmbeddedRecords:
    return EmbeddedRecords(
        crm,
        users=[id for activity in found for id in (activity.owner_id, activity.creator_user_id)],
        persons=[participant.person_id for people in participants.values() for participant in people],
        organizations=[activity.org_id for activity in found],
        deals=[activity.deal_id for activity in found],
        activities=[activity.id for activity in found],
    )


def _distribution(crm: UnitOfWork, shares: Sequence[ActivityCount]) -> dict[str, ActivityShare]:
    total = sum(share.activities for share in shares)
    spread: dict[str, ActivityShare] = {}
    for share in shares:
        empty: ActivityShare = {
            "activities": {},
            "name": crm.company_data.users[share.owner_id].name,
            "activity_count": 0,
            "share": 0,
        }
        user_share = spread.setdefault(str(share.owner_id), empty)
        user_share["activities"][share.type] = share.activities
        user_share["activity_count"] += share.activities
        user_share["share"] = round(user_share["activity_count"] * 100 / total)
    return spread


def _show_attendee(attendee: Mapping[str, Any]) -> contract.Attendee:
    return {
        "email_address": attendee["email"],
        "is_organizer": 1 if attendee["is_organizer"] else 0,
        "name": attendee["name"],
        "person_id": attendee["person_id"],
        "status": attendee["status"],
        "user_id": attendee["user_id"],
    }


def _without_seconds(time: str | None) -> str:
    """Returns a time of day or a duration without its seconds; an empty text for None."""
    return time.rpartition(":")[0] if time else ""


def _with_location(crm: UnitOfWork, values: ActivityValues, id: int | None = None) -> ActivityValues:
    """Returns values in which the parts of a location are one, with those of the stored one that are not given."""
    joined = ActivityValues({**values})
    join_address(joined, "location", lambda: None if id is None else records.get(crm, ACTIVITY, id).location)
    return joined


def _values(data: NewActivity | ActivityChanges) -> Values:
    values = provided_values(data, _NAMES)
    for name, renamed in (("participants", {"primary_flag": "primary"}), ("attendees", {"email_address": "email"})):
        if isinstance(listed := values.get(name), list):
            values[name] = [
                {renamed.get(key, key): value for key, value in one.items()} for one in listed if isinstance(one, dict)
            ]
    return values
