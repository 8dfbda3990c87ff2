"""The persons of an organization."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import OffsetPaging, RecordId
from dealwright.contract.v1.contacts.persons import READ, Person
from dealwright.contract.v1.envelopes import Page


@endpoint(
    "GET /v1/organizations/{id}/persons",
    group="Organizations",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_persons",
)
def get_organizations_by_id_persons(id: RecordId, page: OffsetPaging) -> Page[Person]:
    """List the persons of an organization."""
