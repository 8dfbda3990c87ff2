"""Participants: the persons who take part in a deal. The person that the deal is linked to is always among them."""

from __future__ import annotations

import sqlalchemy as sa

from dealwright.crm.contacts.counters import recount_deals
from dealwright.crm.contacts.model import PERSON
from dealwright.crm.deals.counters import recount_participants
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import records, relation_log
from dealwright.crm.kernel.pages import CursorPage, CursorRequest
from dealwright.crm.kernel.record_types import Record
from dealwright.crm.kernel.relation_log import RelationChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.storage.tables import deal_participants, deals


class Participant(Record):
    """The participation of a person in a deal."""

    id: int
    deal_id: int
    person_id: int
    added_by_user_id: int
    add_time: str


def for_deal(crm: UnitOfWork, deal_id: int) -> list[Participant]:
    """Returns the participants of a deal, in the order in which they were added."""
    columns = deal_participants.c
    statement = sa.select(deal_participants).where(columns.deal_id == deal_id).order_by(columns.id)
    return [
        Participant(id=id, deal_id=deal_id, person_id=person_id, added_by_user_id=user_id, add_time=add_time)
        for id, deal_id, person_id, user_id, add_time in crm.db.rows(statement)
    ]


def person_ids(crm: UnitOfWork, deal_id: int) -> list[int]:
    """Returns the ids of the persons who take part in a deal."""
    return [participant.person_id for participant in for_deal(crm, deal_id)]


def persons_in(deal_id: int) -> sa.Select[tuple[int]]:
    """Returns a query for the ids of the persons who take part in a deal."""
    return sa.select(deal_participants.c.person_id).where(deal_participants.c.deal_id == deal_id)


def select_deal_ids(person_id: int) -> sa.Select[tuple[int]]:
    """Returns a query for the ids of the deals that a person takes part in."""
    return sa.select(deal_participants.c.deal_id).where(deal_participants.c.person_id == person_id)


def list_visible(crm: UnitOfWork, deal_id: int) -> list[Participant]:
    """Returns the participants of a deal, without persons that the actor may not see. Raises `NotFound`."""
    records.get(crm, DEAL, deal_id, deleted=True)
    found = for_deal(crm, deal_id)
    persons = records.visible_ids(crm, PERSON, [participant.person_id for participant in found])
    return [participant for participant in found if participant.person_id in persons]


def add(crm: UnitOfWork, deal_id: int, person_id: int) -> Participant:
    """Adds a participant to a deal, or returns the existing one.

    Raises `NotFound`, and `Invalid` when the person does not exist.
    """
    records.get(crm, DEAL, deal_id)
    records.require_linked(crm, PERSON, person_id, "person_id")
    if person_id not in person_ids(crm, deal_id):
        insert(crm, deal_id, [person_id])
        _recount(crm, deal_id, person_id)
    return next(participant for participant in for_deal(crm, deal_id) if participant.person_id == person_id)


def remove(crm: UnitOfWork, deal_id: int, id: int) -> None:
    """Removes a participant by its own id; a person that the deal is linked to is unlinked, too. Raises `NotFound`."""
    deal = records.get(crm, DEAL, deal_id)
    participant = next((participant for participant in for_deal(crm, deal_id) if participant.id == id), None)
    if participant is None:
        raise NotFound("Participant not found")
    _delete(crm, participant)
    if deal.person_id == participant.person_id:
        records.update(crm, DEAL, deal, {"person_id": None})
    _recount(crm, deal_id, participant.person_id)


def insert(crm: UnitOfWork, deal_id: int, persons: list[int]) -> None:
    """Stores persons as participants of a deal, and logs it. The caller updates the counts."""
    for person_id in persons:
        values = {
            "deal_id": deal_id,
            "person_id": person_id,
            "added_by_user_id": crm.actor.id,
            "add_time": crm.now,
        }
        crm.db.insert(deal_participants, values)
        relation_log.log_added(crm, "participant", "deal", deal_id, person_id)


def replace_linked_person(crm: UnitOfWork, deal: Deal, person_id: int | None) -> None:
    """Makes a person a participant of a deal, in place of the person that the deal was linked to."""
    present = {participant.person_id: participant for participant in for_deal(crm, deal.id)}
    if deal.person_id in present:
        _delete(crm, present[deal.person_id])
    if person_id is not None and person_id not in present:
        insert(crm, deal.id, [person_id])
    recount_participants(crm, [deal.id])


def replace_person(crm: UnitOfWork, person_id: int, replacement_id: int) -> list[int]:
    """Replaces a person by another one in all live deals; returns the ids of those. The caller updates the counts."""
    live = sa.select(deals.c.id).where(deals.c.is_deleted == sa.false())
    columns = deal_participants.c
    deal_ids: list[int] = crm.db.values(
        sa.select(columns.deal_id)
        .where(columns.person_id == person_id, columns.deal_id.in_(live))
        .order_by(columns.deal_id)
    )
    for deal_id in deal_ids:
        present = {participant.person_id: participant for participant in for_deal(crm, deal_id)}
        _delete(crm, present[person_id])
        if replacement_id not in present:
            insert(crm, deal_id, [replacement_id])
    return deal_ids


def changelog(crm: UnitOfWork, deal_id: int, page: CursorRequest) -> CursorPage[RelationChange]:
    """Returns the additions and removals of a deal's participants, the newest first. Raises `NotFound`."""
    records.get(crm, DEAL, deal_id, deleted=True)
    return relation_log.list_changes(crm, "participant", "deal", deal_id, direction="desc", page=page)


def _delete(crm: UnitOfWork, participant: Participant) -> None:
    crm.db.execute(sa.delete(deal_participants).where(deal_participants.c.id == participant.id))
    relation_log.log_removed(crm, "participant", "deal", participant.deal_id, participant.person_id)


def _recount(crm: UnitOfWork, deal_id: int, person_id: int) -> None:
    recount_participants(crm, [deal_id])
    people = records.in_bulk(crm, PERSON, [person_id])
    recount_deals(crm, people, [person.org_id for person in people.values()])
