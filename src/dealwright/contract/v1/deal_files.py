"""The files of a deal."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId, Start
from dealwright.contract.v1.deals import READ
from dealwright.contract.v1.envelopes import Page
from dealwright.contract.v1.files import File, FileLimit, FileOrder


@endpoint("GET /v1/deals/{id}/files", group="Deals", scopes=READ, cost=20)
def get_deals_by_id_files(
    id: RecordId,
    start: Start = 0,
    limit: FileLimit | None = None,
    sort: FileOrder | None = None,
) -> Page[File]:
    """List the files of a deal."""
