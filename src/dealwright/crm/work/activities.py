"""Activities: calls, meetings, tasks and the like that users have planned or done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NewType

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import filters
from dealwright.crm.contacts.model import ORGANIZATION
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import access, pages, records
from dealwright.crm.kernel.criteria import AnyOf, Through, lazy_criteria
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.values import contact_values, html
from dealwright.crm.values.formats import Values
from dealwright.crm.work import activity_participants
from dealwright.crm.work.model import ACTIVITY, PROJECT, Activity, ActivityType
from dealwright.storage import tables
from dealwright.storage.tables import activities

ATTENDEE_DEFAULTS: Values = {
    "name": None,
    "status": "noreply",
    "is_organizer": False,
    "person_id": None,
    "user_id": None,
}

ActivityValues = NewType("ActivityValues", Values)
"""The values of an activity, whose note is safe (`prepare`)."""


def prepare(values: Values) -> ActivityValues:
    """Returns the values of an activity with its note sanitized, before the unit of work. Raises `Invalid`."""
    note = values.get("note")
    return ActivityValues(values | {"note": html.sanitize(note, "note")} if isinstance(note, str) else values)


def create(crm: UnitOfWork, values: ActivityValues) -> Activity:
    """Adds an activity: by default of the first type, named after that type, owned by the actor and due today.

    Raises `Invalid` for a type, an owner or a link that does not exist.
    """
    type = _type(crm, values.get("type"))
    people = activity_participants.parse(crm, values) or []
    validated = _validated(crm, values)
    complete: Values = {
        "due_date": crm.today,
        "due_time": None,
        "attendees": [],
        **validated,
        "subject": validated.get("subject") or type.name,
        "type": type.key_string,
        "owner_id": validated.get("owner_id", crm.actor.id),
        "person_id": activity_participants.primary_person_id(people),
        "done": validated.get("done", False),
        "marked_as_done_time": crm.now if validated.get("done") else None,
        "creator_user_id": crm.actor.id,
        "update_user_id": crm.actor.id,
        "add_time": crm.now,
        "update_time": crm.now,
    }
    complete["busy"] = _is_busy(complete)
    logged = activity_participants.logged_change([], people)
    activity = records.insert(crm, ACTIVITY, complete, extra_changes=logged)
    activity_participants.replace(crm, activity, [], people)
    if activity.done:
        records.touch(crm, DEAL, [activity.deal_id])
    return activity


def update(crm: UnitOfWork, id: int, values: ActivityValues) -> Activity:
    """Changes an activity. Raises `NotFound` and `Invalid`.

    Marking it as done sets ``marked_as_done_time``; marking it as undone clears that time.
    """
    activity = records.get(crm, ACTIVITY, id)
    before = activity_participants.for_activities(crm, [id]).get(id, [])
    after = activity_participants.parse(crm, values, before)
    changes = _validated(crm, values, activity)
    if "type" in values:
        changes["type"] = _type(crm, values["type"], activity.type).key_string
    if "subject" in changes:
        changes["subject"] = changes["subject"] or _type(crm, changes.get("type", activity.type), activity.type).name
    if "busy" in changes:
        changes["busy"] = _is_busy({"due_time": activity.due_time, **changes})
    if changes.get("project_id", activity.project_id) != activity.project_id:
        # Its place was one in the plan of the other project.
        changes |= {"project_phase_id": None, "project_group_id": None}
    if changes.get("done", activity.done) != activity.done:
        changes["marked_as_done_time"] = crm.now if changes["done"] else None
    if after is not None and after != before:
        activity_participants.replace(crm, activity, before, after)
        # Participants are not columns of the activity, so its ``update_time`` is set here.
        changes |= {"person_id": activity_participants.primary_person_id(after), "update_time": crm.now}
    logged = activity_participants.logged_change(before, before if after is None else after)
    changed = records.update(crm, ACTIVITY, activity, changes, extra_changes=logged)
    if changed.done and not activity.done:
        records.touch(crm, DEAL, [changed.deal_id])
    return changed


def delete(crm: UnitOfWork, ids: Iterable[int]) -> list[int]:
    """Deletes activities and returns their ids.

    Raises `NotFound` when one does not exist, and `Forbidden` when the actor may not delete activities; then none is
    deleted.
    """
    found = [records.get(crm, ACTIVITY, id) for id in dict.fromkeys(ids)]
    access.require_permission(crm, "can_delete_activities")
    access.require_bulk_permission(crm, found)
    for activity in found:
        records.delete(crm, ACTIVITY, activity, is_bulk=len(found) > 1)
    return [activity.id for activity in found]


def has_more_scheduled(crm: UnitOfWork, activity: Activity) -> bool:
    """Whether another activity is still to be done for the same deal, else lead, else person, else organization."""
    columns = activities.c
    contexts = (
        (columns.deal_id, activity.deal_id),
        (columns.lead_id, activity.lead_id),
        (columns.person_id, activity.person_id),
        (columns.org_id, activity.org_id),
    )
    same = next((column == id for column, id in contexts if id is not None), None)
    if same is None:
        return False
    others = sa.select(columns.id).where(
        same, columns.id != activity.id, columns.done == sa.false(), columns.is_deleted == sa.false()
    )
    return crm.db.row(others.limit(1)) is not None


@lazy_criteria
def criteria(
    crm: UnitOfWork,
    *,
    filter_id: int | None = None,
    ids: Sequence[int] | None = None,
    owner_id: int | None = None,
    deal_id: int | None = None,
    lead_id: str | None = None,
    person_id: int | None = None,
    participant_id: int | None = None,
    org_id: int | None = None,
    project_id: int | None = None,
    types: Sequence[str] | None = None,
    done: bool | None = None,
    due_from: date | None = None,
    due_until: date | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    exclude: Sequence[int] | None = None,
) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of a list of activities. With ``filter_id``, ids, owner and links are ignored.

    ``person_id`` is the primary participant, ``participant_id`` any of them. ``due_until`` is inclusive,
    ``updated_until`` exclusive.
    """
    columns = activities.c
    found = [columns.is_deleted == sa.false()]
    if filter_id is not None:
        found += filters.criteria(crm, "activity", filter_id)
    else:
        links = (
            (columns.owner_id, owner_id),
            (columns.deal_id, deal_id),
            (columns.lead_id, lead_id.lower() if lead_id else None),
            (columns.person_id, person_id),
            (columns.org_id, org_id),
            (columns.project_id, project_id),
        )
        found += [column == value for column, value in links if value is not None]
        if ids is not None:
            found.append(columns.id.in_(ids))
        if participant_id is not None:
            found.append(_has_participant(participant_id))
    if types:
        found.append(columns.type.in_(types))
    if done is not None:
        found.append(columns.done == (sa.true() if done else sa.false()))
    if due_from is not None:
        found.append(columns.due_date >= due_from.isoformat())
    if due_until is not None:
        found.append(columns.due_date <= due_until.isoformat())
    found += pages.updated_between(ACTIVITY, updated_since, updated_until)
    if exclude:
        found.append(columns.id.not_in(exclude))
    return found


