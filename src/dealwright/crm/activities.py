"""Activities: what somebody is to do, with whom, and what has been done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import access, activity_participants, contacts, counters, filters, leads, markup, records
from dealwright.crm.activity_participants import Participant
from dealwright.crm.criteria import Criteria, asked
from dealwright.crm.errors import Invalid
from dealwright.crm.model.activities import ACTIVITY, Activity
from dealwright.crm.model.deals import DEAL
from dealwright.crm.model.organizations import ORGANIZATION
from dealwright.crm.settings import ActivityType
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values, moment
from dealwright.storage import tables
from dealwright.storage.tables import activities

NEW_ATTENDEE: Values = {"name": None, "status": "noreply", "is_organizer": False, "person_id": None, "user_id": None}

_COUNTED = ("deal_id", "org_id", "lead_id", "done", "due_date", "due_time", "is_deleted")
"""What the counts and dates on other records follow from, besides the participants."""


class Share(NamedTuple):
    """How many activities of a type a user has in a list."""

    owner_id: int
    type: str
    activities: int


def create(crm: Crm, values: Values) -> Activity:
    """Adds an activity: by default one of the first type, named after it, of the actor's and due today.

    Raises `Invalid` for a type, an owner or a link that does not exist.
    """
    type = _type(crm, values.get("type"))
    people = activity_participants.read(crm, values) or []
    written = _written(crm, values)
    complete: Values = {
        "due_date": crm.today,
        "due_time": None,
        "attendees": [],
        **written,
        "subject": written.get("subject") or type.name,
        "type": type.key_string,
        "owner_id": written.get("owner_id", crm.actor.id),
        "person_id": activity_participants.primary(people),
        "done": written.get("done", False),
        "marked_as_done_time": crm.now if written.get("done") else None,
        "creator_user_id": crm.actor.id,
        "update_user_id": crm.actor.id,
        "add_time": crm.now,
        "update_time": crm.now,
    }
    complete["busy"] = _busy(complete)
    id = records.insert(crm, ACTIVITY, complete)
    activity_participants.replace(crm, id, people)
    activity = records.reread(crm, ACTIVITY, id)
    _recount(crm, [activity], people)
    if activity.done:
        records.touch(crm, DEAL, [activity.deal_id])
    return activity


def update(crm: Crm, id: int, values: Values) -> Activity:
    """Changes an activity. Done, it gets the time of that; undone again, it loses it. Raises `NotFound` and `Invalid`."""
    activity = records.get(crm, ACTIVITY, id)
    before = activity_participants.of(crm, [id]).get(id, [])
    after = activity_participants.read(crm, values, before)
    changes = _written(crm, values, activity)
    if "type" in values:
        changes["type"] = _type(crm, values["type"], activity.type).key_string
    if "subject" in changes:
        changes["subject"] = changes["subject"] or _type(crm, changes.get("type", activity.type), activity.type).name
    if "busy" in changes:
        changes["busy"] = _busy({"due_time": activity.due_time, **changes})
    if changes.get("done", activity.done) != activity.done:
        changes["marked_as_done_time"] = crm.now if changes["done"] else None
    if after is not None and after != before:
        activity_participants.replace(crm, id, after)
        # The other participants are no column of the activity, yet it has changed.
        changes |= {"person_id": activity_participants.primary(after), "update_time": crm.now}
    else:
        after = before
    changed = records.update(crm, ACTIVITY, activity, changes)
    if before != after or any(getattr(changed, name) != getattr(activity, name) for name in _COUNTED):
        _recount(crm, [activity, changed], [*before, *after])
    if changed.done and not activity.done:
        records.touch(crm, DEAL, [changed.deal_id])
    return changed


def delete(crm: Crm, ids: Iterable[int]) -> list[int]:
    """Deletes activities; the ids of those deleted. Raises `NotFound`, and deletes none, when one is not there."""
    found = [records.get(crm, ACTIVITY, id) for id in dict.fromkeys(ids)]
    access.require(crm, "can_delete_activities")
    participants = activity_participants.of(crm, [activity.id for activity in found])
    for activity in found:
        records.delete(crm, ACTIVITY, activity, is_bulk=len(found) > 1)
    _recount(crm, found, [participant for people in participants.values() for participant in people])
    return [activity.id for activity in found]


def more_scheduled(crm: Crm, activity: Activity) -> bool:
    """Whether anything else is to be done in the same context: with the deal, else the lead, the person, the organization."""
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


@asked
def criteria(
    crm: Crm,
    *,
    filter_id: int | None = None,
    ids: Sequence[int] | None = None,
    owner_id: int | None = None,
    deal_id: int | None = None,
    lead_id: str | None = None,
    person_id: int | None = None,
    participant_id: int | None = None,
    org_id: int | None = None,
    types: Sequence[str] | None = None,
    done: bool | None = None,
    due_from: date | None = None,
    due_until: date | None = None,
    updated_since: datetime | None = None,
    updated_until: datetime | None = None,
    exclude: Sequence[int] | None = None,
) -> list[sa.ColumnElement[bool]]:
    """What a list of activities asks for, as criteria. A filter makes the narrowing by ids, owner and links void.

    ``person_id`` is the primary participant, ``participant_id`` any of them. ``due_until`` is included, ``updated_until`` is not.
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
        )
        found += [column == value for column, value in links if value is not None]
        if ids is not None:
            found.append(columns.id.in_(ids))
        if participant_id is not None:
            found.append(_with_participant(participant_id))
    if types:
        found.append(columns.type.in_(types))
    if done is not None:
        found.append(columns.done == (sa.true() if done else sa.false()))
    if due_from is not None:
        found.append(columns.due_date >= due_from.isoformat())
    if due_until is not None:
        found.append(columns.due_date <= due_until.isoformat())
    if updated_since is not None:
        found.append(columns.update_time >= moment(updated_since))
    if updated_until is not None:
        found.append(columns.update_time < moment(updated_until))
    if exclude:
        found.append(columns.id.not_in(exclude))
    return found


