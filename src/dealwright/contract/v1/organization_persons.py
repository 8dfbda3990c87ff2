"""The persons of an organization."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Limit, RecordId, Start
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.persons import READ, Person


@endpoint(
    "GET /v1/organizations/{id}/persons",
    group="Organizations",
    scopes=READ,
    cost=20,
    deprecated=True,
    replaced_by="v2.get_persons",
)
def get_organizations_by_id_persons(id: RecordId, start: Start = 0, limit: Limit | None = None) -> Page[Person]:
    """List the persons of an organization."""
