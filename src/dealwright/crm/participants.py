"""Participants: the persons who take part in a deal. The one that the deal is linked to is always among them."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm import counters, records, relations
from dealwright.crm.errors import NotFound
from dealwright.crm.kinds import Record
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.model.persons import PERSON
from dealwright.crm.pages import CursorPage
from dealwright.crm.relations import RelationChange
from dealwright.crm.unit import Crm
from dealwright.storage.tables import deal_participants, deals


class Participant(Record):
    """That a person takes part in a deal."""

    id: int
    deal_id: int
    person_id: int
    added_by_user_id: int
    add_time: str


def of(crm: Crm, deal_id: int) -> list[Participant]:
    """The participants of a deal, in the order in which they came."""
    columns = deal_participants.c
    statement = sa.select(deal_participants).where(columns.deal_id == deal_id).order_by(columns.id)
    return [
        Participant(id=id, deal_id=deal_id, person_id=person_id, added_by_user_id=user_id, add_time=add_time)
        for id, deal_id, person_id, user_id, add_time in crm.db.rows(statement)
    ]


def person_ids(crm: Crm, deal_id: int) -> list[int]:
    """The ids of the persons who take part in a deal."""
    return [participant.person_id for participant in of(crm, deal_id)]


def persons_in(deal_id: int) -> sa.Select[tuple[int]]:
    """The ids of the persons who take part in a deal, as a query."""
    return sa.select(deal_participants.c.person_id).where(deal_participants.c.deal_id == deal_id)


def deals_with(person_id: int) -> sa.Select[tuple[int]]:
    """The ids of the deals that a person takes part in, as a query."""
    return sa.select(deal_participants.c.deal_id).where(deal_participants.c.person_id == person_id)


def seen(crm: Crm, deal_id: int) -> list[Participant]:
    """The participants of a deal that the actor sees, as far as it sees the persons. Raises `NotFound`."""
    records.get(crm, DEAL, deal_id, deleted=True)
    found = of(crm, deal_id)
    persons = records.seen(crm, PERSON, [participant.person_id for participant in found])
    return [participant for participant in found if participant.person_id in persons]


def add(crm: Crm, deal_id: int, person_id: int) -> Participant:
    """Lets a person take part in a deal; who does already stays. Raises `NotFound`, and `Invalid` for no such person."""
    records.get(crm, DEAL, deal_id)
    records.linked(crm, PERSON, person_id, "person_id")
    if person_id not in person_ids(crm, deal_id):
        insert(crm, deal_id, [person_id])
        _recount(crm, deal_id, person_id)
    return next(participant for participant in of(crm, deal_id) if participant.person_id == person_id)


def remove(crm: Crm, deal_id: int, id: int) -> None:
    """Ends a participation, given its own id. The person that the deal is linked to is unlinked too. Raises `NotFound`."""
    deal = records.get(crm, DEAL, deal_id)
    participant = next((participant for participant in of(crm, deal_id) if participant.id == id), None)
    if participant is None:
        raise NotFound("Participant not found")
    _delete(crm, participant)
    if deal.person_id == participant.person_id:
        records.update(crm, DEAL, deal, {"person_id": None})
    _recount(crm, deal_id, participant.person_id)


def insert(crm: Crm, deal_id: int, persons: list[int]) -> None:
    """Writes down that persons take part in a deal. The caller counts again."""
    for person_id in persons:
        values = {
            "deal_id": deal_id,
            "person_id": person_id,
            "added_by_user_id": crm.actor.id,
            "add_time": crm.now,
        }
        crm.db.insert(deal_participants, values)
        relations.began(crm, "participant", "deal", deal_id, person_id)


def follow_link(crm: Crm, deal: Deal, person_id: int | None) -> None:
    """Lets the person that a deal is linked to from now on take part in it, in place of the one before."""
    present = {participant.person_id: participant for participant in of(crm, deal.id)}
    if deal.person_id in present:
        _delete(crm, present[deal.person_id])
    if person_id is not None and person_id not in present:
        insert(crm, deal.id, [person_id])
    counters.recount_participants(crm, [deal.id])


def replace(crm: Crm, person_id: int, by_id: int) -> list[int]:
    """Lets a person take the place of another one in all its live deals; the ids of those. The caller counts again."""
    live = sa.select(deals.c.id).where(deals.c.is_deleted == sa.false())
    columns = deal_participants.c
    deal_ids: list[int] = crm.db.values(
        sa.select(columns.deal_id)
        .where(columns.person_id == person_id, columns.deal_id.in_(live))
        .order_by(columns.deal_id)
    )
    for deal_id in deal_ids:
        present = {participant.person_id: participant for participant in of(crm, deal_id)}
        _delete(crm, present[person_id])
        if by_id not in present:
            insert(crm, deal_id, [by_id])
    return deal_ids


def changelog(
    crm: Crm, deal_id: int, limit: int | None = None, cursor: str | None = None
) -> CursorPage[RelationChange]:
    """Who began and who ceased to take part in a deal, the newest first. Raises `NotFound`."""
    records.get(crm, DEAL, deal_id, deleted=True)
    return relations.page(crm, "participant", "deal", deal_id, direction="desc", limit=limit, cursor=cursor)


def _delete(crm: Crm, participant: Participant) -> None:
    crm.db.execute(sa.delete(deal_participants).where(deal_participants.c.id == participant.id))
    relations.ended(crm, "participant", "deal", participant.deal_id, participant.person_id)


def _recount(crm: Crm, deal_id: int, person_id: int) -> None:
    counters.recount_participants(crm, [deal_id])
    people = records.many(crm, PERSON, [person_id])
    counters.recount_deals(crm, people, [person.org_id for person in people.values()])