def shares(crm: Crm, criteria: Criteria) -> list[Share]:
    """How the activities that fit, and that the actor sees, are spread over users and types."""
    columns = activities.c
    statement = (
        sa.select(columns.owner_id, columns.type, sa.func.count())
        .where(*criteria)
        .group_by(columns.owner_id, columns.type)
        .order_by(columns.owner_id, columns.type)
    )
    criterion = access.visible(crm, ACTIVITY)
    if criterion is not None:
        statement = statement.where(criterion)
    return [Share(*row) for row in crm.db.rows(statement)]


def _written(crm: Crm, values: Values, before: Activity | None = None) -> Values:
    """The values as they are stored, new links checked; without type and participants, which are read for themselves."""
    written = leads.canonical(values)
    written = {name: value for name, value in written.items() if name not in ("type", "participants", "person_id")}
    new = {name: value for name, value in written.items() if getattr(before, name, None) != value}
    _check_links(crm, new)
    deal_id, lead_id = (written.get(name, getattr(before, name, None)) for name in ("deal_id", "lead_id"))
    if deal_id is not None and lead_id is not None and ("deal_id" in new or "lead_id" in new):
        raise Invalid("An activity is about a deal or about a lead, not about both", "lead_id")
    for name in ("due_time", "duration"):
        if name in written:
            written[name] = _time(written[name])
    if "attendees" in written:
        written["attendees"] = _attendees(written["attendees"])
    if "location" in written:
        written["location"] = contacts.address(written["location"])
    if isinstance(note := written.get("note"), str):
        written["note"] = markup.sanitized(note)
    return written


def _check_links(crm: Crm, values: Values) -> None:
    if "owner_id" in values:
        access.assignable_user(crm, values["owner_id"], "owner_id")
    records.linked(crm, DEAL, values.get("deal_id"), "deal_id")
    records.linked(crm, ORGANIZATION, values.get("org_id"), "org_id")
    leads.linked(crm, values.get("lead_id"), "lead_id")
    if values.get("project_id") is not None:
        raise Invalid("Project not found", "project_id")


def _type(crm: Crm, key: Json, current: str | None = None) -> ActivityType:
    """The type with a key, or the first one for none. Only the ``current`` one may be a type that is deactivated."""
    types = crm.settings.activity_types.values()
    for type in types:
        if (key is None or type.key_string == key) and (type.is_active or type.key_string == current):
            return type
    raise Invalid("Activity type not found", "type")


def _busy(values: Values) -> bool:
    """Whether the owner is busy meanwhile: as given, otherwise when there is a time of day."""
    given = values.get("busy")
    return values["due_time"] is not None if given is None else bool(given)


def _time(text: Json) -> str | None:
    """``HH:MM`` or ``HH:MM:SS`` with seconds; None for an empty text."""
    if not text:
        return None
    assert isinstance(text, str)
    hours, minutes, seconds = (int(part) for part in f"{text}:00".split(":")[:3])
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}"


def _attendees(given: Json) -> Json:
    assert given is None or isinstance(given, list)
    found: list[Json] = []
    for attendee in given or []:
        assert isinstance(attendee, dict)
        known: Values = {name: value for name, value in attendee.items() if value is not None}
        found.append({**NEW_ATTENDEE, **known})
    return found


def _with_participant(person_id: int) -> sa.ColumnElement[bool]:
    columns = tables.activity_participants.c
    return activities.c.id.in_(sa.select(columns.activity_id).where(columns.person_id == person_id))


def _recount(crm: Crm, touched: Sequence[Activity], people: Iterable[Participant]) -> None:
    counters.recount_activities(
        crm,
        [activity.deal_id for activity in touched],
        [participant.person_id for participant in people],
        [activity.org_id for activity in touched],
    )
    counters.recount_leads(crm, [activity.lead_id for activity in touched])
