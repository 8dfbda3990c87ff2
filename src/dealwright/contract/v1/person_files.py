"""The files of a person."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId, Start
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.files import File, FileLimit, FileOrder
from dealwright.contract.v1.persons import READ


@endpoint("GET /v1/persons/{id}/files", group="Persons", scopes=READ, cost=20)
def get_persons_by_id_files(
    id: RecordId,
    start: Start = 0,
    limit: FileLimit | None = None,
    sort: FileOrder | None = None,
) -> Page[File]:
    """List the files of a person."""
