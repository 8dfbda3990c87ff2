"""The persons who take part in a deal."""

from __future__ import annotations

from collections.abc import Sequence

from dealwright.contract.v1 import deal_participants as contract
from dealwright.contract.v1.deal_participants import NewParticipant, ParticipantChange
from dealwright.contract.v1.envelopes import CursorPage, Deleted, Item, Page
from dealwright.crm import pages, participants, records
from dealwright.crm.model.deals import DEAL, Deal
from dealwright.crm.model.persons import PERSON
from dealwright.crm.participants import Participant
from dealwright.crm.relations import RelationChange
from dealwright.crm.unit import Crm
from dealwright.server.binding import implements
from dealwright.server.v1 import envelopes, persons
from dealwright.server.v1.references import References


class _Shown:
    """Participants of a deal as v1 writes them, with all that is shown of them read at once."""

    def __init__(self, crm: Crm, deal: Deal, found: Sequence[Participant]) -> None:
        people = records.many(crm, PERSON, [participant.person_id for participant in found])
        self._deal = deal
        self._persons = {person["id"]: person for person in persons.show_all(crm, list(people.values()))}
        self.references = References(
            crm,
            users=[
                *(participant.added_by_user_id for participant in found),
                *(person.owner_id for person in people.values()),
            ],
            persons=people,
            organizations=[person.org_id for person in people.values()],
            has_pic=int,
        )

    def one(self, participant: Participant) -> contract.Participant:
        """A participant."""
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
    crm: Crm, id: int, limit: int | None = None, cursor: str | None = None
) -> CursorPage[ParticipantChange]:
    return envelopes.cursor_page(participants.changelog(crm, id, limit, cursor), _show_change)


@implements(contract.get_deals_by_id_participants)
def get_deals_by_id_participants(
    crm: Crm, id: int, start: int = 0, limit: int | None = None
) -> Page[contract.Participant]:
    found = pages.slice_of(participants.seen(crm, id), start, limit)
    shown = _Shown(crm, records.get(crm, DEAL, id, deleted=True), found.items)
    return envelopes.page(found, shown.one, shown.references.related())


@implements(contract.post_deals_by_id_participants)
def post_deals_by_id_participants(crm: Crm, id: int, data: NewParticipant) -> Item[contract.Participant]:
    participant = participants.add(crm, id, data.person_id)
    shown = _Shown(crm, records.get(crm, DEAL, id), [participant])
    return envelopes.item(shown.one(participant), related=shown.references.related())


@implements(contract.delete_deals_by_id_participants_by_deal_participant_id)
def delete_deals_by_id_participants_by_deal_participant_id(
    crm: Crm, id: int, deal_participant_id: int
) -> Item[Deleted]:
    participants.remove(crm, id, deal_participant_id)
    return envelopes.deleted(deal_participant_id)
