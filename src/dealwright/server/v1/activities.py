"""Activities: lists, single records, changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dealwright.contract.v1 import activities as contract
from dealwright.contract.v1.activities import ActivityChanges, NewActivity, SavedActivityItem
from dealwright.contract.v1.deal_activities import ActivitiesPage
from dealwright.contract.v1.envelopes import CursorPage, Deleted, DeletedMany, Item, Page
from dealwright.contract.v1.references import ActivityShare
from dealwright.contract.values import Flag
from dealwright.crm import access, activities, activity_participants, changes, pages, records, smart_bcc
from dealwright.crm.activity_participants import Participant
from dealwright.crm.criteria import Criteria
from dealwright.crm.model.activities import ACTIVITY, Activity
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v1 import envelopes
from dealwright.server.v1.references import References
from dealwright.server.v1.values import address

_NAMES = {"user_id": "owner_id", "busy_flag": "busy"}

Participants = Mapping[int, Sequence[Participant]]
"""Who takes part, by the id of the activity."""


def page_of(crm: Crm, criteria: Criteria, start: int = 0, limit: int | None = None) -> ActivitiesPage:
    """A page of the activities of a record, and how all of them are spread over users."""
    page = _page(crm, criteria, start, limit)
    return {
        "success": True,
        "data": page["data"],
        "additional_data": {**page["additional_data"], "activity_distribution": _distribution(crm, criteria)},
        "related_objects": page["related_objects"],
    }


def show_one(crm: Crm, activity: Activity) -> contract.Activity:
    """An activity as v1 writes it, for where it stands alone."""
    return show_all(crm, [activity])[0]


def show_all(crm: Crm, found: Sequence[Activity], participants: Participants | None = None) -> list[contract.Activity]:
    """Activities as v1 writes them, for where they stand among other things; with their participants unless these are known."""
    known = activity_participants.of(crm, [activity.id for activity in found]) if participants is None else participants
    references = _references(crm, found, known)
    return [show(crm, activity, references, known) for activity in found]


def show(crm: Crm, activity: Activity, references: References, participants: Participants) -> contract.Activity:
    """An activity as v1 writes it. Times that are not set are empty texts, all else is null."""
    person_id, deal_id = activity.person_id, activity.deal_id
    return {
        **show_collected(crm, activity),
        "reference_type": None,
        "reference_id": None,
        "last_notification_time": None,
        "last_notification_user_id": None,
        "notification_language_id": crm.settings.users[activity.owner_id].lang,
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
        "owner_name": crm.settings.users[activity.owner_id].name,
        "person_dropbox_bcc": smart_bcc.address(crm) if person_id else None,
        "deal_dropbox_bcc": smart_bcc.address(crm, deal_id) if deal_id else None,
        "assigned_to_user_id": activity.owner_id,
        "file": None,
    }


def show_collected(crm: Crm, activity: Activity) -> contract.CollectedActivity:
    """An activity as the collection has it."""
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
        "due_time": _minutes(activity.due_time),
        "duration": _minutes(activity.duration),
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
def delete_activities(crm: Crm, ids: list[int]) -> Item[DeletedMany]:
    return envelopes.deleted_many(activities.delete(crm, ids))


@implements(contract.get_activities)
def get_activities(
    crm: Crm,
    user_id: int | None = None,
    filter_id: int | None = None,
    type: list[str] | None = None,
    limit: int | None = None,
    start: int = 0,
    start_date: date | None = None,
    end_date: date | None = None,
    done: Flag | None = None,
) -> Page[contract.Activity]:
    # A filter finds the activities of everybody, unless a user is given too.
    owner_id = crm.actor.id if user_id is None and filter_id is None else user_id or None
    criteria: Criteria = activities.criteria(
        crm,
        owner_id=owner_id,
        types=type,
        due_from=start_date,
        due_until=end_date,
        done=None if done is None else done == 1,
    )
    if filter_id is not None:
        criteria = [*criteria, *activities.criteria(crm, filter_id=filter_id)]
    return _page(crm, criteria, start, limit)


@implements(contract.post_activities)
def post_activities(crm: Crm, data: NewActivity) -> SavedActivityItem:
    return _saved(crm, activities.create(crm, _values(data)))


@implements(contract.get_activities_collection)
def get_activities_collection(
    crm: Crm,
    cursor: str | None = None,
    limit: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    user_id: int | None = None,
    done: bool | None = None,
    type: list[str] | None = None,
) -> CursorPage[contract.CollectedActivity]:
    access.require_global_admin(crm)
    criteria = activities.criteria(
        crm, owner_id=user_id, types=type, done=done, updated_since=since, updated_until=until
    )
    found = pages.by_cursor(crm, ACTIVITY, criteria, limit=limit, cursor=cursor)
    return envelopes.cursor_page(found, lambda activity: show_collected(crm, activity))


@implements(contract.delete_activities_by_id)
def delete_activities_by_id(crm: Crm, id: int) -> Item[Deleted]:
    activities.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_activities_by_id)
def get_activities_by_id(crm: Crm, id: int) -> Item[contract.Activity]:
    activity = records.get(crm, ACTIVITY, id, deleted=True)
    participants = activity_participants.of(crm, [id])
    references = _references(crm, [activity], participants)
    return envelopes.item(show(crm, activity, references, participants), related=references.related())


@implements(contract.put_activities_by_id)
def put_activities_by_id(crm: Crm, id: int, data: ActivityChanges) -> SavedActivityItem:
    return _saved(crm, activities.update(crm, id, _values(data)))


def _page(crm: Crm, criteria: Criteria, start: int, limit: int | None) -> Page[contract.Activity]:
    found = pages.by_offset(crm, ACTIVITY, criteria, start=start, limit=limit)
    participants = activity_participants.of(crm, [activity.id for activity in found.items])
    references = _references(crm, found.items, participants)
    return envelopes.page(found, lambda activity: show(crm, activity, references, participants), references.related())


def _saved(crm: Crm, activity: Activity) -> SavedActivityItem:
    participants = activity_participants.of(crm, [activity.id])
    references = _references(crm, [activity], participants)
    return {
        "success": True,
        "data": show(crm, activity, references, participants),
        "additional_data": {
            "more_activities_scheduled_in_context": activities.more_scheduled(crm, activity),
            "updates_story_id": changes.latest_id(crm, "activity", activity.id),
        },
        "related_objects": references.related(),
    }


def _references(crm: Crm, found: Sequence[Activity], participants: Participants) -> References:
    return References(
        crm,
        users=[id for activity in found for id in (activity.owner_id, activity.creator_user_id)],
        persons=[participant.person_id for people in participants.values() for participant in people],
        organizations=[activity.org_id for activity in found],
        deals=[activity.deal_id for activity in found],
    )


def _distribution(crm: Crm, criteria: Criteria) -> dict[str, ActivityShare]:
    shares = activities.shares(crm, criteria)
    total = sum(share.activities for share in shares)
    spread: dict[str, ActivityShare] = {}
    for share in shares:
        empty: ActivityShare = {
            "activities": {},
            "name": crm.settings.users[share.owner_id].name,
            "activity_count": 0,
            "share": 0,
        }
        of_user = spread.setdefault(str(share.owner_id), empty)
        of_user["activities"][share.type] = share.activities
        of_user["activity_count"] += share.activities
        of_user["share"] = round(of_user["activity_count"] * 100 / total)
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


def _minutes(time: str | None) -> str:
    """A time of day or a duration without its seconds; empty when there is none."""
    return time.rpartition(":")[0] if time else ""


def _values(data: NewActivity | ActivityChanges) -> Values:
    values = given(data, _NAMES)
    for name, renamed in (("participants", {"primary_flag": "primary"}), ("attendees", {"email_address": "email"})):
        if isinstance(listed := values.get(name), list):
            values[name] = [
                {renamed.get(key, key): value for key, value in one.items()} for one in listed if isinstance(one, dict)
            ]
    return values
