"""The persons who take part in activities. One of them, the primary one, is the person that the activity is linked to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from dealwright._json import Json
from dealwright.crm import records
from dealwright.crm.errors import Invalid
from dealwright.crm.model.persons import PERSON
from dealwright.crm.unit import Crm
from dealwright.crm.values import Values
from dealwright.storage.tables import activities, activity_participants


class Participant(NamedTuple):
    """A person who takes part in an activity."""

    person_id: int
    is_primary: bool


def of(crm: Crm, activity_ids: Iterable[int]) -> dict[int, list[Participant]]:
    """The participants of activities, in their order; activities without any are left out."""
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


def read(crm: Crm, values: Values, before: Sequence[Participant] = ()) -> list[Participant] | None:
    """Who is to take part according to ``participants`` or else ``person_id``; None when neither is given.

    A list replaces all participants; the first becomes the primary one unless the list says who. A person alone takes the
    place of the primary participant. Raises `Invalid` for persons that do not exist, and for a second primary one.
    """
    if isinstance(given := values.get("participants"), list):
        wanted = _named_primary(_distinct(given), values.get("person_id"))
    elif "person_id" in values:
        wanted = _with_primary(before, values["person_id"])
    elif "participants" in values:
        wanted = []
    else:
        return None
    known = {participant.person_id for participant in before}
    for participant in wanted:
        if participant.person_id not in known:
            path = "participants" if "participants" in values else "person_id"
            records.linked(crm, PERSON, participant.person_id, path)
    return wanted


def primary(participants: Iterable[Participant]) -> int | None:
    """The id of the primary participant."""
    return next((participant.person_id for participant in participants if participant.is_primary), None)


def replace(crm: Crm, activity_id: int, participants: Sequence[Participant]) -> None:
    """Stores who takes part in an activity."""
    crm.db.execute(sa.delete(activity_participants).where(activity_participants.c.activity_id == activity_id))
    crm.db.insert_many(
        activity_participants,
        [
            {"activity_id": activity_id, "person_id": person_id, "position": position, "is_primary": is_primary}
            for position, (person_id, is_primary) in enumerate(participants)
        ],
    )


def substitute(crm: Crm, person_id: int, by_id: int) -> dict[int, list[Participant]]:
    """Lets a person take the place of another one in all its live activities; who takes part in each of them now."""
    live = sa.select(activities.c.id).where(activities.c.is_deleted == sa.false())
    columns = activity_participants.c
    ids = crm.db.values(
        sa.select(columns.activity_id).where(columns.person_id == person_id, columns.activity_id.in_(live))
    )
    found: dict[int, list[Participant]] = {}
    for activity_id, participants in of(crm, ids).items():
        people: dict[int, bool] = {}
        for one in participants:
            id = by_id if one.person_id == person_id else one.person_id
            people[id] = people.get(id, False) or one.is_primary
        found[activity_id] = [Participant(id, is_primary) for id, is_primary in people.items()]
        replace(crm, activity_id, found[activity_id])
    return found


def _distinct(given: Sequence[Json]) -> list[Participant]:
    found: dict[int, bool] = {}
    for one in given:
        assert isinstance(one, dict)
        person_id = one["person_id"]
        assert isinstance(person_id, int)
        found[person_id] = found.get(person_id, False) or one.get("primary") is True
    if sum(found.values()) > 1:
        raise Invalid("Only one participant can be the primary one", "participants")
    return [Participant(person_id, is_primary) for person_id, is_primary in found.items()]


def _named_primary(participants: list[Participant], person_id: Json) -> list[Participant]:
    """The same persons with a primary one: the one flagged, else ``person_id``, else the first."""
    if not participants or primary(participants) is not None:
        return participants
    ids = [participant.person_id for participant in participants]
    chosen = person_id if person_id in ids else ids[0]
    return [Participant(id, id == chosen) for id in ids]


def _with_primary(before: Iterable[Participant], person_id: Json) -> list[Participant]:
    others = [
        Participant(participant.person_id, False)
        for participant in before
        if not participant.is_primary and participant.person_id != person_id
    ]
    return [Participant(person_id, True), *others] if isinstance(person_id, int) else others
