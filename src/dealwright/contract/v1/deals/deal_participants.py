"""The persons who take part in a deal."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from msgspec import Meta

from dealwright.contract.bodies import V1Body
from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import CursorPaging, OffsetPaging, RecordId
from dealwright.contract.v1.contacts.persons import Person
from dealwright.contract.v1.deals.deals import READ, WRITE
from dealwright.contract.v1.envelopes import CursorPage, Deleted, Item, Page
from dealwright.contract.v1.references import PersonReference, UserReference
from dealwright.contract.values import Id


class DealTitle(TypedDict):
    """The deal that a participant belongs to."""

    deal_id: int
    title: str


class Participant(TypedDict):
    """A person who takes part in a deal; ``id`` is that of the participation, not of the person."""

    id: int
    person_id: PersonReference
    add_time: str
    active_flag: bool
    related_item_data: DealTitle
    person: Person
    added_by_user_id: UserReference
    related_item_type: Literal["deal"]
    related_item_id: int


class ParticipantChange(TypedDict):
    """A person began or ceased to take part in a deal."""

    actor_user_id: int
    person_id: int
    action: Literal["added", "removed"]
    time: str


class NewParticipant(V1Body, kw_only=True):
    """The person who shall take part."""

    person_id: Id


@endpoint("GET /v1/deals/{id}/participantsChangelog", group="Deals", scopes=READ, cost=10)
def get_deals_by_id_participants_changelog(id: RecordId, page: CursorPaging) -> CursorPage[ParticipantChange]:
    """List who was added to the participants of a deal or removed from them."""


@endpoint("GET /v1/deals/{id}/participants", group="Deals", scopes=READ, cost=10)
def get_deals_by_id_participants(id: RecordId, page: OffsetPaging) -> Page[Participant]:
    """List the participants of a deal."""


@endpoint("POST /v1/deals/{id}/participants", group="Deals", scopes=WRITE, cost=10)
def post_deals_by_id_participants(id: RecordId, data: NewParticipant) -> Item[Participant]:
    """Add a person to the participants of a deal."""


@endpoint("DELETE /v1/deals/{id}/participants/{deal_participant_id}", group="Deals", scopes=WRITE, cost=6)
def delete_deals_by_id_participants_by_deal_participant_id(
    id: RecordId,
    deal_participant_id: Annotated[
        Id, Meta(description="The `id` of the participant in the list of participants, not the person's.")
    ],
) -> Item[Deleted]:
    """Remove a person from the participants of a deal."""
