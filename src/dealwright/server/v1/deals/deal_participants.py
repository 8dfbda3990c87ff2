"""The persons who take part in a deal."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.parameters import CursorPaging, OffsetPaging
from dealwright.contract.v1.deals import deal_participants as contract
from dealwright.contract.v1.deals.deal_participants import NewParticipant, ParticipantChange
from dealwright.contract.v1.envelopes import CursorPage, Deleted, Item, Page
from dealwright.crm.contacts.model import PERSON
from dealwright.crm.deals import participants
from dealwright.crm.deals.model import DEAL, Deal
from dealwright.crm.deals.participants import Participant
from dealwright.crm.kernel import pages, records
from dealwright.crm.kernel.relation_log import RelationChange
from dealwright.crm.kernel.unit_of_work import UnitOfWork
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes
from dealwright.server.v1.contacts import persons
from dealwright.server.v1.embedded_records import EmbeddedRecords


class _ParticipantRenderer:
    """Shows participants of a deal, whose records it reads in bulk."""

    def __init__(self, crm: UnitOfWork, deal: Deal, found: Sequence[Participant]) -> None:
        people = records.in_bulk(crm, PERSON, [participant.person_id for participant in found])
        self._deal = deal
        self._persons = {person["id"]: person for person in persons.show_all(crm, list(people.values()))}
        self.references = EmbeddedRecords(
            crm,
            users=[
                *(participant.added_by_user_id for participant in found),
                *(person.owner_id for person in people.values()),
            ],
            persons=people,
            organizations=[person.org_id for person in people.values()],
            has_pic=int,
        )

    def show(self, participant: Participant) -> contract.Participant:
        """Returns a participant as v1 writes it."""
        person = self.references.person(participant.person_id)
        assert person is not None
        return {
            "id": participant.id,
            "person_id": person,
            "add_time": participant.add_time,
            "active_flag": True,
            "related_item_data": {"deal_id": self._deal.id, "title": self._deal.title},
            "person": self._persons[participant.person_id],
            "added_by_user_id": self.references.user(participant.added_by_user_id),
            "related_item_type": "deal",
            "related_item_id": self._deal.id,
        }


def _show_change(change: RelationChange) -> ParticipantChange:
    return {
        "actor_user_id": change.actor_user_id,
        "person_id": change.other_id,
        "action": "added" if change.added else "removed",
        "time": change.time,
    }


@implements(contract.get_deals_by_id_participants_changelog)
def get_deals_by_id_participants_changelog(
    crm: UnitOfWork, id: int, page: CursorPaging
) -> CursorPage[ParticipantChange]:
    return envelopes.cursor_page(participants.changelog(crm, id, page), _show_change)


@implements(contract.get_deals_by_id_participants)
def get_deals_by_id_participants(crm: UnitOfWork, id: int, page: OffsetPaging) -> Page[contract.Participant]:
    found = pages.paginate_list(participants.list_visible(crm, id), page)
    renderer = _ParticipantRenderer(crm, records.get(crm, DEAL, id, deleted=True), found.items)
    return envelopes.page(found, renderer.show, renderer.references.related())


@implements(contract.post_deals_by_id_participants)
def post_deals_by_id_participants(crm: UnitOfWork, id: int, data: NewParticipant) -> Item[contract.Participant]:
    participant = participants.add(crm, id, data.person_id)
    renderer = _ParticipantRenderer(crm, records.get(crm, DEAL, id), [participant])
    return envelopes.item(renderer.show(participant), related=renderer.references.related())


@implements(contract.delete_deals_by_id_participants_by_deal_participant_id)
def delete_deals_by_id_participants_by_deal_participant_id(
    crm: UnitOfWork, id: int, deal_participant_id: int
) -> Item[Deleted]:
    participants.remove(crm, id, deal_participant_id)
    return envelopes.deleted(deal_participant_id)
