"""Participants: the persons who take part in a deal. The person that the deal is linked to is always among them."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from dealwright.crm.contacts.model import PERSON
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.errors import NotFound
from dealwright.crm.kernel import counters, records, relation_log
from dealwright.crm.kernel.pages import CursorPage, CursorRequest
from dealwright.crm.kernel.record_types import Record
from dealwright.crm.kernel.relation_log import RelationChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.crm.values.formats import Values
from dealwright.storage.tables import deal_participants, deals, leads


class Participant(Record):
    """The participation of a person in a deal."""

    id: int
    deal_id: int
    person_id: int
    added_by_user_id: int
    add_time: str


def for_deal(crm: UnitOfWork, deal_id: int) -> list[Participant]:
    """Returns the participants of a deal, in the order in which they were added."""
    return _select(crm, deal_id)


def person_ids(crm: UnitOfWork, deal_id: int) -> list[int]:
    """Returns the ids of the persons who take part in a deal."""
    return [participant.person_id for participant in for_deal(crm, deal_id)]


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
    deal = records.get(crm, DEAL, deal_id)
    records.require_linked(crm, PERSON, person_id, "person_id")
    columns = deal_participants.c
    known = _find(crm, deal_id, columns.person_id == person_id)
    if known is None:
        insert(crm, deal, [person_id])
        known = _find(crm, deal_id, columns.person_id == person_id)
    assert known is not None
    return known


def remove(crm: UnitOfWork, deal_id: int, id: int) -> None:
    """Removes a participant by its own id; a person that the deal is linked to is unlinked, too. Raises `NotFound`."""
    deal = records.get(crm, DEAL, deal_id)
    participant = _find(crm, deal_id, deal_participants.c.id == id)
    if participant is None:
        raise NotFound("Participant not found")
    _delete(crm, deal, participant)
    if deal.person_id == participant.person_id:
        records.update(crm, DEAL, deal, {"person_id": None})


def insert(crm: UnitOfWork, deal: Deal, persons: list[int]) -> None:
    """Stores persons as participants of a deal, and logs it."""
    for person_id in persons:
        restore(crm, deal, person_id, {"added_by_user_id": crm.actor.id, "add_time": crm.now})


def restore(crm: UnitOfWork, deal: Deal, person_id: int, row: Values) -> None:
    """Stores a person as a participant of a deal, with the other values of the row, and logs it; checks nothing."""
    values: Values = {"deal_id": deal.id, "person_id": person_id, **row}
    crm.db.insert_later(deal_participants, values)
    relation_log.log_added(crm, "participant", "deal", deal.id, person_id)
    counters.row_changed(crm, deal_participants, None, None, values, related_row=deal)


def take_back(crm: UnitOfWork, deal: Deal, person_id: int) -> None:
    """Removes a person from the participants of a deal, if it is one; checks nothing."""
    participant = _find(crm, deal.id, deal_participants.c.person_id == person_id)
    if participant is not None:
        _delete(crm, deal, participant)


def replace_linked_person(crm: UnitOfWork, before: Deal, deal: Deal) -> None:
    """Makes the person of a deal a participant, in place of the person that the deal was linked to ``before``."""
    columns = deal_participants.c
    if before.person_id is not None and (participant := _find(crm, deal.id, columns.person_id == before.person_id)):
        _delete(crm, deal, participant)
    if deal.person_id is not None and _find(crm, deal.id, columns.person_id == deal.person_id) is None:
        insert(crm, deal, [deal.person_id])


def replace_person(crm: UnitOfWork, person_id: int, replacement_id: int) -> None:
    """Replaces a person by another one in all live deals, and in those that have become live leads.

    A deal that such a lead becomes gets the participants back.
    """
    columns = deal_participants.c
    taking_part = deals.c.id.in_(select_deal_ids(person_id))
    of_lead = sa.exists().where(leads.c.source_deal_id == deals.c.id, leads.c.is_deleted == sa.false())
    for deal in records.select(crm, DEAL, taking_part, (deals.c.is_deleted == sa.false()) | of_lead):
        participant = _find(crm, deal.id, columns.person_id == person_id)
        assert participant is not None
        _delete(crm, deal, participant)
        if _find(crm, deal.id, columns.person_id == replacement_id) is None:
            insert(crm, deal, [replacement_id])


def remove_persons(crm: UnitOfWork, persons: Iterable[int]) -> None:
    """Removes persons from all deals, which are not logged: the persons are removed for good."""
    columns = deal_participants.c
    these = columns.person_id.in_(sorted(persons))
    for deal_id, person_id in crm.db.rows(sa.select(columns.deal_id, columns.person_id).where(these)):
        counters.row_changed(crm, deal_participants, None, {"deal_id": deal_id, "person_id": person_id}, None)
    crm.db.execute(sa.delete(deal_participants).where(these))


def changelog(crm: UnitOfWork, deal_id: int, page: CursorRequest) -> CursorPage[RelationChange]:
    """Returns the additions and removals of a deal's participants, the newest first. Raises `NotFound`."""
    records.get(crm, DEAL, deal_id, deleted=True)
    return relation_log.list_changes(crm, "participant", "deal", deal_id, direction="desc", page=page)


def _find(crm: UnitOfWork, deal_id: int, criterion: sa.ColumnElement[bool]) -> Participant | None:
    found = _select(crm, deal_id, criterion)
    return found[0] if found else None


def _select(crm: UnitOfWork, deal_id: int, *criteria: sa.ColumnElement[bool]) -> list[Participant]:
    columns = deal_participants.c
    statement = sa.select(deal_participants).where(columns.deal_id == deal_id, *criteria).order_by(columns.id)
    return [
        Participant(id=id, deal_id=deal_id, person_id=person_id, added_by_user_id=user_id, add_time=add_time)
        for id, deal_id, person_id, user_id, add_time in crm.db.rows(statement)
    ]


def _delete(crm: UnitOfWork, deal: Deal, participant: Participant) -> None:
    crm.db.execute(sa.delete(deal_participants).where(deal_participants.c.id == participant.id))
    row: Values = {
        "id": participant.id,
        "added_by_user_id": participant.added_by_user_id,
        "add_time": participant.add_time,
    }
    relation_log.log_removed(crm, "participant", "deal", deal.id, participant.person_id, row)
    values = {"deal_id": deal.id, "person_id": participant.person_id}
    counters.row_changed(crm, deal_participants, None, values, None, related_row=deal)
