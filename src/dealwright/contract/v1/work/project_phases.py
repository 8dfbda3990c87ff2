"""Phases of the boards of projects."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from dealwright.contract.endpoint import endpoint
from dealwright.contract.parameters import RecordId
from dealwright.contract.v1.envelopes import Item, List
from dealwright.contract.v1.work.projects import READ
from dealwright.contract.values import Id


class Phase(TypedDict):
    """A phase of a board."""

    id: int
    name: str
    board_id: int
    order_nr: int
    add_time: str
    update_time: str | None


@endpoint("GET /v1/projects/phases", group="Projects", scopes=READ, cost=20)
def get_projects_phases(board_id: Annotated[Id, Meta(description="The board whose phases to list.")]) -> List[Phase]:
    """List the phases of a board."""


# Unlike its neighbours, the API lists only this scope here.
@endpoint("GET /v1/projects/phases/{id}", group="ProjectTemplates", scopes={"projects:read"}, cost=2)
def get_projects_phases_by_id(id: RecordId) -> Item[Phase]:
    """Get one phase."""
