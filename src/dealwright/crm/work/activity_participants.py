"""Persons who take part in activities. One of them is the primary one: the ``person_id`` of the activity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm.contacts.model import PERSON
from dealwright.crm.errors import Invalid
from dealwright.crm.kernel import counters, records
from dealwright.crm.kernel.record_types import FieldChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.crm.work.model import ACTIVITY, ACTIVITY_COPIES, Activity
from dealwright.storage.tables import activity_participants


class Participant(NamedTuple):
    """A person who takes part in an activity."""

    person_id: int
    is_primary: bool


def for_activities(crm: UnitOfWork, activity_ids: Iterable[int]) -> dict[int, list[Participant]]:
    """Returns the participants by activity id, in their order; activities without any are left out."""
    columns = activity_participants.c
    rows = crm.db.rows(
        sa.select(columns.activity_id, columns.person_id, columns.is_primary)
        .where(columns.activity_id.in_(sorted(set(activity_ids))))
        .order_by(columns.activity_id, columns.position)
    )
    found: dict[int, list[Participant]] = {}
    for activity_id, person_id, is_primary in rows:
        found.setdefault(activity_id, []).append(Participant(person_id, bool(is_primary)))
    return found


def parse(crm: UnitOfWork, values: Values, before: Sequence[Participant] = ()) -> list[Participant] | None:
    """Returns the participants that ``participants`` or else ``person_id`` asks for; None when neither is given.

    A list replaces all participants; the primary one is the one flagged in it, else ``person_id``, else the first. A
    ``person_id`` alone replaces the primary participant. Raises `Invalid` for persons that do not exist, and for a
    second primary one.
    """
    if isinstance(entries := values.get("participants"), list):
        wanted = _ensure_primary(_distinct(entries), values.get("person_id"))
    elif "person_id" in values:
        wanted = _replace_primary(before, values["person_id"])
    elif "participants" in values:
        wanted = []
    else:
        return None
    known = {participant.person_id for participant in before}
    for participant in wanted:
        if participant.person_id not in known:
            path = "participants" if "participants" in values else "person_id"
            records.require_linked(crm, PERSON, participant.person_id, path)
    return wanted


def logged_change(before: Sequence[Participant], after: Sequence[Participant]) -> list[FieldChange]:
    """Returns the change-log entry about the participants of an activity; none when they stay the same."""
    old, new = (_to_json(people) for people in (before, after))
    return [] if old == new else [("participants", old or None, new or None)]


def from_log(value: Json) -> list[Participant]:
    """Returns the participants in a value of the change log."""
    entries = value if isinstance(value, list) else []
    return [Participant(one["person_id"], one["primary"]) for one in entries if isinstance(one, dict)]  # type: ignore[arg-type]


def primary_person_id(participants: Iterable[Participant]) -> int | None:
    """Returns the id of the primary participant; None when there is none."""
    return next((participant.person_id for participant in participants if participant.is_primary), None)


def replace(
    crm: UnitOfWork, activity: Activity, before: Sequence[Participant], participants: Sequence[Participant]
) -> None:
    """Replaces the participants that an activity had before."""
    columns = activity_participants.c
    copied = {name: getattr(activity, name) for name in ACTIVITY_COPIES.columns}
    if before:
        crm.db.execute(sa.delete(activity_participants).where(columns.activity_id == activity.id))
    rows: list[Values] = [
        {"activity_id": activity.id, "person_id": id, "position": position, "is_primary": is_primary, **copied}
        for position, (id, is_primary) in enumerate(participants)
    ]
    crm.db.insert_many(activity_participants, rows)
    present, wanted = ({one.person_id: one for one in people} for people in (before, participants))
    for person_id in sorted(present.keys() | wanted.keys()):
        old, new = (
            {"activity_id": activity.id, **one._asdict(), **copied} if one else None
            for one in (present.get(person_id), wanted.get(person_id))
        )
        if old != new:
            counters.row_changed(crm, activity_participants, None, old, new)


def replace_person(crm: UnitOfWork, person_id: int, replacement_id: int) -> dict[int, list[Participant]]:
    """Replaces a person by another one in all live activities; returns the new participants by activity id."""
    columns = activity_participants.c
    ids = crm.db.values(
        sa.select(columns.activity_id).where(columns.person_id == person_id, columns.is_deleted == sa.false())
    )
    live_activities = records.in_bulk(crm, ACTIVITY, ids)
    found: dict[int, list[Participant]] = {}
    for activity_id, participants in for_activities(crm, ids).items():
        people: dict[int, bool] = {}
        for one in participants:
            id = replacement_id if one.person_id == person_id else one.person_id
            people[id] = people.get(id, False) or one.is_primary
        found[activity_id] = [Participant(id, is_primary) for id, is_primary in people.items()]
        replace(crm, live_activities[activity_id], participants, found[activity_id])
    return found


def _to_json(people: Iterable[Participant]) -> list[Json]:
    return [{"person_id": one.person_id, "primary": one.is_primary} for one in people]


def _distinct(entries: Sequence[Json]) -> list[Participant]:
    found: dict[int, bool] = {}
    for one in entries:
        assert isinstance(one, dict)
        person_id = one["person_id"]
        assert isinstance(person_id, int)
        found[person_id] = found.get(person_id, False) or one.get("primary") is True
    if sum(found.values()) > 1:
        raise Invalid("Only one participant can be the primary one", "participants")
    return [Participant(person_id, is_primary) for person_id, is_primary in found.items()]


def _ensure_primary(participants: list[Participant], person_id: Json) -> list[Participant]:
    """Returns the same persons with a primary one: the one flagged, else ``person_id``, else the first."""
    if not participants or primary_person_id(participants) is not None:
        return participants
    ids = [participant.person_id for participant in participants]
    primary_id = person_id if person_id in ids else ids[0]
    return [Participant(id, id == primary_id) for id in ids]


def _replace_primary(before: Iterable[Participant], person_id: Json) -> list[Participant]:
    others = [
        Participant(participant.person_id, False)
        for participant in before
        if not participant.is_primary and participant.person_id != person_id
    ]
    return [Participant(person_id, True), *others] if isinstance(person_id, int) else others
