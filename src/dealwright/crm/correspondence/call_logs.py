"""Calls that were made or received. An activity stands for each, and the recording of a call is a file on that activity."""

from __future__ import annotations

import mimetypes
import uuid
from typing import Any, BinaryIO, NewType

import sqlalchemy as sa

from dealwright.crm.contacts.model import ORGANIZATION, PERSON
from dealwright.crm.correspondence import files
from dealwright.crm.correspondence.files import NewContent
from dealwright.crm.correspondence.model import CALL_LOG, FILE, CallLog
from dealwright.crm.deals.model import DEAL
from dealwright.crm.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from dealwright.crm.kernel import access, records
from dealwright.crm.kernel.criteria import lazy_criteria
from dealwright.crm.kernel.preparation import Preparation
from dealwright.crm.kernel.record_types import RecordType
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.leads import leads
from dealwright.crm.leads.model import LEAD
from dealwright.crm.values.formats import Values, parse_time
from dealwright.crm.work import activities
from dealwright.crm.work.activities import ActivityValues
from dealwright.crm.work.model import ACTIVITY, Activity
from dealwright.storage.tables import call_logs

ACTIVITY_TYPE = "call"
_LINKS: dict[str, RecordType[Any]] = {"deal_id": DEAL, "person_id": PERSON, "org_id": ORGANIZATION}
_MAX_ACTIVITY_SECONDS = 100 * 3600 - 1
"""The longest duration that an activity can have."""

_NOT_FOUND = "A resource required for this operation was not found."
_FORBIDDEN = "You don't have permission to change this resource."

CallValues = NewType("CallValues", Values)
"""The values of a call, whose note is safe (`prepare`)."""


def prepare(values: Values) -> CallValues:
    """Returns the values of a call with its note sanitized, before the unit of work. Raises `Invalid`."""
    return CallValues(activities.prepare(values))


def create(crm: UnitOfWork, values: CallValues) -> CallLog:
    """Logs a call, and adds a done activity for it, or turns the one with ``activity_id`` into it.

    The activity that is turned into a call says what the call was about. Raises `NotFound`, `Forbidden` and `Invalid`.
    """
    user_id = values.get("user_id", crm.actor.id)
    if user_id != crm.actor.id and not crm.actor.is_admin("account_settings"):
        raise Forbidden(_FORBIDDEN)
    access.require_assignable_user(crm, user_id, "user_id")
    start, end = str(values["start_time"]), str(values["end_time"])
    if end < start:
        raise Invalid("may not be before start_time", "end_time")
    given = values.get("duration")
    seconds = int((parse_time(end) - parse_time(start)).total_seconds()) if given is None else int(str(given))
    planned = ActivityValues(
        {
            **{name: values[name] for name in ("subject", "note") if values.get(name) is not None},
            "done": True,
            "due_date": start[:10],
            "due_time": start[11:],
            "duration": _activity_duration(seconds),
        }
    )
    if values.get("activity_id") is not None:
        activity = _turn_into_call(crm, values["activity_id"], planned)
    else:
        activity = _add_activity(crm, values, ActivityValues({**planned, "owner_id": user_id}))
    complete: Values = {
        "uuid": uuid.uuid4().hex,
        "user_id": user_id,
        "activity_id": activity.id,
        **{name: getattr(activity, name) for name in (*_LINKS, "lead_id", "subject", "note")},
        "outcome": values["outcome"],
        "duration": seconds,
        "from_phone_number": values.get("from_phone_number"),
        "to_phone_number": values["to_phone_number"],
        "start_time": start,
        "end_time": end,
        "recording_id": None,
        "add_time": crm.now,
        "update_time": crm.now,
    }
    return records.insert(crm, CALL_LOG, complete)


def get(crm: UnitOfWork, id: str) -> CallLog:
    """Returns a call. Raises `NotFound`, and `Gone` for a deleted one."""
    found = records.find_by(crm, CALL_LOG, call_logs.c.uuid == id.lower())
    if found is None:
        raise NotFound(_NOT_FOUND)
    if found.is_deleted:
        raise Gone("The callLog you are trying to access is no longer available")
    return found


def delete(crm: UnitOfWork, id: str) -> None:
    """Deletes a call and its recording; its activity stays. Raises `NotFound`, `Gone` and `Forbidden`."""
    call = _get_own(crm, id)
    for recording in _recordings(crm, [call]).values():
        records.delete(crm, FILE, recording)
    records.delete(crm, CALL_LOG, call)


def prepare_recording(
    preparation: Preparation, id: str, content: BinaryIO, *, size: int, name: str, content_type: str
) -> NewContent:
    """Stores the sound of a call, before the unit of work.

    Raises `Invalid`, `NotFound`, `Gone`, `Forbidden` and `Conflict`; then nothing is stored.
    """
    _check_is_sound(name, content_type)
    with preparation.read() as crm:
        _get_without_recording(crm, id)
    return files.prepare(preparation, content, size=size, name=name, content_type=content_type, links={})


