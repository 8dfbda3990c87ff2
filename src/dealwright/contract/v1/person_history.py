"""What happened to a person: its changelog and its flow."""

from __future__ import annotations

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import Cursor, Limit, RecordId, Start
from dealwright.contract.v1.envelopes import CursorPage, Page
from dealwright.contract.v1.history import AllChanges, Change, FlowItem, FlowKinds

READ = frozenset({"recents:read"})


@endpoint("GET /v1/persons/{id}/changelog", group="Persons", scopes=READ, cost=20)
def get_persons_by_id_changelog(
    id: RecordId, cursor: Cursor | None = None, limit: Limit | None = None
) -> CursorPage[Change]:
    """List the changes of a person's fields, the newest first."""


@endpoint("GET /v1/persons/{id}/flow", group="Persons", scopes=READ, cost=40)
def get_persons_by_id_flow(
    id: RecordId,
    start: Start = 0,
    limit: Limit | None = None,
    all_changes: AllChanges | None = None,
    items: FlowKinds | None = None,
) -> Page[FlowItem]:
    """List all that happened around a person, the newest first."""
