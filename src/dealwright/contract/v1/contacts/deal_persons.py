"""The persons of a deal."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.contacts.persons import Person
from dealwright.contract.v1.envelopes import Page


@endpoint(
    "GET /v1/deals/{id}/persons",
    group="Deals",
    scopes={"contacts:full", "contacts:read"},
    cost=20,
    deprecated=True,
    replaced_by="v2.get_persons",
)
def get_deals_by_id_persons(id: RecordId, page: OffsetPaging) -> Page[Person]:
    """List the persons of a deal: the one it is linked to, and its participants."""