def add_recording(crm: UnitOfWork, id: str, content: NewContent) -> None:
    """Adds the recording of a call, as a file on its activity.

    Raises `NotFound`, `Gone`, `Forbidden`, and `Conflict` when the call has one.
    """
    call = _get_without_recording(crm, id)
    activity = None if call.activity_id is None else records.find(crm, ACTIVITY, call.activity_id)
    file = files.upload(crm, content, {} if activity is None or activity.is_deleted else {"activity_id": activity.id})
    records.update(crm, CALL_LOG, call, {"recording_id": file.id})


def recorded_ids(crm: UnitOfWork, calls: list[CallLog]) -> frozenset[int]:
    """Returns the ids of those calls that have a recording."""
    return frozenset(_recordings(crm, calls))


@lazy_criteria
def own_criteria(crm: UnitOfWork) -> list[sa.ColumnElement[bool]]:
    """Returns the criteria of the list of the actor's own calls."""
    return [call_logs.c.user_id == crm.actor.id, call_logs.c.is_deleted == sa.false()]


def _get_own(crm: UnitOfWork, id: str) -> CallLog:
    """Returns a call that the actor may change: its own, or anybody's for admins of the account settings."""
    call = get(crm, id)
    if call.user_id != crm.actor.id and not crm.actor.is_admin("account_settings"):
        raise Forbidden(_FORBIDDEN)
    return call


def _get_without_recording(crm: UnitOfWork, id: str) -> CallLog:
    call = _get_own(crm, id)
    if recorded_ids(crm, [call]):
        raise Conflict("A recording for this call already exists")
    return call


def _recordings(crm: UnitOfWork, calls: list[CallLog]) -> dict[int, Any]:
    """Returns the recordings of calls, by the id of the call; deleted ones are none."""
    found = records.in_bulk(crm, FILE, [call.recording_id for call in calls])
    return {
        call.id: found[call.recording_id]
        for call in calls
        if call.recording_id in found and not found[call.recording_id].is_deleted
    }


def _check_is_sound(name: str, content_type: str) -> None:
    """Raises `Invalid` for a file that says that it is something else than sound (videos are containers of it)."""
    stated = mimetypes.guess_type(name)[0] or content_type.partition(";")[0].strip().lower()
    if stated.partition("/")[0] not in ("audio", "video") and stated not in (
        *("", "application/ogg", "application/octet-stream"),
    ):
        raise Invalid(f"is no audio file, but {stated}", "file")


def _activity_duration(seconds: int) -> str:
    minutes, rest = divmod(min(seconds, _MAX_ACTIVITY_SECONDS), 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest:02d}"


def _turn_into_call(crm: UnitOfWork, id: object, values: ActivityValues) -> Activity:
    """Marks an activity as the call that it has become. Raises `NotFound` and `Invalid`."""
    assert isinstance(id, int)
    activity = _require(crm, ACTIVITY, id)
    if activity.type != ACTIVITY_TYPE:
        raise Invalid("is not the id of a call", "activity_id")
    stands = (call_logs.c.activity_id == id) & (call_logs.c.is_deleted == sa.false())
    if crm.db.row(sa.select(call_logs.c.id).where(stands).limit(1)) is not None:
        raise Invalid("is the activity of another call log", "activity_id")
    return activities.update(crm, id, values)


def _add_activity(crm: UnitOfWork, values: CallValues, planned: ActivityValues) -> Activity:
    """Adds a done activity for a call. Raises `NotFound` and `Invalid`."""
    links = leads.normalize_lead_id({name: values.get(name) for name in (*_LINKS, "lead_id")})
    if links["deal_id"] is not None and links["lead_id"] is not None:
        raise Invalid("A call is about a deal or about a lead, not about both", "lead_id")
    for name, kind in _LINKS.items():
        if (id := links[name]) is not None:
            assert isinstance(id, int)
            _require(crm, kind, id)
    if links["lead_id"] is not None:
        lead = records.find_by(crm, LEAD, LEAD.key == links["lead_id"])
        if lead is None or lead.is_deleted:
            raise NotFound(_NOT_FOUND)
    types = crm.company_data.activity_types.values()
    is_there = any(type.key_string == ACTIVITY_TYPE and type.is_active for type in types)
    of_type: Values = {"type": ACTIVITY_TYPE} if is_there else {}
    return activities.create(crm, ActivityValues({**planned, **links, **of_type}))


def _require(crm: UnitOfWork, kind: RecordType[Any], id: int) -> Any:
    found = records.find(crm, kind, id)
    if found is None or found.is_deleted:
        raise NotFound(_NOT_FOUND)
    return found
