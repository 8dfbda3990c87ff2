"""Activities."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import CursorPaging
from dealwright.contract.v2.envelopes import Deleted, Item, Page
from dealwright.contract.v2.work import activities as contract
from dealwright.contract.v2.work.activities import (
    ActivitiesQuery,
    ActivityChanges,
    ActivityFields,
    ActivityProperties,
    NewActivity,
)
from dealwright.crm.errors import CrmError
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values, loads
from dealwright.crm.work import activities, activity_participants
from dealwright.crm.work.activities import ActivityValues
from dealwright.crm.work.activity_participants import Participant
from dealwright.crm.work.model import ACTIVITY, Activity
from dealwright.server.binding import implements
from dealwright.server.bodies import provided_values
from dealwright.server.v2 import envelopes
from dealwright.server.v2.queries import narrowing
from dealwright.server.v2.values import address, rfc3339_time


def show(
    activity: Activity, participants: Sequence[Participant], include_fields: Sequence[str] | None = None
) -> contract.Activity:
    """Returns an activity as v2 writes it, with the additional fields ``include_fields``."""
    shown: contract.Activity = {
        "id": activity.id,
        "subject": activity.subject,
        "type": activity.type,
        "owner_id": activity.owner_id,
        "creator_user_id": activity.creator_user_id,
        "is_deleted": activity.is_deleted,
        "add_time": rfc3339_time(activity.add_time),
        "update_time": rfc3339_time(activity.update_time),
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
        "marked_as_done_time": rfc3339_time(activity.marked_as_done_time),
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
    crm: UnitOfWork, query: ActivitiesQuery, fields: ActivityFields, page: CursorPaging
) -> Page[contract.Activity]:
    criteria = activities.criteria(
        crm,
        deal_id=query.deal_id,
        lead_id=query.lead_id,
        person_id=query.person_id,
        org_id=query.org_id,
        done=query.done,
        **narrowing(query),
    )
    found = pages.select_by_cursor(crm, ACTIVITY, criteria, page, query)
    participants = activity_participants.for_activities(crm, [activity.id for activity in found.items])
    return envelopes.page(
        found, lambda activity: show(activity, participants.get(activity.id, []), fields.include_fields)
    )


def _prepare_new(_preparation: Preparation, data: NewActivity) -> ActivityValues:
    return activities.prepare(_values(data))


def _prepare_changes(_preparation: Preparation, id: int, data: ActivityChanges) -> ActivityValues:
    return activities.prepare(_values(data))


@implements(contract.post_activities, prepare=_prepare_new)
def post_activities(crm: UnitOfWork, values: ActivityValues, data: NewActivity) -> Item[contract.Activity]:
    return _show_saved(crm, activities.create(crm, values))


@implements(contract.delete_activities_by_id)
def delete_activities_by_id(crm: UnitOfWork, id: int) -> Item[Deleted]:
    activities.delete(crm, [id])
    return envelopes.deleted(id)


@implements(contract.get_activities_by_id)
def get_activities_by_id(crm: UnitOfWork, id: int, fields: ActivityFields) -> Item[contract.Activity]:
    activity = records.get(crm, ACTIVITY, id)
    participants = activity_participants.for_activities(crm, [id]).get(id, [])
    return envelopes.item(show(activity, participants, fields.include_fields))


@implements(contract.patch_activities_by_id, prepare=_prepare_changes)
def patch_activities_by_id(
    crm: UnitOfWork, values: ActivityValues, id: int, data: ActivityChanges
) -> Item[contract.Activity]:
    return _show_saved(crm, activities.update(crm, id, values))


def _show_saved(crm: UnitOfWork, activity: Activity) -> Item[contract.Activity]:
    """Returns an answer with an activity that was created or changed, attendees included."""
    participants = activity_participants.for_activities(crm, [activity.id]).get(activity.id, [])
    answer = envelopes.item(show(activity, participants, ["attendees"]))
    answer["additional_data"] = {"more_activities_scheduled_in_context": activities.has_more_scheduled(crm, activity)}
    return answer


def _values(data: ActivityProperties) -> Values:
    values = provided_values(data)
    if "person_id" in values:
        raise CrmError("'person_id' is a read-only field: name the person as the primary one of 'participants' instead")
    return values
