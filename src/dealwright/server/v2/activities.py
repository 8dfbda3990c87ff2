"""Activities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from dealwright.contract.v2 import activities as contract
from dealwright.contract.v2.activities import ActivityChanges, ActivityOrder, NewActivity
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.values import Direction
from dealwright.crm import activities, activity_participants, pages, records
from dealwright.crm.activity_participants import Participant
from dealwright.crm.errors import CrmError
from dealwright.crm.model.activities import ACTIVITY, Activity
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, loads
from dealwright.server.binding import implements
from dealwright.server.bodies import given
from dealwright.server.v2 import envelopes
from dealwright.server.v2.values import address, time, whole_seconds


def show(
    activity: Activity, participants: Sequence[Participant], include_fields: Sequence[str] | None = None
) -> contract.Activity:
    """An activity as v2 writes it, with the additional fields asked for."""
    shown: contract.Activity = {
        "id": activity.id,
        "subject": activity.subject,
        "type": activity.type,
        "owner_id": activity.owner_id,
        "creator_user_id": activity.creator_user_id,
        "is_deleted": activity.is_deleted,
        "add_time": time(activity.add_time),
        "update_time": time(activity.update_time),
        "deal_id": activity.deal_id,
        "lead_id": activity.lead_id,
        "person_id": activity.person_id,
        "org_id": activity.org_id,
        "project_id": activity.project_id,
        "due_date": activity.due_date,
        "due_time": activity.due_time,
        "duration": activity.duration,
        "busy": activity.busy,
        "done": activity.done,
        "marked_as_done_time": time(activity.marked_as_done_time),
        "location": address(activity.location),
        "participants": [
            {"person_id": participant.person_id, "primary": participant.is_primary} for participant in participants
        ],
        "conference_meeting_client": activity.conference_meeting_client,
        "conference_meeting_url": activity.conference_meeting_url,
        "conference_meeting_id": activity.conference_meeting_id,
        "public_description": activity.public_description,
        "priority": activity.priority,
        "note": activity.note,
    }
    if include_fields and "attendees" in include_fields:
        shown["attendees"] = loads(activity.attendees)
    return shown


@implements(contract.get_activities)
def get_activities(
    crm: Crm,
    filter_id: int | None = None,
    ids: list[int] | None = None,
    owner_id: int | None = None,
    deal_id: int | None = None,
    lead_id: str | None = None,
    person_id: int | None = None,
    org_id: int | None = None,
    done: bool | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    sort_by: ActivityOrder = "id",
    sort_direction: Direction = "asc",
    include_fields: list[Literal["attendees"]] | None = None,
    limit: int | None = None,
    cursor: str | None = None,
) -> Page[contract.Activity]:
    criteria = activities.criteria(
        crm,
        filter_id=filter_id,
        ids=ids,
        owner_id=owner_id,
        deal_id=deal_id,
        lead_id=lead_id,
        person_id=person_id,
        org_id=org_id,
        done=done,
        updated_since=whole_seconds(updated_since, "updated_since"),
        updated_until=whole_seconds(updated_until, "updated_until"),
    )
    found = pages.by_cursor(
        crm, ACTIVITY, criteria, sort_by=sort_by, direction=sort_direction, limit=limit, cursor=cursor
    )
    participants = activity_participants.of(crm, [activity.id for activity in found.items])
    return envelopes.page(found, lambda activity: show(activity, participants.get(activity.id, []), include_fields))


@implements(contract.post_activities)
def post_activities(crm: Crm, data: NewActivity) -> Item[contract.Activity]:
    return _saved(crm, activities.create(crm, _values(data)))


@implements(contract.delete_activities_by_id)
def delete_activities_by_id(crm: Crm, id: int) -> Item[Deleted]:
    activities.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_activities_by_id)
def get_activities_by_id(
    crm: Crm, id: int, include_fields: list[Literal["attendees"]] | None = None
) -> Item[contract.Activity]:
    activity = records.get(crm, ACTIVITY, id)
    return envelopes.item(show(activity, activity_participants.of(crm, [id]).get(id, []), include_fields))


@implements(contract.patch_activities_by_id)
def patch_activities_by_id(crm: Crm, id: int, data: ActivityChanges) -> Item[contract.Activity]:
    return _saved(crm, activities.update(crm, id, _values(data)))


def _saved(crm: Crm, activity: Activity) -> Item[contract.Activity]:
    """An activity after it was created or changed, attendees included."""
    participants = activity_participants.of(crm, [activity.id]).get(activity.id, [])
    answer = envelopes.item(show(activity, participants, ["attendees"]))
    answer["additional_data"] = {"more_activities_scheduled_in_context": activities.more_scheduled(crm, activity)}
    return answer


def _values(data: NewActivity | ActivityChanges) -> Values:
    values = given(data)
    if "person_id" in values:
        raise CrmError("'person_id' is a read-only field: name the person as the primary one of 'participants' instead")
    return values