def criteria_for_participant(
    crm: UnitOfWork, person_id: int, *, done: bool | None = None, exclude: Sequence[int] | None = None
) -> AnyOf:
    """Returns the criteria of a list of the activities that a person takes part in."""
    return AnyOf(criteria(crm, done=done, exclude=exclude), [participation(person_id, done)])


def participation(person_id: int, done: bool | None = None) -> Through:
    """Returns what leads to the activities that a person takes part in."""
    relation = tables.activity_participants
    criterion = (relation.c.person_id == person_id) & (relation.c.is_deleted == sa.false())
    if done is not None:
        criterion &= relation.c.done == (sa.true() if done else sa.false())
    return Through(activities, relation, "activity_id", criterion)


def _validated(crm: UnitOfWork, values: Values, before: Activity | None = None) -> Values:
    """Returns the values to store, without type and participants, which are parsed separately. Raises `Invalid`."""
    result = leads.normalize_lead_id(values)
    result = {name: value for name, value in result.items() if name not in ("type", "participants", "person_id")}
    new = {name: value for name, value in result.items() if getattr(before, name, None) != value}
    _check_links(crm, new)
    deal_id, lead_id = (result.get(name, getattr(before, name, None)) for name in ("deal_id", "lead_id"))
    if deal_id is not None and lead_id is not None and ("deal_id" in new or "lead_id" in new):
        raise Invalid("An activity is about a deal or about a lead, not about both", "lead_id")
    for name in ("due_time", "duration"):
        if name in result:
            result[name] = _normalize_time(result[name])
    if "attendees" in result:
        result["attendees"] = _attendees(result["attendees"])
    if "location" in result:
        result["location"] = contact_values.parse_address(result["location"])
    return result


def _check_links(crm: UnitOfWork, values: Values) -> None:
    if "owner_id" in values:
        access.require_assignable_user(crm, values["owner_id"], "owner_id")
    records.require_linked(crm, DEAL, values.get("deal_id"), "deal_id")
    records.require_linked(crm, ORGANIZATION, values.get("org_id"), "org_id")
    leads.require_linked(crm, values.get("lead_id"), "lead_id")
    records.require_linked(crm, PROJECT, values.get("project_id"), "project_id")


def _type(crm: UnitOfWork, key: Json, current: str | None = None) -> ActivityType:
    """Returns the type with a key, or the first one when ``key`` is None. Raises `Invalid` when there is none.

    Only ``current`` may be a deactivated type.
    """
    types = crm.company_data.activity_types.values()
    for type in types:
        if (key is None or type.key_string == key) and (type.is_active or type.key_string == current):
            return type
    raise Invalid("Activity type not found", "type")


def _is_busy(values: Values) -> bool:
    """Whether the owner is busy during the activity: as given, otherwise whether it has a time of day."""
    given = values.get("busy")
    return values["due_time"] is not None if given is None else bool(given)


def _normalize_time(text: Json) -> str | None:
    """Returns ``HH:MM`` or ``HH:MM:SS`` with seconds; None for an empty text."""
    if not text:
        return None
    assert isinstance(text, str)
    hours, minutes, seconds = (int(part) for part in f"{text}:00".split(":")[:3])
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def _attendees(attendees: Json) -> Json:
    assert attendees is None or isinstance(attendees, list)
    found: list[Json] = []
    for attendee in attendees or []:
        assert isinstance(attendee, dict)
        known: Values = {name: value for name, value in attendee.items() if value is not None}
        found.append({**ATTENDEE_DEFAULTS, **known})
    return found


def _has_participant(person_id: int) -> sa.ColumnElement[bool]:
    columns = tables.activity_participants.c
    return activities.c.id.in_(sa.select(columns.activity_id).where(columns.person_id == person_id))
